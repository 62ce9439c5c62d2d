//! Which device each trial gets.

use std::sync::{Mutex, PoisonError};

/// Devices, and how many trials each computes at the moment.
#[derive(Debug)]
pub(super) struct DevicePool(Mutex<Vec<(String, usize)>>);

impl DevicePool {
    /// The processor where none is named.
    pub(super) fn new(names: Vec<String>) -> Self {
        let names = if names.is_empty() {
            vec!["cpu".to_owned()]
        } else {
            names
        };
        Self(Mutex::new(
            names.into_iter().map(|name| (name, 0)).collect(),
        ))
    }

    /// The first of those that compute the fewest trials, which now computes one more.
    pub(super) fn take(&self) -> String {
        let mut devices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((name, trials)) = devices.iter_mut().min_by_key(|(_, trials)| *trials) else {
            return "cpu".to_owned();
        };
        *trials += 1;
        name.clone()
    }

    /// A trial on this device has ended.
    pub(super) fn give_back(&self, device: &str) {
        let mut devices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, trials)) = devices.iter_mut().find(|(name, _)| name == device) {
            *trials = trials.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_are_spread_and_freed_devices_come_first() {
        let devices = DevicePool::new(vec!["cuda:0".to_owned(), "cuda:1".to_owned()]);
        let taken: Vec<String> = (0..4).map(|_| devices.take()).collect();
        assert_eq!(taken, ["cuda:0", "cuda:1", "cuda:0", "cuda:1"]);
        devices.give_back("cuda:1");
        assert_eq!(devices.take(), "cuda:1");
        assert_eq!(DevicePool::new(Vec::new()).take(), "cpu");
    }
}
