//! Files and folders that are used only where they are what they seem: links are not followed.

use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a file.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] where the path is a link, a folder, a pipe or a device; otherwise whatever the file system says.
pub fn open_plain(path: &Path) -> io::Result<File> {
    let kind = fs::symlink_metadata(path)?.file_type();
    if kind.is_file() {
        File::open(path)
    } else {
        Err(refused(kind, "file"))
    }
}

/// Reads a file.
///
/// # Errors
/// As [`open_plain`].
pub fn read_plain(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = open_plain(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Checks that a folder is one, and no link.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] where it is something else; otherwise whatever the file system says.
pub fn check_folder(path: &Path) -> io::Result<()> {
    let kind = fs::symlink_metadata(path)?.file_type();
    if kind.is_dir() {
        Ok(())
    } else {
        Err(refused(kind, "folder"))
    }
}

fn refused(kind: FileType, wanted: &str) -> io::Error {
    let problem = if kind.is_symlink() {
        "it is a link, and links in it are not followed".to_owned()
    } else {
        format!("it is no {wanted}")
    };
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_no_file_and_a_file_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        crate::fsio::write_atomic(&file, b"text").unwrap();
        assert_eq!(read_plain(&file).unwrap(), b"text");
        assert!(check_folder(folder.path()).is_ok());
        for error in [
            read_plain(folder.path()).unwrap_err(),
            check_folder(&file).unwrap_err(),
        ] {
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
        let missing = folder.path().join("missing");
        for error in [
            read_plain(&missing).unwrap_err(),
            check_folder(&missing).unwrap_err(),
        ] {
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused_wherever_they_lead() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        crate::fsio::write_atomic(&at("file"), b"text").unwrap();
        for (target, link) in [("file", "a"), (".", "b"), ("nowhere", "c")] {
            std::os::unix::fs::symlink(target, at(link)).unwrap();
            let refused = open_plain(&at(link)).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidData, "{target}");
            let refused = check_folder(&at(link)).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidData, "{target}");
        }
    }
}
