//! Rows of cells under each other, as wide as what is in them.

use std::io::{self, Write};

use anstyle::Style;

use super::style::DIM;
use crate::view::terminal;

/// A longer cell pushes the rest of its own row aside instead of all rows.
const MAX_WIDTH: usize = 48;

/// One cell; what is put into it is escaped.
#[derive(Default)]
pub struct Cell {
    text: String,
    style: Style,
    is_number: bool,
}

impl Cell {
    pub fn text(text: &str) -> Cell {
        Cell { text: terminal(text).into_owned(), ..Cell::default() }
    }

    /// Aligned to the right, as its heading is.
    pub fn number(number: impl ToString) -> Cell {
        Cell { text: number.to_string(), is_number: true, ..Cell::default() }
    }

    pub fn style(self, style: Style) -> Cell {
        Cell { style, ..self }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

#[derive(Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// The headings of the columns; those of numbers are aligned like them.
    pub fn with_headings(headings: &[&str]) -> Table {
        let headings = headings.iter().map(|heading| Cell::text(heading).style(DIM));
        Table { rows: vec![headings.collect()] }
    }

    pub fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    pub fn extend(&mut self, rows: impl IntoIterator<Item = Vec<Cell>>) {
        self.rows.extend(rows);
    }

    pub fn write(mut self, out: &mut impl Write, indent: usize) -> io::Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let mut widths = vec![0; columns];
        let mut numbers = vec![false; columns];
        for row in &self.rows {
            for ((cell, width), number) in row.iter().zip(&mut widths).zip(&mut numbers) {
                *width = cell.width().min(MAX_WIDTH).max(*width);
                *number |= cell.is_number;
            }
        }
        for row in &mut self.rows {
            row.iter_mut().zip(&numbers).for_each(|(cell, number)| cell.is_number = *number);
            // No blanks at the end of a line.
            while row.last().is_some_and(|cell| cell.text.is_empty()) {
                row.pop();
            }
        }
        for row in &self.rows {
            write!(out, "{:indent$}", "")?;
            for (place, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let gap = if place == 0 { "" } else { "  " };
                let fill = width.saturating_sub(cell.width());
                let (before, after) = match (cell.is_number, place + 1 == row.len()) {
                    (true, _) => (fill, 0),
                    (false, true) => (0, 0),
                    (false, false) => (0, fill),
                };
                let (style, text) = (cell.style, &cell.text);
                write!(out, "{gap}{:before$}{style}{text}{style:#}{:after$}", "", "")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_cells_and_nothing_hostile_gets_through() {
        let mut table = Table::with_headings(&["who", "bytes", "note"]);
        table.push(vec![Cell::text("Alice\x1b[2J"), Cell::number(7), Cell::text("")]);
        table.push(vec![Cell::text("B"), Cell::number(1_234), Cell::text("late")]);
        let mut out = vec![];
        table.write(&mut out, 2).unwrap();
        let plain = anstream::adapter::strip_bytes(&out).into_vec();
        let expected = "  who           bytes  note\n  Alice\\x1b[2J      7\n  B              1234  late\n";
        assert_eq!(String::from_utf8_lossy(&plain), expected);
    }
}
