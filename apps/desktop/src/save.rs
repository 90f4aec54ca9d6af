//! Files that a browser would download.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

/// How many files of one name there may be.
const SAME: u32 = 1000;

/// Puts a text into the folder under this name, or one like it if there is such a file: where it is.
pub(crate) fn beside(folder: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    let (stem, end) = plain(name);
    fs::create_dir_all(folder)?;
    for number in 1..=SAME {
        let name = match number {
            1 => format!("{stem}{end}"),
            _ => format!("{stem} ({number}){end}"),
        };
        let path = folder.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// A name that stays in its folder and is seen there, and what it ends in.
fn plain(name: &str) -> (String, String) {
    let is_kept = |ch: &char| !ch.is_control() && !"/\\:*?\"<>|".contains(*ch);
    let name: String = name.chars().filter(is_kept).take(120).collect();
    let name = name.trim_matches([' ', '.']);
    match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => (stem.to_owned(), format!(".{end}")),
        _ if name.is_empty() => ("hermes".to_owned(), ".txt".to_owned()),
        _ => (name.to_owned(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_in_its_folder_and_writes_over_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("Downloads");
        let save = |name| {
            let path = beside(&folder, name, "geese").unwrap();
            assert_eq!(path.parent(), Some(&*folder));
            assert_eq!(fs::read_to_string(&path).unwrap(), "geese");
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(save("geese.md"), "geese.md");
        assert_eq!(save("geese.md"), "geese (2).md");
        assert_eq!(save("../../etc/cron.d/geese"), "etccron.dgeese");
        assert_eq!(save(".bashrc"), "bashrc");
        assert_eq!(save("/"), "hermes.txt");
        assert_eq!(save("a\u{0}b\n.md"), "ab.md");
    }
}
