//! Limits of memory (`ulimit -v`, `ulimit -d`). Where numeric libraries are refused memory for a buffer of their own, they go on with other
//! kernels, whose sums are rounded in other places: what is computed near such a limit may be another number.

use super::NnError;

/// What must have been left when a computation ends. Where other numbers were seen (`ulimit -v` in steps of 4 MiB, f32 and bf16), it was at
/// most 3 MiB; libtorch's largest single reservation is that of a thread's heap, 128 MiB.
const LEAST_LEFT: u64 = 256 << 20;

/// Limits in `/proc/self/limits`. Data are a part of the address space, and their peak is not told.
const LIMITS: [&str; 2] = ["Max address space", "Max data size"];

/// The most address space that the process has had, in `/proc/self/status`.
const PEAK: &str = "VmPeak:";

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
    let number = |text: &str, name: &str| -> Option<u64> {
        let value = text.lines().find_map(|line| line.strip_prefix(name))?;
        value.split_whitespace().next()?.parse().ok()
    };
    let nearest = LIMITS
        .iter()
        .filter_map(|name| number(limits, name))
        .min()?;
    let peak = number(status, PEAK)?.saturating_mul(1024);
    Some(nearest.saturating_sub(peak))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Name:\tx\nVmPeak:\t  524288 kB\nVmSize:\t     100 kB\n";

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
        assert_eq!(
            left(&limits("unlimited", "805306368"), STATUS),
            Some(256 << 20)
        );
        assert_eq!(left(&limits("1073741824", "268435456"), STATUS), Some(0));
        assert_eq!(left(&limits("1024", "unlimited"), STATUS), Some(0));
    }
}
