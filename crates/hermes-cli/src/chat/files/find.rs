//! Which paths there are.

use std::{
    collections::VecDeque,
    fs::{self, DirEntry},
    path::PathBuf,
};

use super::{Look, Place};

/// The most entries that are looked at.
const LOOKED_AT: usize = 4000;

/// The most folders within each other.
const DEPTH: usize = 12;

/// The paths in a folder, as they are typed: the near ones first, folders with a slash at their end.
/// What cannot be read has none. Links are shown and not gone through, so that none leads in a circle;
/// folders elsewhere are shown alone, since what is in them is nobody's project.
pub(super) fn paths(place: &Place, look: &Look) -> Vec<String> {
    let is_here =
        !look.base.starts_with(['/', '~']) && !look.base.split('/').any(|part| part == "..");
    let mut left = LOOKED_AT;
    let mut found = Vec::new();
    let mut folders = VecDeque::from([(place.at(&look.base), look.base.clone(), 0)]);
    while let Some((folder, base, depth)) = folders.pop_front() {
        let hidden = look.hidden && depth == 0;
        for (entry, name) in entries(&folder, &mut left) {
            if name.starts_with('.') && !hidden {
                continue;
            }
            let path = format!("{base}{name}");
            match kind(&entry) {
                Some(Kind::Folder) => {
                    let path = format!("{path}/");
                    if is_here && depth < DEPTH && !name.starts_with('.') {
                        folders.push_back((entry.path(), path.clone(), depth + 1));
                    }
                    found.push(path);
                }
                Some(Kind::Link) => found.push(format!("{path}/")),
                Some(Kind::File) => found.push(path),
                None => {}
            }
        }
    }
    found
}

enum Kind {
    File,
    Folder,
    /// To a folder.
    Link,
}

fn kind(entry: &DirEntry) -> Option<Kind> {
    let kind = entry.file_type().ok()?;
    if kind.is_dir() {
        return Some(Kind::Folder);
    }
    if kind.is_file() {
        return Some(Kind::File);
    }
    let leads = fs::metadata(entry.path())
        .ok()
        .filter(|_| kind.is_symlink())?;
    match (leads.is_dir(), leads.is_file()) {
        (true, _) => Some(Kind::Link),
        (_, true) => Some(Kind::File),
        _ => None,
    }
}

/// What is in a folder, by name, as far as it may be looked at. A name that cannot be typed is left out.
fn entries(folder: &PathBuf, left: &mut usize) -> Vec<(DirEntry, String)> {
    let Ok(all) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let all = all.take(*left).collect::<Vec<_>>();
    *left -= all.len();
    let name = |entry: DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        let is_typed = |ch: char| !hermes_secret::is_hostile(ch) && ch != '"' && ch != '\n';
        name.chars().all(is_typed).then_some((entry, name))
    };
    let mut named: Vec<_> = all.into_iter().flatten().filter_map(name).collect();
    named.sort_by(|one, other| one.1.cmp(&other.1));
    named
}

#[cfg(test)]
mod tests {
    use std::{fs::create_dir_all, os::unix::fs::symlink, path::Path};

    use hermes_machine::file;

    use super::*;

    fn touch(folder: &Path, name: &str) {
        file::write_private(&folder.join(name), b"x").unwrap();
    }

    fn found(folder: &Path, base: &str, hidden: bool) -> Vec<String> {
        let base = base.to_owned();
        paths(&Place::of(folder), &Look { base, hidden })
    }

    #[test]
    fn near_paths_come_first_and_hidden_ones_when_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        create_dir_all(folder.join("src/deep")).unwrap();
        create_dir_all(folder.join(".git")).unwrap();
        for name in [
            "b.md",
            "a.md",
            "src/deep/c.rs",
            ".git/config",
            ".env",
            "bad\u{1b}[2J",
        ] {
            touch(folder, name);
        }
        let all = ["a.md", "b.md", "src/", "src/deep/", "src/deep/c.rs"];
        assert_eq!(found(folder, "", false), all);
        assert_eq!(found(folder, "src/", false), all[3..]);
        let hidden = found(folder, "", true);
        assert!(hidden.contains(&".git/".to_owned()) && hidden.contains(&".env".to_owned()));
        assert!(!hidden.contains(&".git/config".to_owned()));
        assert_eq!(found(folder, ".git/", false), [".git/config"]);
        assert!(found(folder, "none/", false).is_empty());
        let elsewhere = format!("{}/", folder.display());
        let near = found(Path::new("/"), &elsewhere, false);
        assert_eq!(near.len(), 3, "not what is in its folders: {near:?}");
    }

    #[test]
    fn links_are_not_gone_through() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        create_dir_all(folder.join("real")).unwrap();
        touch(folder, "real/a");
        symlink(folder, folder.join("real/circle")).unwrap();
        symlink(folder.join("real/a"), folder.join("link")).unwrap();
        symlink("nowhere", folder.join("broken")).unwrap();
        assert_eq!(
            found(folder, "", false),
            ["link", "real/", "real/a", "real/circle/"]
        );
    }

    #[test]
    fn of_a_huge_tree_a_part_is_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for index in 0..50 {
            let inner = folder.join(format!("folder{index}"));
            create_dir_all(&inner).unwrap();
            for file in 0..100 {
                create_dir_all(inner.join(format!("{file}"))).unwrap();
            }
        }
        let found = found(folder, "", false);
        assert_eq!(found.len(), LOOKED_AT);
        assert!(
            found.contains(&"folder49/".to_owned()),
            "the near ones are there"
        );
    }
}
