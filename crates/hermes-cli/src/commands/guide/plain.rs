//! A page as it is read in a terminal: the Markdown stays, without what only a browser can follow.

/// What begins and ends a block. No page has it within a line.
const FENCE: &str = "```";

/// What begins a picture. Each is a paragraph of its own.
const PICTURE: &str = "![";

/// The page with the command, or the address, behind the words of each link, without pictures, and without what
/// stands behind a fence: how the tests run the block.
pub(super) fn plain(page: &str) -> String {
    let paragraphs = page.split_inclusive("\n\n");
    let page: String = paragraphs.filter(|one| !one.starts_with(PICTURE)).collect();
    let parts = page.split(FENCE).enumerate();
    let shown = parts.map(|(index, part)| match index % 2 {
        0 => links(part),
        _ => {
            let block = part.split_once('\n').map_or("", |(_mark, block)| block);
            format!("{FENCE}\n{block}{FENCE}")
        }
    });
    shown.collect()
}

fn links(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(link) = Link::first(rest) {
        shown.push_str(link.before);
        shown.push_str(link.words);
        shown.push_str(&link.way());
        rest = link.after;
    }
    shown + rest
}

/// A link, and the text around it.
pub(super) struct Link<'a> {
    before: &'a str,
    pub(super) words: &'a str,
    pub(super) target: &'a str,
    after: &'a str,
}

impl<'a> Link<'a> {
    /// The first link of a text.
    pub(super) fn first(text: &'a str) -> Option<Self> {
        let (head, tail) = text.split_once("](")?;
        let (before, words) = head.rsplit_once('[')?;
        let (target, after) = tail.split_once(')')?;
        Some(Self {
            before,
            words,
            target,
            after,
        })
    }

    /// How one gets there from a terminal; within the same page the words are enough.
    fn way(&self) -> String {
        if self.target.contains("://") {
            return format!(" ({})", self.target);
        }
        let path = self.target.split('#').next().unwrap_or_default();
        match path.rsplit('/').next().unwrap_or_default() {
            "" => String::new(),
            name => format!(" (`hermes guide {}`)", name.trim_end_matches(".md")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_the_tests_run_a_block_is_not_shown() {
        let page = "Type:\n\n```sh run: fresh\nhermes doctor\n```\n\nThen:\n";
        let shown = "Type:\n\n```\nhermes doctor\n```\n\nThen:\n";
        assert_eq!(plain(page), shown);
    }

    #[test]
    fn a_link_says_what_to_type() {
        let page = "See [Import a\nlogin](../guides/import.md#once-more), [RFC](https://x.test/a#b)\n\
                    and [below](#below).\n";
        let shown = "See Import a\nlogin (`hermes guide import`), RFC (https://x.test/a#b)\n\
                     and below.\n";
        assert_eq!(plain(page), shown);
    }

    #[test]
    fn a_picture_is_for_browsers() {
        let page = "It looks so:\n\n![The first\nwindow](../images/first.png)\n\nThere are two.\n";
        assert_eq!(plain(page), "It looks so:\n\nThere are two.\n");
    }

    #[test]
    fn a_block_has_no_links() {
        let block = "```\nlist[0](1)\n```\n";
        assert_eq!(plain(block), block);
    }
}
