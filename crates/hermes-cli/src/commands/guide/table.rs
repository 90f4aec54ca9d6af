//! Tables as they are read in a terminal: in columns, or one row below the other where that would
//! be too wide.

/// As wide as the text of the guide.
const WIDTH: usize = 100;
/// What stands between two columns.
const GAP: &str = "  ";

/// The page with its tables laid out.
pub(super) fn laid_out(page: &str) -> String {
    let mut shown = String::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        if !is_row(line) {
            shown.push_str(line);
            shown.push('\n');
            continue;
        }
        let mut rows = vec![cells(line)];
        while let Some(line) = lines.next_if(|line| is_row(line)) {
            rows.push(cells(line));
        }
        shown.push_str(&Table::of(rows).shown());
    }
    shown
}

fn is_row(line: &str) -> bool {
    line.starts_with('|')
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

struct Table<'a> {
    /// The names of the columns, which may be empty.
    heads: Vec<&'a str>,
    rows: Vec<Vec<&'a str>>,
}

impl<'a> Table<'a> {
    /// A table from its lines; the second one tells heads from rows, and says nothing else here.
    fn of(mut lines: Vec<Vec<&'a str>>) -> Self {
        let rows = lines.split_off(lines.len().min(2));
        let heads = lines.into_iter().next().unwrap_or_default();
        Self { heads, rows }
    }

    fn shown(&self) -> String {
        let widths = self.widths();
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        match widths.iter().sum::<usize>() + gaps <= WIDTH {
            true => self.in_columns(&widths),
            false => self.row_by_row(),
        }
    }

    fn widths(&self) -> Vec<usize> {
        let width = |column: usize| {
            let lines = self.rows.iter().chain([&self.heads]);
            let cells = lines.filter_map(|cells| cells.get(column));
            cells.map(|cell| cell.chars().count()).max()
        };
        (0..self.heads.len()).filter_map(width).collect()
    }

    fn in_columns(&self, widths: &[usize]) -> String {
        let line = |cells: &[&str]| {
            let padded = cells.iter().zip(widths);
            let padded: Vec<_> = padded
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            format!("{}\n", padded.join(GAP).trim_end())
        };
        let mut shown = String::new();
        if self.heads.iter().any(|head| !head.is_empty()) {
            let rules: Vec<_> = widths.iter().map(|width| "-".repeat(*width)).collect();
            shown.push_str(&line(&self.heads));
            shown.push_str(&format!("{}\n", rules.join(GAP)));
        }
        shown.extend(self.rows.iter().map(|row| line(row)));
        shown
    }

    fn row_by_row(&self) -> String {
        let mut shown = String::new();
        for row in &self.rows {
            for (column, (head, cell)) in self.heads.iter().zip(row).enumerate() {
                shown.push_str(&match (column, *head) {
                    (0, _) => format!("{cell}\n"),
                    (_, "") => format!("    {cell}\n"),
                    (_, head) => format!("    {head}: {cell}\n"),
                });
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_stands_in_columns() {
        let page = "See:\n\n| name | means |\n|---|---|\n| `a` | one |\n| `long` | – |\n\nEnd.\n";
        let shown = "See:\n\nname    means\n------  -----\n`a`     one\n`long`  –\n\nEnd.\n";
        assert_eq!(laid_out(page), shown);
    }

    #[test]
    fn a_table_without_heads_has_no_rule() {
        let page = "| | |\n|---|---|\n| flow | paste |\n| port | none |\n";
        assert_eq!(laid_out(page), "flow  paste\nport  none\n");
    }

    #[test]
    fn a_wide_table_is_told_row_by_row() {
        let wide = "w".repeat(WIDTH);
        let page =
            format!("| who | says | |\n|---|---|---|\n| ssh | {wide} | x |\n| me | y | z |\n");
        let shown = format!("ssh\n    says: {wide}\n    x\nme\n    says: y\n    z\n");
        assert_eq!(laid_out(&page), shown);
    }
}
