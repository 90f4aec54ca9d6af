use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};
use ratatui_core::{
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::table::Table;
use crate::chat::{
    ink::{ACCENT, BOLD, CODE, DIM},
    wrap::{self, NARROWEST, one_line},
};

/// The longest rule.
const RULE: usize = 24;

/// Lines from the events of one block.
pub(super) struct Writer {
    width: usize,
    lines: Vec<Line<'static>>,
    /// What stands in the block that is open, not yet in lines.
    inline: Vec<Span<'static>>,
    styles: Vec<Style>,
    containers: Vec<Container>,
    lists: Vec<List>,
    /// The text of the code that is open.
    code: Option<String>,
    /// The addresses of the links that are open, with where their words begin.
    links: Vec<(String, usize)>,
    table: Option<Table>,
    /// Whether something stands before, from which the next block is set off.
    is_begun: bool,
}

/// What a block is in, as its lines show it.
struct Container {
    /// Before the first line, until that is written.
    first: Option<Span<'static>>,
    /// Before each other line.
    rest: Span<'static>,
}

struct List {
    /// The number of the next item, where they are numbered.
    number: Option<u64>,
    /// Whether the item at hand is the first.
    is_first: bool,
}

impl Writer {
    pub(super) const fn new(width: usize) -> Self {
        Self {
            width,
            lines: Vec::new(),
            inline: Vec::new(),
            styles: Vec::new(),
            containers: Vec::new(),
            lists: Vec::new(),
            code: None,
            links: Vec::new(),
            table: None,
            is_begun: false,
        }
    }

    /// The lines of these events.
    pub(super) fn lines<'a>(
        mut self,
        events: impl Iterator<Item = Event<'a>>,
    ) -> Vec<Line<'static>> {
        for event in events {
            self.on(event);
        }
        self.flush();
        self.lines
    }

    fn on(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.push(&text),
            },
            Event::Code(code) => {
                let style = self.style().patch(ACCENT);
                self.inline
                    .push(Span::styled(format!("`{}`", one_line(&code)), style));
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                for line in html.split_inclusive('\n') {
                    let ends = line.ends_with('\n');
                    self.inline
                        .push(wrap::span(line.trim_end_matches('\n'), DIM));
                    if ends {
                        self.inline.push(Span::raw("\n"));
                    }
                }
            }
            Event::SoftBreak => self.push(" "),
            Event::HardBreak => self.inline.push(Span::raw("\n")),
            Event::Rule => {
                self.open();
                let rule = "─".repeat(self.room().min(RULE));
                self.write(Line::styled(rule, DIM));
                self.is_begun = true;
            }
            // Of extensions that are off.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.push(&text);
            }
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.open(),
            Tag::Heading { level, .. } => {
                self.open();
                self.styles.push(match level {
                    HeadingLevel::H1 => BOLD.add_modifier(Modifier::UNDERLINED),
                    _ => BOLD,
                });
            }
            Tag::BlockQuote(_) => {
                self.open();
                self.enter(None, Span::styled("│ ", DIM));
            }
            Tag::CodeBlock(kind) => {
                self.open();
                if let CodeBlockKind::Fenced(name) = kind
                    && !name.trim().is_empty()
                {
                    let name = wrap::span(name.trim(), DIM);
                    self.write(wrap::cut(Line::from(name), self.room()));
                }
                self.code = Some(String::new());
            }
            Tag::List(number) => {
                self.flush();
                if self.lists.is_empty() {
                    self.open();
                }
                self.lists.push(List {
                    number,
                    is_first: true,
                });
            }
            Tag::Item => {
                self.flush();
                let number = self.lists.last_mut().and_then(|list| list.number.as_mut());
                let marker = match number {
                    Some(number) => {
                        let marker = format!("{number}. ");
                        *number = number.saturating_add(1);
                        marker
                    }
                    None => "• ".to_owned(),
                };
                let rest = Span::raw(" ".repeat(wrap::width(&marker)));
                self.enter(Some(Span::styled(marker, DIM)), rest);
            }
            Tag::Emphasis => self.mark(Modifier::ITALIC),
            Tag::Strong => self.mark(Modifier::BOLD),
            Tag::Link { dest_url, .. } => {
                self.links.push((one_line(&dest_url), self.inline.len()));
                self.mark(Modifier::UNDERLINED);
            }
            Tag::Image { dest_url, .. } => {
                self.links.push((one_line(&dest_url), self.inline.len()));
                self.inline.push(Span::styled("image: ", DIM));
                self.mark(Modifier::UNDERLINED);
            }
            Tag::Table(alignments) => {
                self.open();
                self.table = Some(Table::new(alignments));
            }
            Tag::TableRow | Tag::TableHead => {
                if let Some(table) = &mut self.table {
                    table.begin_row();
                }
            }
            Tag::HtmlBlock => self.open(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.flush();
                self.styles.pop();
            }
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.flush(),
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.containers.pop();
                self.is_begun = true;
            }
            TagEnd::CodeBlock => self.write_code(),
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
                self.is_begun = true;
            }
            TagEnd::Item => {
                self.flush();
                let container = self.containers.last_mut();
                if container.is_some_and(|container| container.first.is_some()) {
                    // An item without anything still shows its marker.
                    self.write(Line::default());
                }
                self.containers.pop();
                if let Some(list) = self.lists.last_mut() {
                    list.is_first = false;
                }
                self.is_begun = true;
            }
            TagEnd::Emphasis | TagEnd::Strong => {
                self.styles.pop();
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.inline);
                if let Some(table) = &mut self.table {
                    table.cell(cell);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    for line in table.lines(self.room()) {
                        self.write(line);
                    }
                    self.is_begun = true;
                }
            }
            _ => {}
        }
    }

    /// Sets the next block off from what stands before it.
    fn open(&mut self) {
        self.flush();
        let is_items_first = self
            .containers
            .last()
            .is_some_and(|one| one.first.is_some());
        let follows_item = self.lists.last().is_some_and(|list| !list.is_first);
        match is_items_first {
            // The marker is on the line of what follows, so the blank line is before it.
            true if follows_item => self.blank(self.containers.len() - 1),
            false if self.is_begun => self.blank(self.containers.len()),
            _ => {}
        }
        self.is_begun = false;
    }

    fn blank(&mut self, depth: usize) {
        let outer = self.containers[..depth].iter();
        let spans: Vec<_> = outer.map(|container| container.rest.clone()).collect();
        let has_marks = spans.iter().any(|span| !span.content.trim().is_empty());
        self.lines.push(match has_marks {
            true => Line::from(spans),
            false => Line::default(),
        });
    }

    fn enter(&mut self, first: Option<Span<'static>>, rest: Span<'static>) {
        self.containers.push(Container { first, rest });
        self.is_begun = false;
    }

    /// How wide a line may be behind what the containers put before it.
    fn room(&self) -> usize {
        let before = self.containers.iter();
        let before: usize = before.map(|one| wrap::width(&one.rest.content)).sum();
        self.width.saturating_sub(before).max(NARROWEST)
    }

    fn write(&mut self, line: Line<'static>) {
        let containers = self.containers.iter_mut();
        let mut spans: Vec<_> = containers
            .map(|one| one.first.take().unwrap_or_else(|| one.rest.clone()))
            .collect();
        let style = line.style;
        spans.extend(line.spans.into_iter().map(|span| span.patch_style(style)));
        self.lines.push(Line::from(spans));
    }

    fn flush(&mut self) {
        if self.inline.is_empty() {
            return;
        }
        let mut inline = std::mem::take(&mut self.inline);
        if inline.last().is_some_and(|span| span.content == "\n") {
            inline.pop();
        }
        for line in wrap::wrap(&inline, self.room()) {
            self.write(line);
        }
        self.is_begun = true;
    }

    fn write_code(&mut self) {
        let code = self.code.take().unwrap_or_default();
        let room = self.room().saturating_sub(2).max(NARROWEST);
        for line in code.strip_suffix('\n').unwrap_or(&code).split('\n') {
            for mut line in wrap::chop(&one_line(line), room, CODE) {
                line.spans.insert(0, Span::raw("  "));
                self.write(line);
            }
        }
        self.is_begun = true;
    }

    fn end_link(&mut self) {
        self.styles.pop();
        let Some((address, begin)) = self.links.pop() else {
            return;
        };
        let words = self.inline.get(begin..).unwrap_or_default();
        let words: String = words.iter().map(|span| span.content.as_ref()).collect();
        if words != address && !address.is_empty() {
            self.inline.push(Span::styled(format!(" ({address})"), DIM));
        }
    }

    fn push(&mut self, text: &str) {
        let style = self.style();
        self.inline.push(wrap::span(text, style));
    }

    fn mark(&mut self, modifier: Modifier) {
        self.styles.push(self.style().add_modifier(modifier));
    }

    fn style(&self) -> Style {
        self.styles.last().copied().unwrap_or_default()
    }
}
