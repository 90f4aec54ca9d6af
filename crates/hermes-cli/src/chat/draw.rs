//! The region at the end of the screen, as a function of the model.

use hermes_client::talk::Fate;
use ratatui_core::{
    style::Style,
    text::{Line, Span},
};

use super::{
    args::Extent,
    ink::{ACCENT, BOLD, CHOSEN, DIM, PLAIN, WAITS, WELL},
    keys::Action,
    link::Shown,
    model::{Earlier, Mode, Model, Offer, SCROLLING, Turn, table},
    picker::{Choice, Picker},
    region::Frame,
    wrap,
};

/// The most lines of what is being written.
const WRITTEN: usize = 8;

/// The most lines of a list to choose from.
const LISTED: usize = 8;

/// The most prompts on their way that are shown.
const ON_THEIR_WAY: usize = 3;

/// How much of the thoughts is shown while they come.
const THOUGHTS: usize = 5;

/// What stands between two things on the state line.
const BETWEEN: &str = " · ";

/// What the region shows.
pub(super) fn frame(model: &Model) -> Frame {
    let height = usize::from(model.height).max(2) - 1;
    let (mut foot, cursor) = foot(model, height);
    foot.push(state_line(model));
    foot.truncate(height);
    let mut lines = live(model);
    let above = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    // With the blank line that sets it off, where there is room for that.
    let below = (foot.len() + 1).min(height);
    lines.extend(foot);
    let width = model.columns();
    let frame = Frame {
        foot: below,
        lines: lines
            .into_iter()
            .map(|line| wrap::cut(line, width))
            .collect(),
        cursor: cursor.map(|(column, row)| (column, row.saturating_add(above))),
    };
    match model.setting.extent {
        Extent::Inline => frame.fitted(height),
        // There it can be scrolled to.
        Extent::Full => frame,
    }
}

/// What is on its way: the answer, and the prompts behind it. A blank line sets it off.
fn live(model: &Model) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(turn) = &model.conversation.turn {
        lines.extend(answer(model, turn));
    }
    let width = model.columns();
    let waiting = model.pending.iter().take(ON_THEIR_WAY);
    for (index, pending) in waiting.enumerate() {
        if index == 0 {
            lines.push(Line::default());
        }
        let fate = match &pending.fate {
            Some(Fate::Waits) => "  (waits for the connection)",
            Some(Fate::Queued) => "  (asked after this answer)",
            Some(Fate::Taken | Fate::Refused(_)) | None => "",
        };
        let text = wrap::one_line(pending.words.trim());
        let room = width.saturating_sub(2 + wrap::width(fate));
        let text = wrap::shortened(&text, room).into_owned();
        let spans = ["› ".to_owned(), text, fate.to_owned()];
        lines.push(Line::from_iter(spans.map(|text| Span::styled(text, DIM))));
    }
    let more = model.pending.len().saturating_sub(ON_THEIR_WAY);
    if more > 0 {
        lines.push(Line::styled(format!("  … and {more} more"), DIM));
    }
    lines.push(Line::default());
    lines
}

fn answer(model: &Model, turn: &Turn) -> Vec<Line<'static>> {
    let width = model.columns();
    let mut lines = Vec::new();
    let tail = turn.answer.tail(width).into_lines();
    if !tail.is_empty() {
        if !turn.answer.is_begun() {
            lines.push(Line::default());
        }
        lines.extend(tail);
    }
    let since = |since| model.now.saturating_sub(since).as_secs();
    let status = match turn.thinks {
        _ if turn.is_stopping => Some("stopping…".to_owned()),
        Some(began) => Some(format!("thinking… {} s", since(began))),
        None if turn.answer.text().is_empty() => {
            Some(format!("waiting for the answer… {} s", since(turn.began)))
        }
        None => None,
    };
    if let Some(status) = status {
        lines.push(Line::default());
        if model.shows_thoughts && !turn.thoughts.is_empty() {
            let thoughts = turn.thoughts.trim_end().lines();
            let thoughts = thoughts.flat_map(|line| wrap::wrap(&[wrap::span(line, DIM)], width));
            let mut thoughts: Vec<_> = thoughts.collect();
            thoughts.drain(..thoughts.len().saturating_sub(THOUGHTS));
            lines.extend(thoughts);
        }
        lines.push(Line::styled(status, DIM));
    }
    lines
}

