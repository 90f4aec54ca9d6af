//! The blocks of the documents, and what their first line says of them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// How a block of shell commands is run, from the words behind ```` ```sh ````.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// `run: fresh`: here, in a home where nothing is yet.
    Fresh,
    /// `run: signed-in`: here, in a home with credentials, beside other tools with theirs.
    SignedIn,
    /// `run: afar`: on laptop and remote host, by `tests/e2e/guide.test.mjs`.
    Afar,
    /// `not run: REASON`.
    Not(String),
}

/// A fenced block.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// The document, as one finds it from the root.
    pub(super) document: String,
    /// The line that opens it, counted from 1.
    pub(super) line: usize,
    /// What stands behind the fence.
    pub(super) mark: String,
    pub(super) text: String,
}

impl Block {
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.document, self.line)
    }

    /// How it is run; `None` is a block of no commands.
    pub(super) fn run(&self) -> Result<Option<Run>, String> {
        if self.mark.contains('`') {
            return Err("with a backtick behind it, it is no fence (CommonMark 4.5)".to_owned());
        }
        let (language, rest) = self.mark.split_once(' ').unwrap_or((&self.mark, ""));
        match (language, rest) {
            ("text" | "json" | "toml" | "edges", "") | ("text", "shown") => Ok(None),
            ("sh", "run: fresh") => Ok(Some(Run::Fresh)),
            ("sh", "run: signed-in") => Ok(Some(Run::SignedIn)),
            ("sh", "run: afar") => Ok(Some(Run::Afar)),
            ("sh", rest) => match rest.strip_prefix("not run: ") {
                Some(reason) if reason.split(' ').count() > 2 => {
                    Ok(Some(Run::Not(reason.to_owned())))
                }
                _ => Err(format!("`{rest}` is neither a way to run it nor a reason")),
            },
            _ => Err(format!("`{}` is no kind of block", self.mark)),
        }
    }

    /// Whether it shows what the commands before it print.
    pub(super) fn is_shown(&self) -> bool {
        self.mark == "text shown"
    }
}

/// The blocks of every document, in order.
pub(super) fn all() -> Vec<Block> {
    let blocks: Vec<Block> = documents().iter().flat_map(|path| blocks(path)).collect();
    assert!(blocks.len() > 50, "{} blocks", blocks.len());
    blocks
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn documents() -> Vec<PathBuf> {
    let mut folders = vec![root(), root().join("docs")];
    let mut documents = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && folder != root() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                documents.push(path);
            }
        }
    }
    documents.sort();
    documents
}

fn blocks(path: &Path) -> Vec<Block> {
    let text = fs::read_to_string(path).unwrap();
    let document = path.strip_prefix(root()).unwrap().display().to_string();
    let mut lines = text.lines().enumerate();
    let mut blocks = Vec::new();
    while let Some((index, line)) = lines.next() {
        let Some(mark) = line.trim_start().strip_prefix("```") else {
            continue;
        };
        let inside = lines.by_ref().map(|(_, line)| line);
        let inside: Vec<&str> = inside.take_while(|line| line.trim() != "```").collect();
        blocks.push(Block {
            document: document.clone(),
            line: index + 1,
            mark: mark.to_owned(),
            text: inside.join("\n"),
        });
    }
    blocks
}
