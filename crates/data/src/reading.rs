//! Files of data read within their limits.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::DataError;
use super::limits::{Limit, MAX_BYTES, MAX_RATIO};

/// What any packed file may unpack to, in bytes.
const HARMLESS: u64 = 1 << 24;

/// Bytes that are read at once.
const CHUNK: u64 = 1 << 20;

/// The error of an input that errors call `path`.
pub(super) fn unreadable(path: &Path, source: io::Error) -> DataError {
    let path = path.to_owned();
    let limit = source
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Limit>());
    match limit {
        Some(&limit) => DataError::TooLarge { path, limit },
        None => DataError::Read { path, source },
    }
}

/// Opens a file or a pipe.
///
/// # Errors
/// Whatever the file system says; [`Limit::Device`].
pub(super) fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if is_device(&file.metadata()?) {
        return Err(io::Error::other(Limit::Device));
    }
    Ok(file)
}

#[cfg(unix)]
fn is_device(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = metadata.file_type();
    kind.is_block_device() || kind.is_char_device()
}

#[cfg(not(unix))]
fn is_device(_: &Metadata) -> bool {
    false
}

/// The bytes of a file of data, packed as it is.
///
/// # Errors
/// Whatever the file system says; a device, and a file of more than [`MAX_BYTES`].
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let size = file.metadata()?.len();
    if size > MAX_BYTES {
        return Err(io::Error::other(Limit::Bytes));
    }
    let mut bytes = Vec::new();
    // A file as large as the memory is refused, not an abort.
    bytes.try_reserve(size as usize)?;
    read_up_to(file, &mut bytes, |_| true)?;
    Ok(bytes)
}

/// The bytes of unpacked texts. It ends early at a NUL byte, which no text has, and which is told when they are looked at.
///
/// # Errors
/// Those of `from`; [`Limit::Bytes`].
pub(super) fn read_texts(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_up_to(from, &mut bytes, |chunk| !chunk.contains(&0))?;
    Ok(bytes)
}

/// Appends all that can be read, as long as `go_on` says so of what was read last.
fn read_up_to(
    mut from: impl Read,
    bytes: &mut Vec<u8>,
    go_on: impl Fn(&[u8]) -> bool,
) -> io::Result<()> {
    loop {
        let before = bytes.len();
        let read = from.by_ref().take(CHUNK).read_to_end(bytes)?;
        if read == 0 || !go_on(&bytes[before..]) {
            return Ok(());
        }
        if bytes.len() as u64 > MAX_BYTES {
            return Err(io::Error::other(Limit::Bytes));
        }
    }
}

/// A reader of unpacked bytes, which may not be too many for the packed ones.
pub(super) struct Unpacked<R> {
    inner: R,
    read: u64,
    /// The packed bytes that were read so far, or all there are.
    packed: Arc<AtomicU64>,
}

impl<R: Read> Unpacked<R> {
    /// Reads `inner`, which unpacks what `packed` counts.
    pub(super) fn new(inner: R, packed: &Arc<AtomicU64>) -> Self {
        Self {
            inner,
            read: 0,
            packed: Arc::clone(packed),
        }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read += read as u64;
        let packed = self.packed.load(Ordering::Relaxed);
        if self.read > HARMLESS.max(MAX_RATIO.saturating_mul(packed)) {
            return Err(io::Error::other(Limit::Ratio));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(error: &io::Error) -> Option<Limit> {
        error.get_ref()?.downcast_ref().copied()
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused_before_it_is_there() {
        let packed = Arc::new(AtomicU64::new(100_000));
        let mut bytes = Vec::new();
        let endless = Unpacked::new(io::repeat(b'a'), &packed);
        let error = read_up_to(endless, &mut bytes, |_| true).unwrap_err();
        assert_eq!(limit(&error), Some(Limit::Ratio));
        // 200 · 100,000, and up to what a vector reads at once.
        assert!(bytes.len() <= 21_000_000, "{}", bytes.len());
        let honest = Unpacked::new(io::repeat(b'a').take(20_000_000), &packed);
        assert_eq!(read_texts(honest).unwrap().len(), 20_000_000);
    }

    #[test]
    fn nothing_is_read_after_a_nul_byte() {
        let read = read_texts(io::repeat(0)).unwrap();
        assert!(read.len() as u64 <= CHUNK && read[0] == 0);
        assert_eq!(read_texts(&b"a"[..]).unwrap(), b"a");
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_refused() {
        for path in ["/dev/zero", "/dev/null"].map(Path::new) {
            let error = read_file(path).unwrap_err();
            assert_eq!(limit(&error), Some(Limit::Device));
            let error = unreadable(path, error);
            let shown = format!("`{}`: a device, not a file", path.display());
            assert_eq!(error.to_string(), shown);
        }
    }
}
