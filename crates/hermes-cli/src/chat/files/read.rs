//! What goes along.

use std::{fs, io};

use hermes_machine::file;

use super::{Place, block::block, mention::mentions, size, written};

/// The most bytes of a file.
const LIMIT: u64 = 256 * 1024;

/// The most bytes of a prompt with all its files: what a gateway takes.
const WHOLE: usize = 1024 * 1024;

/// The most words that are looked at.
const WORDS: usize = 256;

/// What a file may be followed by that is none of its name.
const BEHIND: &[char] = &['.', ',', ';', ':', '!', '?', ')', ']', '}', '"', '\''];

/// The files that go along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gathered {
    /// What stands behind the prompt.
    pub(crate) blocks: String,
    /// Their names and sizes.
    pub(crate) files: Vec<(String, usize)>,
}

/// Reads the files that a text names; in words, why one cannot go along. What names no file is words.
pub(super) fn gathered(place: &Place, text: &str) -> Result<Gathered, String> {
    let mut gathered = Gathered::default();
    for mention in mentions(text).take(WORDS) {
        let name = match mention.is_quoted {
            true => is_file(place, &mention.path).then_some(mention.path.as_str()),
            false => named(place, &mention.path),
        };
        let Some(name) = name else {
            continue;
        };
        if gathered.files.iter().any(|(one, _)| one == name) {
            continue;
        }
        let content = content(place, name).map_err(|why| format!("`@{name}` {why}"))?;
        let written = written(name);
        gathered.blocks.push_str(&block(&written[1..], &content));
        gathered.files.push((name.to_owned(), content.len()));
        if text.len() + gathered.blocks.len() > WHOLE {
            return Err("with the files that it names it is longer than 1 MiB".to_owned());
        }
    }
    Ok(gathered)
}

/// The file that a word names, without what may follow it in a sentence.
fn named<'a>(place: &Place, word: &'a str) -> Option<&'a str> {
    let mut name = word;
    loop {
        if is_file(place, name) {
            return Some(name);
        }
        name = name.strip_suffix(BEHIND).filter(|rest| !rest.is_empty())?;
    }
}

fn is_file(place: &Place, name: &str) -> bool {
    fs::metadata(place.at(name)).is_ok_and(|metadata| metadata.is_file())
}

fn content(place: &Place, name: &str) -> Result<String, String> {
    let large = |bytes: u64| {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        format!(
            "has {}, and a file that goes along has 256 KiB at most",
            size(bytes)
        )
    };
    let path = place.at(name);
    let bytes = file::read_regular(&path, LIMIT).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => large(fs::metadata(&path).map_or(LIMIT, |file| file.len())),
        _ => format!("cannot be read: {error}"),
    })?;
    let bytes = bytes.ok_or("is there no more")?;
    let is_picture = is_picture(&bytes);
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ if is_picture => {
            Err("is a picture, and the chat in a terminal sends text alone".to_owned())
        }
        _ => Err("is no text, and the chat in a terminal sends text alone".to_owned()),
    }
}

fn is_picture(bytes: &[u8]) -> bool {
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let begins: [&[u8]; 3] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8"];
    is_webp || begins.iter().any(|begin| bytes.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn place(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Place) {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            file::write_private(&folder.path().join(name), content).unwrap();
        }
        let place = Place::of(folder.path());
        (folder, place)
    }

    fn names(gathered: &Gathered) -> Vec<&str> {
        gathered
            .files
            .iter()
            .map(|(name, _)| name.as_str())
            .collect()
    }

    #[test]
    fn files_go_along_and_words_stay_words() {
        let (folder, place) = place(&[("a.md", b"# A\n"), ("b c.txt", b"text"), ("dot.", b"")]);
        fs::create_dir(folder.path().join("folder")).unwrap();
        let text = "@a.md, (@a.md) @\"b c.txt\" @dot. @folder @ada x@a.md @/dev/null @none.md!";
        let gathered = gathered(&place, text).unwrap();
        assert_eq!(names(&gathered), ["a.md", "b c.txt", "dot."]);
        let blocks =
            "\n\n@a.md:\n```\n# A\n```\n\n@\"b c.txt\":\n```\ntext\n```\n\n@dot.:\n```\n```";
        assert_eq!(gathered.blocks, blocks);
    }

    #[test]
    fn what_cannot_go_along_is_said() {
        let large = vec![b'x'; 300 * 1024];
        let (_folder, place) = place(&[
            ("large", &large),
            ("binary", b"a\0b"),
            ("latin", b"\xe4"),
            ("p.png", b"\x89PNG\r\n\x1a\n\0"),
        ]);
        let refused = |text: &str| gathered(&place, text).unwrap_err();
        assert_eq!(
            refused("see @large"),
            "`@large` has 307.2 KB, and a file that goes along has 256 KiB at most"
        );
        assert!(refused("@binary").contains("is no text"));
        assert!(refused("@latin").contains("is no text"));
        assert!(refused("@p.png").contains("is a picture"));
    }

    #[test]
    fn all_of_them_have_a_bound() {
        let part = vec![b'x'; 255 * 1024];
        let files = ["a", "b", "c", "d", "e"].map(|name| (name, part.as_slice()));
        let (_folder, place) = place(&files);
        assert_eq!(gathered(&place, "@a @b @c @d").unwrap().files.len(), 4);
        assert!(
            gathered(&place, "@a @b @c @d @e")
                .unwrap_err()
                .contains("1 MiB")
        );
    }

    #[test]
    fn a_path_may_lead_elsewhere() {
        let (folder, _) = place(&[("a", b"x")]);
        let elsewhere = Place {
            folder: Path::new("/").to_owned(),
            home: Some(folder.path().to_owned()),
        };
        let absolute = format!("@{}/a", folder.path().display());
        assert_eq!(gathered(&elsewhere, &absolute).unwrap().files.len(), 1);
        assert_eq!(names(&gathered(&elsewhere, "@~/a").unwrap()), ["~/a"]);
    }
}
