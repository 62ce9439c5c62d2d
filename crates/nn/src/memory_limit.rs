//! Limits of memory (`ulimit -v`, `ulimit -d`). Where numeric libraries are refused memory for a buffer of their own, they go on with other
//! kernels, whose sums are rounded in other places: what is computed near such a limit may be another number.

use super::NnError;

/// What must have been left when a computation ends: more than any buffer that a library asks for.
const LEAST_LEFT: u64 = 256 << 20;

/// A limit in `/proc/self/limits`, and what counts towards it in `/proc/self/status`.
const LIMITS: [(&str, &str); 2] = [
    ("Max address space", "VmPeak:"),
    ("Max data size", "VmData:"),
];

/// Checks that no library can have been refused memory so far. Systems without `/proc` are not checked.
///
/// # Errors
/// [`NnError::MemoryLimit`].
pub(super) fn check() -> Result<(), NnError> {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).ok();
    let (Some(limits), Some(status)) = (read("limits"), read("status")) else {
        return Ok(());
    };
    match left(&limits, &status) {
        Some(left) if left < LEAST_LEFT => Err(NnError::MemoryLimit {
            left: left >> 20,
            needed: LEAST_LEFT >> 20,
        }),
        _ => Ok(()),
    }
}

/// The bytes that were left of the nearest limit; `None` where there is no limit.
fn left(limits: &str, status: &str) -> Option<u64> {
    let of = |(limit, used): (&str, &str)| {
        let soft = limits.lines().find_map(|line| line.strip_prefix(limit))?;
        let soft: u64 = soft.split_whitespace().next()?.parse().ok()?;
        let used = status.lines().find_map(|line| line.strip_prefix(used))?;
        let kibibytes: u64 = used.split_whitespace().next()?.parse().ok()?;
        Some(soft.saturating_sub(kibibytes.saturating_mul(1024)))
    };
    LIMITS.into_iter().filter_map(of).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str =
        "Name:\tx\nVmPeak:\t  524288 kB\nVmSize:\t     100 kB\nVmData:\t  262144 kB\n";

    #[test]
    fn the_nearest_limit_counts() {
        let limits = |space: &str, data: &str| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                 Max data size             {data}                unlimited            bytes     \n\
                 Max address space         {space}                unlimited            bytes     \n"
            )
        };
        assert_eq!(left(&limits("unlimited", "unlimited"), STATUS), None);
        assert_eq!(
            left(&limits("1073741824", "unlimited"), STATUS),
            Some(512 << 20)
        );
        assert_eq!(left(&limits("1073741824", "268435456"), STATUS), Some(0));
        assert_eq!(left(&limits("1024", "unlimited"), STATUS), Some(0));
    }

    #[test]
    fn without_a_limit_nothing_is_refused() {
        assert!(check().is_ok());
    }
}
