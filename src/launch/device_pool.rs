//! Assignment of trials to devices.

use std::sync::{Mutex, PoisonError};

/// Devices and the number of trials running on each.
#[derive(Debug)]
pub(super) struct DevicePool(Mutex<Vec<(String, usize)>>);

impl DevicePool {
    /// A pool of these devices; the CPU if none is given.
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

    /// Assigns a trial to the least busy device, the first among equals.
    pub(super) fn acquire(&self) -> String {
        let mut devices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((name, trials)) = devices.iter_mut().min_by_key(|(_, trials)| *trials) else {
            return "cpu".to_owned();
        };
        *trials += 1;
        name.clone()
    }

    /// Releases a device after its trial ended.
    pub(super) fn release(&self, device: &str) {
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
        let taken: Vec<String> = (0..4).map(|_| devices.acquire()).collect();
        assert_eq!(taken, ["cuda:0", "cuda:1", "cuda:0", "cuda:1"]);
        devices.release("cuda:1");
        assert_eq!(devices.acquire(), "cuda:1");
        assert_eq!(DevicePool::new(Vec::new()).acquire(), "cpu");
    }
}
