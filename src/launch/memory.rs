//! How much memory this machine has left, as the Linux kernel and its control groups tell.

use std::fs;
use std::path::{Path, PathBuf};

/// The memory that processes started now could take, in bytes: what the machine has available, or what the tightest control
/// group around this process leaves. `None` where the system does not tell.
pub(super) fn available() -> Option<u64> {
    available_under(Path::new("/"))
}

/// The memory that a process holds, in bytes.
pub(super) fn held_by(process: u32) -> Option<u64> {
    kilobytes(
        &read(&PathBuf::from(format!("/proc/{process}/status")))?,
        "VmRSS:",
    )
}

fn available_under(root: &Path) -> Option<u64> {
    let machine = kilobytes(&read(&root.join("proc/meminfo"))?, "MemAvailable:")?;
    let groups = read(&root.join("proc/self/cgroup")).unwrap_or_default();
    let left = groups
        .lines()
        .filter_map(|line| left_by(line, &root.join("sys/fs/cgroup")));
    Some(left.fold(machine, u64::min))
}

/// The names of a version's files: the limit, what is used, and the field of `memory.stat` that says how much of it are
/// pages of files, which the kernel takes back where it must.
struct Files {
    limit: &'static str,
    used: &'static str,
    given_back: &'static str,
}

const V1: Files = Files {
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    given_back: "total_inactive_file",
};

const V2: Files = Files {
    limit: "memory.max",
    used: "memory.current",
    given_back: "inactive_file",
};

/// What a line of `/proc/self/cgroup` (`0::/a/b` in version 2, `4:memory:/a/b` in version 1) and the groups around it leave.
/// In a container the path may be one of outside; then only the groups that are there count.
fn left_by(line: &str, mount: &Path) -> Option<u64> {
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
    groups.filter_map(|group| left_in(group, &files)).min()
}

fn left_in(group: &Path, files: &Files) -> Option<u64> {
    let number = |name| read(&group.join(name))?.trim().parse::<u64>().ok();
    // No limit is `max` in version 2, and more than any machine has in version 1.
    let (limit, used) = (number(files.limit)?, number(files.used)?);
    let stat = read(&group.join("memory.stat")).unwrap_or_default();
    let given_back = value(&stat, files.given_back).unwrap_or(0);
    Some(limit.saturating_sub(used.saturating_sub(given_back)))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            crate::fsio::write_atomic(&root.path().join(name), text.as_bytes()).unwrap();
        }
        root
    }

    const MACHINE: (&str, &str) = (
        "proc/meminfo",
        "MemTotal:       8000 kB\nMemFree:         100 kB\nMemAvailable:   4000 kB\n",
    );

    #[test]
    fn without_groups_the_machine_counts() {
        let root = root(&[MACHINE]);
        assert_eq!(available_under(root.path()), Some(4000 * 1024));
        assert_eq!(available_under(&root.path().join("nowhere")), None);
    }

    #[test]
    fn the_tightest_group_of_version_2_counts_without_its_files_pages() {
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
    fn version_1_counts_and_a_path_of_outside_does_not_matter() {
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
    fn no_limit_leaves_what_the_machine_has() {
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
    fn this_process_holds_memory_and_some_is_left() {
        assert!(held_by(std::process::id()).unwrap() > 0);
        assert!(available().unwrap() > 0);
    }
}
