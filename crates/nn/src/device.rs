//! Devices of tensors, and numbers of threads.

use tch::{Cuda, Device};

use super::NnError;

/// Reads `cpu`, `cuda` (the first GPU) or `cuda:N`.
///
/// # Errors
/// [`NnError::Device`] where the text is none of these, or libtorch sees no such GPU.
pub fn parse_device(text: &str) -> Result<Device, NnError> {
    let refused = |problem: String| NnError::Device {
        got: text.to_owned(),
        problem,
    };
    let index = match text {
        "cpu" => return Ok(Device::Cpu),
        "cuda" => 0,
        _ => text
            .strip_prefix("cuda:")
            .and_then(|index| index.parse::<usize>().ok())
            .ok_or_else(|| refused("must be `cpu`, `cuda` or `cuda:N`".to_owned()))?,
    };
    super::cuda::load().map_err(&refused)?;
    let count = if Cuda::is_available() {
        Cuda::device_count().max(0) as usize
    } else {
        0
    };
    if index < count {
        return Ok(Device::Cuda(index));
    }
    Err(refused(match count {
        0 => "libtorch sees no GPU".to_owned(),
        1 => "libtorch sees one GPU, `cuda:0`".to_owned(),
        _ => format!(
            "libtorch sees {count} GPUs, `cuda:0` to `cuda:{}`",
            count - 1
        ),
    }))
}

/// Sets how many threads one libtorch operator may use; at least 1. With 1 every result is the same in every run.
///
/// To be called before the first operator: libtorch may ignore later changes.
pub fn set_threads(count: usize) {
    tch::set_num_threads(count.clamp(1, 4096) as i32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_or_refused_with_the_reason() {
        assert_eq!(parse_device("cpu").unwrap(), Device::Cpu);
        assert_eq!(
            parse_device("gpu").unwrap_err().to_string(),
            "device `gpu`: must be `cpu`, `cuda` or `cuda:N`"
        );
        assert_eq!(
            parse_device("cuda:x").unwrap_err().to_string(),
            "device `cuda:x`: must be `cpu`, `cuda` or `cuda:N`"
        );
        let refused = parse_device("cuda:4000").unwrap_err().to_string();
        let reasons = ["libtorch sees ", "libtorch in "];
        let reason = refused.strip_prefix("device `cuda:4000`: ").unwrap();
        assert!(
            reasons.iter().any(|known| reason.starts_with(known)),
            "{refused}"
        );
    }
}
