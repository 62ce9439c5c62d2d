//! The table of a SentencePiece normalizer, a double array and the texts that it leads to: every step from one of its places
//! must lead to another one, and no character to a long text.

/// The longest table, in characters of base64; published ones have some 350,000.
const LONGEST: usize = 8 << 20;

/// The longest text that a character becomes, in bytes. NFKC has one of 33.
const LONGEST_TEXT: usize = 256;

/// The depth to which characters are looked up, in bytes: of one grapheme at most five.
const DEPTH: u8 = 5;

/// Checks a table in base64; the error says what is wrong, after the file's name.
pub(super) fn check(base64: &str) -> Result<(), String> {
    let refused = || "has a `precompiled_charsmap` that is no table of SentencePiece".to_owned();
    if base64.len() > LONGEST {
        return Err(format!(
            "has a `precompiled_charsmap` of more than {LONGEST} characters"
        ));
    }
    let bytes = decode(base64).ok_or_else(refused)?;
    let (size, rest) = bytes.split_first_chunk::<4>().ok_or_else(refused)?;
    let size = u32::from_le_bytes(*size) as usize / 4 * 4;
    let (array, texts) = rest.split_at_checked(size).ok_or_else(refused)?;
    let units: Vec<u32> = array
        .chunks_exact(4)
        .map(|unit| u32::from_le_bytes([unit[0], unit[1], unit[2], unit[3]]))
        .collect();
    let texts = std::str::from_utf8(texts).map_err(|_| refused())?;
    if texts.split('\0').any(|text| text.len() > LONGEST_TEXT) {
        return Err(format!(
            "has a `precompiled_charsmap` that makes a character longer than {LONGEST_TEXT} bytes"
        ));
    }
    let root = *units.first().ok_or_else(refused)?;
    if follow(&units, texts, offset(root)) {
        Ok(())
    } else {
        Err(refused())
    }
}

/// Whether every step from the places that can be reached stays in the table. `start` is where the children of the root lie.
fn follow(units: &[u32], texts: &str, start: usize) -> bool {
    let mut places = vec![(start, 0)];
    // At which depth a place was looked at: equal ends of words may share places.
    let mut seen = vec![u8::MAX; units.len()];
    while let Some((base, depth)) = places.pop() {
        if base | 255 >= units.len() {
            return false;
        }
        if seen[base] <= depth {
            continue;
        }
        seen[base] = depth;
        for byte in 1..=255_usize {
            let unit = units[base ^ byte];
            if unit & (1 << 31 | 0xff) != byte as u32 {
                continue;
            }
            let next = (base ^ byte) ^ offset(unit);
            if unit >> 8 & 1 == 1 {
                let Some(value) = units.get(next) else {
                    return false;
                };
                if !texts.is_char_boundary((value & 0x7fff_ffff) as usize) {
                    return false;
                }
            }
            if depth + 1 < DEPTH {
                places.push((next, depth + 1));
            }
        }
    }
    true
}

/// How far the children of a unit are from it.
fn offset(unit: u32) -> usize {
    (unit as usize >> 10) << ((unit as usize & (1 << 9)) >> 6)
}

/// The bytes of a base64 text with padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 3);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in digits.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    (held == 0).then_some(bytes)
}
