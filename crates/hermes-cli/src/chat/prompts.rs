//! What was asked before: gone through with Up and Down, searched with Ctrl+R, kept in a file.

use std::{io, path::Path};

use hermes_machine::file;

/// How many prompts are kept.
const KEPT: usize = 500;

/// The most bytes of their file; the oldest go first.
const BYTES: usize = 512 * 1024;

/// A prompt that is longer is not kept: nobody looks for it line by line.
const LONGEST: usize = 16 * 1024;

/// The prompts, the oldest first, and the place of whoever looks through them.
#[derive(Debug, Default)]
pub(super) struct Prompts {
    all: Vec<String>,
    /// The one that is shown.
    at: Option<usize>,
    /// What was being written when the first one was shown.
    draft: String,
}

impl Prompts {
    /// These prompts.
    pub(super) fn new(all: Vec<String>) -> Self {
        Self {
            all,
            ..Self::default()
        }
    }

    /// Adds one that was asked, and ends looking through them.
    pub(super) fn add(&mut self, prompt: &str) {
        self.at = None;
        self.draft.clear();
        remember(&mut self.all, prompt);
    }

    /// Whether this one was asked.
    pub(super) fn has(&self, prompt: &str) -> bool {
        self.all.iter().any(|one| one == prompt)
    }

    /// The one before, in place of what is written now.
    pub(super) fn older(&mut self, written: &str) -> Option<String> {
        let at = self.at.unwrap_or(self.all.len()).checked_sub(1)?;
        if self.at.is_none() {
            written.clone_into(&mut self.draft);
        }
        self.at = Some(at);
        self.all.get(at).cloned()
    }

    /// The one after; behind the last one, what was being written.
    pub(super) fn newer(&mut self) -> Option<String> {
        let next = self.at? + 1;
        if let Some(prompt) = self.all.get(next) {
            self.at = Some(next);
            return Some(prompt.clone());
        }
        self.at = None;
        Some(std::mem::take(&mut self.draft))
    }

    /// Takes what is shown for a draft of its own, since somebody changes it, or sends it. What was
    /// being written before comes back.
    pub(super) fn leave(&mut self) -> Option<String> {
        self.at.take()?;
        let draft = std::mem::take(&mut self.draft);
        (!draft.is_empty()).then_some(draft)
    }

    /// The newest one that has these words in it, before this one.
    pub(super) fn find(&self, words: &str, before: Option<usize>) -> Option<(usize, &str)> {
        let words = words.to_lowercase();
        let end = before.unwrap_or(self.all.len()).min(self.all.len());
        let mut newest = self.all[..end].iter().enumerate().rev();
        newest
            .find(|(_, prompt)| prompt.to_lowercase().contains(&words))
            .map(|(at, prompt)| (at, prompt.as_str()))
    }
}

/// The prompts that this file keeps. One that cannot be read keeps none.
pub(super) fn read(path: &Path) -> Vec<String> {
    let bytes = file::read_regular(path, BYTES as u64).ok().flatten();
    let text = String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
    let lines = text.lines().map(serde_json::from_str);
    lines.filter_map(Result::ok).collect()
}

/// Adds a prompt to the file, which its owner alone may read. Another chat may have added some.
pub(super) fn keep(path: &Path, prompt: &str) -> io::Result<()> {
    let mut all = read(path);
    remember(&mut all, prompt);
    let mut bytes = 0;
    let lines: Vec<_> = all
        .iter()
        .rev()
        .map(|prompt| format!("{}\n", serde_json::Value::from(prompt.as_str())))
        .take_while(|line| {
            bytes += line.len();
            bytes <= BYTES
        })
        .collect();
    let text: String = lines.into_iter().rev().collect();
    file::write_private(path, text.as_bytes())
}

fn remember(all: &mut Vec<String>, prompt: &str) {
    if prompt.trim().is_empty() || prompt.len() > LONGEST {
        return;
    }
    all.retain(|one| one != prompt);
    all.push(prompt.to_owned());
    let surplus = all.len().saturating_sub(KEPT);
    all.drain(..surplus);
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn prompts(all: &[&str]) -> Prompts {
        Prompts::new(all.iter().map(|one| (*one).to_owned()).collect())
    }

    #[test]
    fn looking_back_loses_no_draft() {
        let mut prompts = prompts(&["one", "two"]);
        assert_eq!(prompts.older("draft").as_deref(), Some("two"));
        assert_eq!(prompts.older("two").as_deref(), Some("one"));
        assert_eq!(prompts.older("one"), None);
        assert_eq!(prompts.newer().as_deref(), Some("two"));
        assert_eq!(prompts.newer().as_deref(), Some("draft"));
        assert_eq!(prompts.newer(), None);
        prompts.older("draft");
        assert_eq!(prompts.leave().as_deref(), Some("draft"));
        assert_eq!(prompts.leave(), None);
    }

    #[test]
    fn words_find_the_newest_first() {
        let prompts = prompts(&["the Fish", "a cat", "fish again"]);
        assert_eq!(prompts.find("fish", None), Some((2, "fish again")));
        assert_eq!(prompts.find("fish", Some(2)), Some((0, "the Fish")));
        assert_eq!(prompts.find("fish", Some(0)), None);
    }

    #[test]
    fn the_file_is_the_owners_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prompts");
        keep(&path, "one\nwith two lines").unwrap();
        keep(&path, "two").unwrap();
        keep(&path, "one\nwith two lines").unwrap();
        assert_eq!(read(&path), ["two", "one\nwith two lines"]);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for index in 0..40 {
            let long = format!("{index}{}", "x".repeat(LONGEST - 10));
            keep(&path, &long).unwrap();
        }
        assert!(std::fs::metadata(&path).unwrap().len() <= BYTES as u64);
        assert!(read(&path).last().unwrap().starts_with("39"));
    }
}
