use pulldown_cmark::Alignment;
use ratatui_core::text::{Line, Span};

use crate::chat::{
    ink::{BOLD, DIM},
    wrap,
};

/// What stands between two columns.
const GAP: usize = 2;

/// A column that is narrower than this reads like a column of letters.
const NARROWEST_COLUMN: usize = 6;

type Cell = Vec<Span<'static>>;

/// A table, whose first row names the columns.
pub(super) struct Table {
    alignments: Vec<Alignment>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(super) const fn new(alignments: Vec<Alignment>) -> Self {
        Self {
            alignments,
            rows: Vec::new(),
        }
    }

    pub(super) fn begin_row(&mut self) {
        self.rows.push(Vec::new());
    }

    pub(super) fn cell(&mut self, cell: Cell) {
        if let Some(row) = self.rows.last_mut() {
            row.push(cell);
        }
    }

    /// The table in columns; row by row where there is no room for that.
    pub(super) fn lines(&self, room: usize) -> Vec<Line<'static>> {
        match self.widths(room) {
            Some(widths) => self.in_columns(&widths),
            None => self.row_by_row(room),
        }
    }

    /// How wide the columns are: as wide as they want to be, or the widest as narrow as they must be.
    fn widths(&self, room: usize) -> Option<Vec<usize>> {
        let count = self.alignments.len();
        let wanted: Vec<_> = (0..count)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell_width(cell)).max().unwrap_or(0)
            })
            .collect();
        let room = room.checked_sub(GAP * count.saturating_sub(1))?;
        let widest = wanted.iter().copied().max().unwrap_or(0);
        let limited = |limit: usize| wanted.iter().map(move |width| *width.min(&limit));
        if limited(widest).sum::<usize>() <= room {
            return Some(wanted);
        }
        let limits = NARROWEST_COLUMN..widest.min(room + 1);
        let limit = limits
            .rev()
            .find(|limit| limited(*limit).sum::<usize>() <= room)?;
        Some(limited(limit).collect())
    }

    fn in_columns(&self, widths: &[usize]) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            let cells: Vec<_> = widths
                .iter()
                .enumerate()
                .map(|(column, width)| {
                    let cell = row.get(column).map(Vec::as_slice).unwrap_or_default();
                    wrap::wrap(cell, *width)
                })
                .collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(0);
            for at in 0..height {
                let line =
                    cells
                        .iter()
                        .zip(widths)
                        .enumerate()
                        .flat_map(|(column, (cell, width))| {
                            let line = cell.get(at).cloned().unwrap_or_default();
                            self.padded(line, column, *width, widths.len())
                        });
                let line = Line::from(line.collect::<Vec<_>>());
                lines.push(match index {
                    0 => bold(line),
                    _ => line,
                });
            }
            if index == 0 {
                let rules: Vec<_> = widths.iter().map(|width| "─".repeat(*width)).collect();
                lines.push(Line::styled(rules.join(&" ".repeat(GAP)), DIM));
            }
        }
        lines
    }

    fn padded(
        &self,
        line: Line<'static>,
        column: usize,
        width: usize,
        count: usize,
    ) -> Vec<Span<'static>> {
        let missing = width.saturating_sub(wrap::line_width(&line));
        let before = match self.alignments.get(column) {
            Some(Alignment::Right) => missing,
            Some(Alignment::Center) => missing / 2,
            _ => 0,
        };
        let after = match column + 1 == count {
            true => 0,
            false => missing - before + GAP,
        };
        let mut spans = vec![Span::raw(" ".repeat(before))];
        spans.extend(line.spans);
        spans.push(Span::raw(" ".repeat(after)));
        spans.retain(|span| !span.content.is_empty());
        spans
    }

    fn row_by_row(&self, room: usize) -> Vec<Line<'static>> {
        let Some((heads, rows)) = self.rows.split_first() else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        for row in rows {
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            for (head, cell) in heads.iter().zip(row) {
                let mut spans: Vec<_> = head
                    .iter()
                    .map(|span| span.clone().patch_style(BOLD))
                    .collect();
                if !spans.is_empty() {
                    spans.push(Span::raw(": "));
                }
                spans.extend(cell.iter().cloned());
                lines.extend(wrap::wrap(&spans, room));
            }
        }
        lines
    }
}

fn cell_width(cell: &[Span<'_>]) -> usize {
    cell.iter().map(|span| wrap::width(&span.content)).sum()
}

fn bold(line: Line<'static>) -> Line<'static> {
    line.spans
        .into_iter()
        .map(|span| span.patch_style(BOLD))
        .collect()
}
