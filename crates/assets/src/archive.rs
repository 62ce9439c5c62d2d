//! Members of wheels (zip) and source archives (tar, gzipped).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use super::source_error::SourceError;

/// Writes the member called `member` of the zip or `.tar.gz` file `archive` to `target`.
pub(super) fn extract(archive: &Path, member: &str, target: &Path) -> Result<(), SourceError> {
    let file = File::open(archive).map_err(SourceError::disk(archive))?;
    let bad = |problem: String| bad_archive(archive, problem);
    let mut out = File::create(target).map_err(SourceError::disk(target))?;
    let mut copy = |reader: &mut dyn Read| match io::copy(reader, &mut out) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::StorageFull => {
            Err(SourceError::disk(target)(error))
        }
        Err(error) => Err(bad(format!("`{member}`: {error}"))),
    };
    if is_zip(archive) {
        let mut zip = zip::ZipArchive::new(file).map_err(|error| bad(error.to_string()))?;
        let mut entry = zip
            .by_name(member)
            .map_err(|error| bad(format!("`{member}`: {error}")))?;
        return copy(&mut entry);
    }
    with_tar_member(file, member, copy).unwrap_or_else(|problem| Err(bad(problem)))
}

/// The bytes of a file that lies in archives inside one another: `path` is the member of `archive`, then the member of that
/// member, which is a `.tar.gz` itself, and so on.
pub(super) fn read_nested(archive: &Path, path: &[String]) -> Result<Vec<u8>, SourceError> {
    let mut bytes = std::fs::read(archive).map_err(SourceError::disk(archive))?;
    for member in path {
        let read = |reader: &mut dyn Read| {
            let mut inner = Vec::new();
            reader
                .read_to_end(&mut inner)
                .map(|_| inner)
                .map_err(|error| format!("`{member}`: {error}"))
        };
        bytes = with_tar_member(bytes.as_slice(), member, read)
            .and_then(|result| result)
            .map_err(|problem| bad_archive(archive, problem))?;
    }
    Ok(bytes)
}

/// Calls `take` with the contents of a member of a gzipped tar; the error says that there is none.
fn with_tar_member<T>(
    tar_gz: impl Read,
    member: &str,
    mut take: impl FnMut(&mut dyn Read) -> T,
) -> Result<T, String> {
    let mut tar = tar::Archive::new(GzDecoder::new(tar_gz));
    for entry in tar.entries().map_err(|error| error.to_string())? {
        let mut entry = entry.map_err(|error| error.to_string())?;
        if entry.path().is_ok_and(|path| path == Path::new(member)) {
            return Ok(take(&mut entry));
        }
    }
    Err(format!("no member `{member}`"))
}

fn is_zip(archive: &Path) -> bool {
    archive
        .extension()
        .is_some_and(|extension| extension == "whl" || extension == "zip")
}

fn bad_archive(archive: &Path, problem: String) -> SourceError {
    let name = archive.file_name().unwrap_or(archive.as_os_str());
    SourceError::Archive {
        archive: name.to_string_lossy().into_owned(),
        problem,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::{Cursor, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use fsl_common::fsio::write_atomic;

    /// A `.tar.gz` of the given members.
    pub(crate) fn tar_gz(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, bytes) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, *bytes).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    /// A zip of the given members.
    pub(crate) fn wheel(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            zip.start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn members_of_both_kinds_are_written_out() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [
            ("a.whl", wheel(&[("a/one", b"1"), ("a/two", b"2")])),
            ("a.tar.gz", tar_gz(&[("a/one", b"1"), ("a/two", b"2")])),
        ] {
            let archive = folder.path().join(name);
            write_atomic(&archive, &bytes).unwrap();
            let target = folder.path().join("out");
            extract(&archive, "a/two", &target).unwrap();
            assert_eq!(std::fs::read(&target).unwrap(), b"2");
            let error = extract(&archive, "a/three", &target).unwrap_err();
            assert!(matches!(error, SourceError::Archive { .. }), "{error}");
        }
    }

    #[test]
    fn a_file_in_an_archive_in_an_archive_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let inner = tar_gz(&[("b/data.txt", b"data")]);
        let archive = folder.path().join("a.tar.gz");
        write_atomic(&archive, &tar_gz(&[("a/b.tar.gz", &inner)])).unwrap();
        let path = ["a/b.tar.gz".to_owned(), "b/data.txt".to_owned()];
        assert_eq!(read_nested(&archive, &path).unwrap(), b"data");
    }

    #[test]
    fn a_cut_archive_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.tar.gz");
        let bytes = tar_gz(&[("a/data.txt", &[7; 5000])]);
        write_atomic(&archive, &bytes[..bytes.len() / 2]).unwrap();
        let error = read_nested(&archive, &["a/data.txt".to_owned()]).unwrap_err();
        assert!(matches!(error, SourceError::Archive { .. }), "{error}");
    }
}
