//! Memory of trial processes: how much is available, from the Linux kernel and its control groups, and how they keep theirs.
//!
//! Not `sysinfo`: it handles nested groups of both versions, but counts reclaimable pages of files as used, so a group looks full
//! after reading large files.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The memory available to new processes, in bytes: that of the machine, or less if a control group around this process is
/// tighter. `None` if the system does not report it.
pub(super) fn available() -> Option<u64> {
    available_under(Path::new("/"))
}

/// The resident memory of a process, in bytes.
pub(super) fn resident(process: u32) -> Option<u64> {
    kilobytes(
        &read(&PathBuf::from(format!("/proc/{process}/status")))?,
        "VmRSS:",
    )
}

fn available_under(root: &Path) -> Option<u64> {
    let machine = kilobytes(&read(&root.join("proc/meminfo"))?, "MemAvailable:")?;
    let groups = read(&root.join("proc/self/cgroup")).unwrap_or_default();
    let available = groups
        .lines()
        .filter_map(|line| available_in_groups(line, &root.join("sys/fs/cgroup")));
    Some(available.fold(machine, u64::min))
}

/// The files of a control group version: limit, usage, and the `memory.stat` field of file pages that the kernel can reclaim.
struct GroupFiles {
    limit: &'static str,
    used: &'static str,
    reclaimable: &'static str,
}

const V1: GroupFiles = GroupFiles {
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    reclaimable: "total_inactive_file",
};

const V2: GroupFiles = GroupFiles {
    limit: "memory.max",
    used: "memory.current",
    reclaimable: "inactive_file",
};

/// The memory available in the group of a line of `/proc/self/cgroup` (`0::/a/b` in version 2, `4:memory:/a/b` in version 1) and its
/// parents. In a container the path may not exist; then only existing groups count.
fn available_in_groups(line: &str, mount: &Path) -> Option<u64> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (controllers, path) = (fields.next()?, fields.next()?);
    let (mount, files) = if controllers.is_empty() {
        (mount.to_owned(), V2)
    } else if controllers.split(',').any(|name| name == "memory") {
        (mount.join("memory"), V1)
    } else {
        return None;
    };
    let own = mount.join(path.trim_start_matches('/'));
    let groups = own
        .ancestors()
        .take_while(|group| group.starts_with(&mount));
    groups.filter_map(|group| available_in(group, &files)).min()
}

fn available_in(group: &Path, files: &GroupFiles) -> Option<u64> {
    let number = |name| read(&group.join(name))?.trim().parse::<u64>().ok();
    // Without a limit, version 2 says `max`, version 1 a number larger than any machine's memory.
    let (limit, used) = (number(files.limit)?, number(files.used)?);
    let stat = read(&group.join("memory.stat")).unwrap_or_default();
    let reclaimable = value(&stat, files.reclaimable).unwrap_or(0);
    Some(limit.saturating_sub(used.saturating_sub(reclaimable)))
}

fn read(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    value(text, name)?.checked_mul(1024)
}

/// The number after `name` at the start of a line.
fn value(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| (words.next()? == name).then(|| words.next()?.parse().ok())?)
}

/// glibc settings that make a process keep freed memory: libtorch frees and allocates megabytes in every operator, and the system
/// has to clear fresh pages each time (docs/speed.md).
const KEEP_MEMORY: [(&str, &str); 2] = [
    ("MALLOC_MMAP_THRESHOLD_", "1073741824"),
    ("MALLOC_TRIM_THRESHOLD_", "4294967296"),
];

/// Makes a worker keep freed memory, unless the user has set these variables.
pub fn keep_memory(command: &mut Command) {
    for (name, value) in KEEP_MEMORY {
        if env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fsl_common::fsio::write_atomic(&root.path().join(name), text.as_bytes()).unwrap();
        }
        root
    }

    const MACHINE: (&str, &str) = (
        "proc/meminfo",
        "MemTotal:       8000 kB\nMemFree:         100 kB\nMemAvailable:   4000 kB\n",
    );

    #[test]
    fn without_groups_the_machine_limits() {
        let root = root(&[MACHINE]);
        assert_eq!(available_under(root.path()), Some(4000 * 1024));
        assert_eq!(available_under(&root.path().join("nowhere")), None);
    }

    #[test]
    fn the_tightest_v2_group_limits_and_file_pages_are_free() {
        let root = root(&[
            MACHINE,
            ("proc/self/cgroup", "0::/a/b\n"),
            ("sys/fs/cgroup/a/b/memory.max", "max\n"),
            ("sys/fs/cgroup/a/b/memory.current", "500\n"),
            ("sys/fs/cgroup/a/memory.max", "1000\n"),
            ("sys/fs/cgroup/a/memory.current", "900\n"),
            (
                "sys/fs/cgroup/a/memory.stat",
                "anon 600\nfile 300\ninactive_file 250\n",
            ),
        ]);
        assert_eq!(available_under(root.path()), Some(350));
    }

    #[test]
    fn v1_groups_limit_even_if_the_path_is_from_outside() {
        let root = root(&[
            MACHINE,
            ("proc/self/cgroup", "5:cpu:/x\n4:memory:/outside/y\n0::/\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "2000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "2500\n"),
            (
                "sys/fs/cgroup/memory/memory.stat",
                "inactive_file 1\ntotal_inactive_file 700\n",
            ),
        ]);
        assert_eq!(available_under(root.path()), Some(200));
    }

    #[test]
    fn a_group_without_limit_changes_nothing() {
        let root = root(&[
            MACHINE,
            ("proc/self/cgroup", "4:memory:/y\n"),
            (
                "sys/fs/cgroup/memory/y/memory.limit_in_bytes",
                "9223372036854771712\n",
            ),
            ("sys/fs/cgroup/memory/y/memory.usage_in_bytes", "5\n"),
        ]);
        assert_eq!(available_under(root.path()), Some(4000 * 1024));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_memory_and_some_is_available() {
        assert!(resident(std::process::id()).unwrap() > 0);
        assert!(available().unwrap() > 0);
    }
}
