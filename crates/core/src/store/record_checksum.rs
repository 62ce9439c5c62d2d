//! The checksum inside a stored record, its last field: a bit that flips in a number is found, too. Records of earlier versions have none.

use fsl_common::fsio::sha256_hex;

/// What stands before the checksum and after it.
const BEFORE: &str = ",\n  \"checksum\": \"";
const AFTER: &str = "\"\n}\n";

/// How a record without checksum ends.
const END: &str = "\n}\n";

/// Hexadecimal digits of a checksum.
const DIGITS: usize = 64;

/// A record as it is stored: its JSON, pretty-printed and with a final line feed, with the checksum of these bytes.
pub(super) fn with_checksum(json: &[u8]) -> Vec<u8> {
    let fields = json.strip_suffix(END.as_bytes()).unwrap_or(json);
    let parts = [BEFORE.as_bytes(), sha256_hex(json).as_bytes()].concat();
    [fields, &parts, AFTER.as_bytes()].concat()
}

/// The JSON of a stored record without its checksum, and whether it has the bytes that the checksum is of.
pub(super) fn without_checksum(stored: &[u8]) -> (Vec<u8>, bool) {
    let Some((fields, checksum)) = split(stored) else {
        return (stored.to_owned(), true);
    };
    let json = [fields, END.as_bytes()].concat();
    let is_intact = sha256_hex(&json).as_bytes() == checksum;
    (json, is_intact)
}

fn split(stored: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = stored.strip_suffix(AFTER.as_bytes())?;
    let (rest, checksum) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
    Some((rest.strip_suffix(BEFORE.as_bytes())?, checksum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_test_support::corpus;

    const RECORD: &[u8] = b"{\n  \"version\": 1,\n  \"key\": \"ab\"\n}\n";

    #[test]
    fn what_was_stored_is_read() {
        let stored = with_checksum(RECORD);
        let text = String::from_utf8(stored.clone()).unwrap();
        // sha256sum of the record.
        let sum = "e9bbe7de5b2bab28ce4a56ed2ab64924cbcb6cbc9cb8474cc515f46ce3ccf5a5";
        assert_eq!(
            text,
            format!("{{\n  \"version\": 1,\n  \"key\": \"ab\",\n  \"checksum\": \"{sum}\"\n}}\n")
        );
        assert_eq!(without_checksum(&stored), (RECORD.to_owned(), true));
    }

    #[test]
    fn records_of_earlier_versions_have_none() {
        assert_eq!(without_checksum(RECORD), (RECORD.to_owned(), true));
        assert_eq!(without_checksum(b"{"), (b"{".to_vec(), true));
    }

    /// Any flipped bit is found: by the checksum, or as a file that is no record.
    #[test]
    fn no_bit_flips_unseen() {
        let mut inputs = corpus("record").into_iter();
        let (_, record) = inputs
            .find(|(name, _)| name == "example+bow-record.json")
            .unwrap();
        let names = |json: &[u8]| -> Option<Vec<String>> {
            let fields: serde_json::Map<String, serde_json::Value> =
                serde_json::from_slice(json).ok()?;
            Some(fields.keys().cloned().collect())
        };
        let whole = names(&record);
        let stored = with_checksum(&record);
        for bit in 0..8 * stored.len() {
            let mut flipped = stored.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let (json, is_intact) = without_checksum(&flipped);
            assert!(!is_intact || names(&json) != whole, "{bit}");
        }
    }
}
