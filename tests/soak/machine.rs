//! A small file system of its own for a results folder, where the machine allows mounting.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use nix::sys::statvfs::statvfs;

/// Whether file systems can be mounted here.
static CAN_MOUNT: LazyLock<bool> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    Mount::new(folder.path()).is_some()
});

/// A tmpfs; unmounted when it is dropped.
pub(super) struct Mount {
    folder: PathBuf,
}

impl Mount {
    /// A file system in `folder`, which exists; `None` where that is not allowed.
    fn new(folder: &Path) -> Option<Self> {
        let options = format!("{ROOMY},mode=755");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &options, "none"])
            .arg(folder);
        is_done(&mut mount).then(|| Self {
            folder: folder.to_owned(),
        })
    }

    /// As [`Mount::new`], where the machine allows it.
    pub(super) fn if_possible(folder: &Path) -> Option<Self> {
        CAN_MOUNT.then(|| Self::new(folder)).flatten()
    }

    /// Leaves room for so many pages of 4 KiB, or so many files and folders.
    pub(super) fn limit(&self, room: usize, counts_files: bool) {
        let now = statvfs(&self.folder).unwrap();
        let limit = if counts_files {
            let used = now.files() - now.files_free();
            format!("nr_inodes={}", used + room as u64)
        } else {
            let used = (now.blocks() - now.blocks_free()) * now.fragment_size();
            // A size of 0 means no limit.
            format!("size={}k", (used / 1024 + 4 * room as u64).max(4))
        };
        assert!(self.remount(&limit), "{}: {limit}", self.folder.display());
    }

    pub(super) fn make_roomy(&self) {
        assert!(self.remount(ROOMY), "{}", self.folder.display());
    }

    /// False where files are open for writing.
    pub(super) fn make_read_only(&self) -> bool {
        self.remount("ro")
    }

    pub(super) fn make_writable(&self) {
        assert!(self.remount("rw"), "{}", self.folder.display());
    }

    fn remount(&self, options: &str) -> bool {
        let options = format!("remount,{options}");
        let mut mount = Command::new("mount");
        is_done(mount.args(["-o", &options]).arg(&self.folder))
    }
}

const ROOMY: &str = "size=64m,nr_inodes=10000";

impl Drop for Mount {
    fn drop(&mut self) {
        is_done(Command::new("umount").arg("-l").arg(&self.folder));
    }
}

fn is_done(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