/// What the person writes or chooses in, and the cursor.
fn foot(model: &Model, height: usize) -> (Vec<Line<'static>>, Option<(u16, u16)>) {
    match &model.mode {
        Mode::Picking(picker) => return choices(model, picker),
        Mode::GoingBack(back) => return earlier(model, &back.picker),
        Mode::Writing | Mode::Searching(_) => {}
    }
    let (mut lines, cursor) = written(model, height);
    if let Mode::Searching(search) = &model.mode {
        let words = wrap::one_line(&search.words);
        lines.push(Line::from(vec![
            Span::styled("  search: ", DIM),
            Span::styled(words, BOLD),
        ]));
    }
    let width = model.columns();
    let (fitting, chosen) = model.completions();
    let rows: Vec<_> = fitting
        .iter()
        .map(|one| match one {
            Offer::Command(one) => (format!("/{}", one.name), one.about.as_str()),
            Offer::Path(path) => (format!("@{path}"), ""),
        })
        .collect();
    lines.extend(listed(table(&rows, width.saturating_sub(2)), chosen));
    if model.shows_keys {
        let scrolling = match model.setting.extent {
            Extent::Inline => &[][..],
            Extent::Full => SCROLLING,
        };
        let scrolling = scrolling
            .iter()
            .map(|(key, about)| ((*key).to_owned(), *about));
        let mut rows = model.setting.keys.shown();
        rows.extend(scrolling);
        lines.extend(table(&rows, width));
    }
    (lines, cursor)
}

fn written(model: &Model, height: usize) -> (Vec<Line<'static>>, Option<(u16, u16)>) {
    let mark = Span::styled("› ", ACCENT.patch(BOLD));
    let composer = &model.composer;
    if composer.is_empty() {
        let words = match (model.link.shown(model.now), &model.mode) {
            (Shown::Waits(_), _) => "",
            (_, Mode::Searching(_)) => "",
            _ => "Ask anything. ? shows the keys.",
        };
        return (
            vec![Line::from(vec![mark, Span::styled(words, DIM)])],
            Some((2, 0)),
        );
    }
    let layout = composer.layout(model.room());
    let most = WRITTEN.min(height.saturating_sub(2)).max(1);
    // The line of the cursor is always there.
    let first = (layout.row + 1).saturating_sub(most);
    let first = first.min(layout.rows.len().saturating_sub(most));
    let rows = layout.rows.iter().enumerate().skip(first).take(most);
    let lines = rows.map(|(index, row)| {
        let before = match index {
            0 => mark.clone(),
            _ if index == first => Span::styled("… ", DIM),
            _ => Span::raw("  "),
        };
        let text = composer.text().get(row.clone()).unwrap_or_default();
        Line::from(vec![before, wrap::span(text, PLAIN)])
    });
    let lines = lines.collect();
    let column = u16::try_from(layout.column + 2).unwrap_or(u16::MAX);
    let row = u16::try_from(layout.row - first).unwrap_or(0);
    (lines, Some((column, row)))
}

