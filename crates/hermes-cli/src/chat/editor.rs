//! A draft in the person's own editor.

use std::path::Path;

use hermes_machine::{Environment, file};
use tokio::process::Command;

/// The most bytes that are taken back; who asks refuses what is too long.
const LIMIT: usize = 1024 * 1024;

/// The draft as the editor leaves it; in words, why there is none.
pub(super) async fn edit(
    draft: &str,
    folder: &Path,
    name: &str,
    environment: &Environment,
) -> Result<String, String> {
    let editor = environment
        .text("VISUAL")
        .or_else(|| environment.text("EDITOR"));
    let editor = editor.filter(|editor| !editor.trim().is_empty());
    let editor = editor.ok_or("Neither VISUAL nor EDITOR names an editor.")?;
    let path = folder.join(format!("draft-{name}.md"));
    let cannot = |reason: &dyn std::fmt::Display| format!("The draft cannot be edited: {reason}.");
    file::create_private_dir(folder).map_err(|error| cannot(&error))?;
    file::write_private(&path, draft.as_bytes()).map_err(|error| cannot(&error))?;
    // As others do: the variable may have options in it, and its shell knows where they end.
    let ended = Command::new("sh")
        .args(["-c", &format!("{editor} \"$1\""), "hermes"])
        .arg(&path)
        .status()
        .await;
    let text = file::read_regular(&path, LIMIT as u64);
    // What was typed is in the answer; a second copy would only lie around.
    let _ = std::fs::remove_file(&path);
    let ended = ended.map_err(|error| cannot(&error))?;
    if !ended.success() {
        return Err("The editor did not end well; the draft is as it was.".to_owned());
    }
    let bytes = text.map_err(|error| cannot(&error))?;
    let bytes = bytes.ok_or_else(|| cannot(&"the editor took the file away"))?;
    String::from_utf8(bytes).map_err(|_| cannot(&"it is no text any more"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn edited(editor: &str) -> (Result<String, String>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::default().with("EDITOR", editor);
        let text = edit("draft", folder.path(), "1", &environment).await;
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        (text, left)
    }

    #[tokio::test]
    async fn what_the_editor_leaves_is_the_draft() {
        let (text, left) = edited("sed -i s/draft/written/").await;
        assert_eq!(text.as_deref(), Ok("written"));
        assert_eq!(left, 0, "no copy lies around");
    }

    #[tokio::test]
    async fn an_editor_that_fails_changes_nothing() {
        let (text, left) = edited("false").await;
        assert!(text.unwrap_err().contains("as it was"));
        assert_eq!(left, 0);
        assert!(edited(" ").await.0.unwrap_err().contains("VISUAL"));
    }
}
