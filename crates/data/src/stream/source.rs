//! Sources of a stream's bytes: plain, gzipped and zipped files, and standard input.

use std::borrow::Cow;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use crate::DataError;
use crate::format::{refuse_document, refuse_foreign};
use crate::reading::{self, Unpacked, read_texts};
use fsl_common::fsio;

/// Where a CSV file is read from. What it is packed in is told by its first bytes, not by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input, plain or gzipped.
    Stdin,
    /// A file, plain, gzipped, or a zip archive with one CSV file in it.
    File(PathBuf),
    /// A file that holds what came from standard input.
    Copied(PathBuf),
}

impl Input {
    /// What errors call the input.
    pub fn name(&self) -> &Path {
        match self {
            Self::Stdin | Self::Copied(_) => Path::new("standard input"),
            Self::File(path) => path,
        }
    }

    /// The SHA-256 of the file, packed as it is, in hexadecimal.
    ///
    /// # Errors
    /// Whatever reading it says; a pipe cannot be read again.
    pub fn sha256(&self) -> io::Result<String> {
        match self {
            Self::Stdin => Err(io::Error::from(io::ErrorKind::Unsupported)),
            Self::File(path) | Self::Copied(path) => fsio::sha256_file(path),
        }
    }

    /// How many bytes [`Progress::bytes`](super::Progress::bytes) ends at, where that is known beforehand.
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::Stdin => None,
            Self::File(path) | Self::Copied(path) => {
                let found = path.metadata().ok().filter(std::fs::Metadata::is_file);
                found.map(|found| found.len())
            }
        }
    }
}

/// Calls `take` with the unpacked bytes, and counts in `count` the packed ones on their way.
pub(super) fn open<T>(
    input: &Input,
    count: &Arc<AtomicU64>,
    take: impl FnOnce(&mut dyn Read) -> Result<T, DataError>,
) -> Result<T, DataError> {
    let failed = |source| unreadable(input, source);
    let counted = |inner| Counted {
        inner,
        count: Arc::clone(count),
    };
    let (Input::File(path) | Input::Copied(path)) = input else {
        let mut from = Counted {
            inner: io::stdin(),
            count: Arc::clone(count),
        };
        let head = magic(&mut from).map_err(failed)?;
        if is_zip(&head) {
            let problem = "a zip archive, which cannot be read from a pipe";
            return Err(failed(io::Error::new(io::ErrorKind::Unsupported, problem)));
        }
        refuse_foreign(input.name(), &head)?;
        return unpack(head, from, count, take);
    };
    let file = reading::open(path).map_err(failed)?;
    // What is read of an archive counts its directory more than once.
    let size = Arc::new(AtomicU64::new(file.metadata().map_err(failed)?.len()));
    let mut file = counted(file);
    let head = magic(&mut file).map_err(failed)?;
    refuse_foreign(input.name(), &head)?;
    if !is_zip(&head) {
        return unpack(head, file, count, take);
    }
    let file = BufReader::new(file);
    unzip(input.name(), file, &size, |_, bytes| take(bytes))
}

/// The unpacked bytes of a file that errors call `path`, and the name of the file that was packed.
pub(crate) fn unpacked<'a>(
    path: &Path,
    bytes: &'a [u8],
) -> Result<(Cow<'a, [u8]>, PathBuf), DataError> {
    let read = |from: &mut dyn Read| -> Result<Cow<'a, [u8]>, DataError> {
        let read = read_texts(from).map_err(|source| reading::unreadable(path, source))?;
        Ok(Cow::Owned(read))
    };
    let packed = Arc::new(AtomicU64::new(bytes.len() as u64));
    let head = &bytes[..bytes.len().min(HEAD)];
    refuse_foreign(path, head)?;
    if is_zip(head) {
        return unzip(path, Cursor::new(bytes), &packed, |name, from| {
            Ok((read(from)?, PathBuf::from(name)))
        });
    }
    if is_gzip(head) {
        let is_named = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("gz"));
        let name = if is_named {
            path.with_extension("")
        } else {
            path.to_owned()
        };
        let mut from = Unpacked::new(MultiGzDecoder::new(bytes), &packed);
        return Ok((read(&mut from)?, name));
    }
    Ok((Cow::Borrowed(bytes), path.to_owned()))
}

/// Calls `take` with the one CSV file in an archive, of which `packed` counts the bytes.
fn unzip<T>(
    path: &Path,
    from: impl Read + Seek,
    packed: &Arc<AtomicU64>,
    take: impl FnOnce(&str, &mut dyn Read) -> Result<T, DataError>,
) -> Result<T, DataError> {
    let failed = |error: zip::result::ZipError| DataError::Read {
        path: path.to_owned(),
        source: error.into(),
    };
    let mut archive = ZipArchive::new(from).map_err(failed)?;
    let name = member(path, &archive)?;
    let member = archive.by_name(&name).map_err(failed)?;
    take(&name, &mut Unpacked::new(member, packed))
}

/// The error of an input that cannot be read.
pub(super) fn unreadable(input: &Input, source: io::Error) -> DataError {
    reading::unreadable(input.name(), source)
}

fn unpack<T>(
    head: Vec<u8>,
    rest: impl Read,
    packed: &Arc<AtomicU64>,
    take: impl FnOnce(&mut dyn Read) -> Result<T, DataError>,
) -> Result<T, DataError> {
    let gzipped = is_gzip(&head);
    let mut all = BufReader::with_capacity(1 << 16, Cursor::new(head).chain(rest));
    if gzipped {
        take(&mut Unpacked::new(MultiGzDecoder::new(all), packed))
    } else {
        take(&mut all)
    }
}

/// Bytes at the start of a file by which formats are known.
const HEAD: usize = 8;

/// Up to [`HEAD`] bytes.
fn magic(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    from.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b])
}

/// Whether this is how an archive starts, or an empty one.
fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// The one CSV file of an archive. What macOS adds beside each file does not count.
fn member<R: Read + Seek>(path: &Path, archive: &ZipArchive<R>) -> Result<String, DataError> {
    let is_csv = |name: &String| {
        let extension = Path::new(name).extension().unwrap_or_default();
        let known = ["csv", "tsv", "tab", "txt"];
        known
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
            && !name.starts_with("__MACOSX/")
    };
    // Those whose names are no text cannot be asked for.
    let names = archive.file_names().flatten().map(Cow::into_owned);
    let mut members: Vec<String> = names.filter(is_csv).collect();
    members.sort();
    let all: Vec<Cow<str>> = archive.file_names().flatten().collect();
    refuse_document(path, all.iter().map(AsRef::as_ref))?;
    match members.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(DataError::Members {
            path: path.to_owned(),
            members,
        }),
    }
}

/// A reader that counts what is read.
struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
