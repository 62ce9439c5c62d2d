//! Members of wheels (zip) and source archives (tar, gzipped).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use super::source_error::SourceError;

/// The most bytes that are unpacked to reach and to copy a member, or to read one into memory. The largest published encoders have
/// some 2 GB, the texts some 10 MB.
const MOST_COPIED: u64 = 1 << 34;
const MOST_READ: u64 = 1 << 30;

/// Writes the member called `member` of the zip or `.tar.gz` file `archive` to `target`.
pub(super) fn extract(archive: &Path, member: &str, target: &Path) -> Result<(), SourceError> {
    extract_up_to(MOST_COPIED, archive, member, target)
}

fn extract_up_to(
    most: u64,
    archive: &Path,
    member: &str,
    target: &Path,
) -> Result<(), SourceError> {
    let file = File::open(archive).map_err(SourceError::disk(archive))?;
    let bad = |problem: String| bad_archive(archive, problem);
    let mut out = File::create(target).map_err(SourceError::disk(target))?;
    let mut copy = |reader: &mut dyn Read| match io::copy(&mut reader.take(most + 1), &mut out) {
        Ok(copied) if copied > most => Err(bad(too_large(member, most))),
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
    with_tar_member(file, member, most, copy).unwrap_or_else(|problem| Err(bad(problem)))
}

fn too_large(member: &str, most: u64) -> String {
    format!("`{member}`: more than {most} bytes")
}

/// The bytes of a file that lies in archives inside one another: `path` is the member of `archive`, then the member of that
/// member, which is a `.tar.gz` itself, and so on.
pub(super) fn read_nested(archive: &Path, path: &[String]) -> Result<Vec<u8>, SourceError> {
    read_nested_up_to(MOST_READ, archive, path)
}

fn read_nested_up_to(most: u64, archive: &Path, path: &[String]) -> Result<Vec<u8>, SourceError> {
    let mut bytes = std::fs::read(archive).map_err(SourceError::disk(archive))?;
    for member in path {
        let read = |reader: &mut dyn Read| {
            let mut inner = Vec::new();
            match reader.take(most + 1).read_to_end(&mut inner) {
                Ok(read) if read as u64 > most => Err(too_large(member, most)),
                Ok(_) => Ok(inner),
                Err(error) => Err(format!("`{member}`: {error}")),
            }
        };
        bytes = with_tar_member(bytes.as_slice(), member, most, read)
            .and_then(|result| result)
            .map_err(|problem| bad_archive(archive, problem))?;
    }
    Ok(bytes)
}

/// Calls `take` with the contents of a file in a gzipped tar; the error says that there is none. Links are no files. Not much more
/// than `most` bytes are unpacked.
fn with_tar_member<T>(
    tar_gz: impl Read,
    member: &str,
    most: u64,
    mut take: impl FnMut(&mut dyn Read) -> T,
) -> Result<T, String> {
    // What lies around a member may be as large again.
    let mut tar = tar::Archive::new(GzDecoder::new(tar_gz).take(most.saturating_mul(2)));
    for entry in tar.entries().map_err(|error| error.to_string())? {
        let mut entry = entry.map_err(|error| error.to_string())?;
        let is_file = entry.header().entry_type().is_file();
        if is_file && entry.path().is_ok_and(|path| path == Path::new(member)) {
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
    fn members_that_unpack_to_too_much_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let zeros = vec![0; 1 << 20];
        let most = 100_000;
        for (name, bytes) in [
            ("a.whl", wheel(&[("a/one", &zeros), ("a/two", b"2")])),
            ("a.tar.gz", tar_gz(&[("a/one", &zeros), ("a/two", b"2")])),
        ] {
            let archive = folder.path().join(name);
            write_atomic(&archive, &bytes).unwrap();
            assert!(bytes.len() < 20_000);
            let target = folder.path().join("out");
            let error = extract_up_to(most, &archive, "a/one", &target).unwrap_err();
            assert!(
                error
                    .to_string()
                    .contains("`a/one`: more than 100000 bytes"),
                "{error}"
            );
        }
        let archive = folder.path().join("a.tar.gz");
        let read = |member: &str| read_nested_up_to(most, &archive, &[member.to_owned()]);
        assert!(read("a/one").is_err());
        // Nor is all of it unpacked only to find what comes later.
        assert!(read("a/two").is_err());
    }

    #[test]
    fn links_in_archives_are_no_files() {
        let folder = tempfile::tempdir().unwrap();
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for kind in [tar::EntryType::Symlink, tar::EntryType::Link] {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(0);
            tar.append_link(&mut header, "a/data.txt", "/etc/hostname")
                .unwrap();
        }
        let bytes = tar.into_inner().unwrap().finish().unwrap();
        let archive = folder.path().join("a.tar.gz");
        write_atomic(&archive, &bytes).unwrap();
        let target = folder.path().join("out");
        let error = extract(&archive, "a/data.txt", &target).unwrap_err();
        assert!(
            error.to_string().contains("no member `a/data.txt`"),
            "{error}"
        );
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
