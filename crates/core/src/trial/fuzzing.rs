//! What holds for any bytes that are read as a stored record or its predictions.

use super::predictions::{self, read};
use super::record::{Record, TransferRecord};
use super::request::TrialRequest;
use fsl_common::classes::Classes;

/// A record, a record of a transfer set or a request as JSON, or a file of predictions: what can be read is the same after it was written
/// again.
///
/// # Panics
/// Where it is not.
pub fn fuzz(input: &[u8]) {
    if let Ok(record) = serde_json::from_slice::<Record>(input) {
        let again = serde_json::to_vec(&record).unwrap_or_default();
        let again = serde_json::from_slice::<Record>(&again).ok();
        assert_eq!(format!("{again:?}"), format!("{:?}", Some(&record)));
        assert_eq!(record.inputs.key().as_str().len(), 32);
    }
    if let Ok(record) = serde_json::from_slice::<TransferRecord>(input) {
        let again = serde_json::to_vec(&record).unwrap_or_default();
        assert_eq!(serde_json::from_slice(&again).ok(), Some(record));
    }
    if let Ok(request) = serde_json::from_slice::<TrialRequest>(input) {
        let again = serde_json::to_vec(&request).unwrap_or_default();
        assert!(serde_json::from_slice::<TrialRequest>(&again).is_ok());
    }
    let three = ["a", "b", "c"].map(str::to_owned).to_vec();
    for classes in [Ok(Classes::zero_one()), Classes::new(three, None)] {
        let Ok(classes) = classes else { continue };
        if let Ok(found) = read(input, &classes) {
            let again = read(&predictions::write(&classes, &found), &classes);
            assert_eq!(format!("{:?}", again.ok()), format!("{:?}", Some(found)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_properties_hold_for_the_committed_inputs() {
        for (name, input) in fsl_test_support::corpus("record") {
            println!("record/{name}");
            fuzz(&input);
        }
    }
}