/// The part of a list around the one that is chosen, which is marked.
fn listed(lines: Vec<Line<'static>>, chosen: usize) -> impl Iterator<Item = Line<'static>> {
    let first = (chosen + 1).saturating_sub(LISTED);
    let lines = lines.into_iter().enumerate().skip(first).take(LISTED);
    lines.map(move |(index, mut line)| {
        let is_chosen = index == chosen;
        let mark = match is_chosen {
            true => Span::styled("▸ ", ACCENT),
            false => Span::raw("  "),
        };
        if is_chosen && let Some(name) = line.spans.first_mut() {
            name.style = CHOSEN;
        }
        line.spans.insert(0, mark);
        line
    })
}

fn choices(model: &Model, picker: &Picker<Choice>) -> (Vec<Line<'static>>, Option<(u16, u16)>) {
    let width = model.columns();
    let (shown, chosen) = picker.shown();
    let now = model.setting.epoch + model.now.as_secs_f64();
    let rows = shown.iter().map(|choice| {
        let age = format!("  {}", choice.age(now));
        let room = width.saturating_sub(2 + wrap::width(&age));
        let name = wrap::shortened(&choice.name, room).into_owned();
        let left = room.saturating_sub(wrap::width(&name) + 2);
        let preview = match left < 12 || choice.preview.is_empty() {
            true => String::new(),
            false => format!("  {}", wrap::shortened(&choice.preview, left)),
        };
        Line::from(vec![
            Span::raw(name),
            Span::styled(preview, DIM),
            Span::styled(age, DIM),
        ])
    });
    let words = match (picker.is_filled(), shown.len()) {
        (false, _) => "looking…",
        (true, 0) => "none fits",
        (true, _) => "Enter goes on, Esc goes back",
    };
    picked(
        "Go on with: ",
        &picker.filter,
        rows.collect(),
        chosen,
        words,
    )
}

/// The prompts of the conversation.
fn earlier(model: &Model, picker: &Picker<Earlier>) -> (Vec<Line<'static>>, Option<(u16, u16)>) {
    let room = model.columns().saturating_sub(2);
    let (shown, chosen) = picker.shown();
    let rows = shown.iter().map(|earlier| {
        let text = wrap::one_line(earlier.text.trim());
        Line::from(Span::raw(wrap::shortened(&text, room).into_owned()))
    });
    let words = match shown.len() {
        0 => "none fits",
        _ => "Enter writes it anew, Esc goes back",
    };
    picked(
        "Go back to: ",
        &picker.filter,
        rows.collect(),
        chosen,
        words,
    )
}

/// A list with what is typed to find something in it, and a word about it.
fn picked(
    head: &'static str,
    filter: &str,
    rows: Vec<Line<'static>>,
    chosen: usize,
    words: &str,
) -> (Vec<Line<'static>>, Option<(u16, u16)>) {
    let filter = wrap::one_line(filter);
    let column = u16::try_from(wrap::width(head) + wrap::width(&filter)).unwrap_or(u16::MAX);
    let mut lines = vec![Line::from(vec![
        Span::styled(head, BOLD),
        Span::raw(filter),
    ])];
    lines.extend(listed(rows, chosen));
    lines.push(Line::styled(format!("  {words}"), DIM));
    (lines, Some((column, 0)))
}

/// One line: what was just done or can be done, the connection, the model, what is used.
fn state_line(model: &Model) -> Line<'static> {
    let conversation = &model.conversation;
    let usage = &conversation.usage;
    let mut parts: Vec<Vec<Span<'static>>> = Vec::new();
    // What sending takes back is never hidden behind a word about something else.
    let replaces = model.replaces();
    let stop = model.setting.keys.name(Action::Stop);
    let stop = stop.as_deref().unwrap_or("Ctrl+C");
    let hint = match &conversation.turn {
        _ if model.is_leaving() => Some("Ctrl+C again leaves".to_owned()),
        _ if model.notice.is_some() => model.notice.clone(),
        None if model.stops_next().is_some() => model
            .stops_next()
            .map(|does| format!("{stop} again {does}")),
        Some(turn) if !turn.is_stopping => Some(format!("{stop} stops")),
        _ => None,
    };
    if let Some(below) = model.lines_below() {
        parts.push(vec![Span::styled(below, BOLD)]);
    }
    for hint in replaces.into_iter().chain(hint) {
        parts.push(vec![Span::raw(wrap::one_line(&hint))]);
    }
    let (dot, style, word) = match model.link.shown(model.now) {
        Shown::Live => ("●", WELL, "connected".to_owned()),
        Shown::Away(words) => ("○", WAITS, words),
        Shown::Waits(words) => ("○", WAITS, words.to_owned()),
    };
    let gateway = hermes_secret::plain(&model.setting.gateway, 40);
    parts.push(vec![
        Span::styled(dot, style),
        Span::styled(format!(" {gateway} {word}"), DIM),
    ]);
    let mut add = |text: String, style: Style| parts.push(vec![Span::styled(text, style)]);
    let queued = model
        .pending
        .iter()
        .filter(|one| one.fate == Some(Fate::Queued));
    // What others have asked waits with it; what was asked just now is not among that yet.
    match queued.count().max(model.waiting) {
        0 => {}
        queued => add(format!("{queued} queued"), DIM),
    }
    if !conversation.model.is_empty() {
        add(hermes_secret::plain(&conversation.model, 40), DIM);
    }
    if let Some(percent) = usage.context_percent {
        add(format!("context {percent}%"), DIM);
    }
    if usage.total > 0 {
        add(format!("{} tokens", short(usage.total)), DIM);
    }
    if !conversation.title.is_empty() {
        add(hermes_secret::plain(&conversation.title, 40), DIM);
    }
    fitting(parts, model.columns())
}

/// As many of the parts as there is room for, the first ones first.
fn fitting(parts: Vec<Vec<Span<'static>>>, width: usize) -> Line<'static> {
    let mut line = Line::default();
    for part in parts {
        let mut longer = line.clone();
        if !longer.spans.is_empty() {
            longer.spans.push(Span::styled(BETWEEN, DIM));
        }
        longer.spans.extend(part);
        if !line.spans.is_empty() && wrap::line_width(&longer) > width {
            break;
        }
        line = longer;
    }
    line
}

/// A number of at most four characters.
fn short(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..10_000 => format!("{}.{}k", number / 1_000, number / 100 % 10),
        10_000..1_000_000 => format!("{}k", number / 1_000),
        _ => format!("{}M", number / 1_000_000),
    }
}

#[cfg(test)]
mod tests;
