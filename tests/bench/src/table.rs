//! Columns for people.

use std::fmt;

/// Rows of cells.
pub(crate) struct Table {
    columns: &'static [Column],
    rows: Vec<Vec<String>>,
}

/// What a column holds.
#[derive(Clone, Copy)]
pub(crate) enum Column {
    /// Begins at the left.
    Words,
    /// Ends at the right.
    Figures,
}

impl Table {
    pub(crate) fn new(columns: &'static [Column]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let columns: Vec<(Column, usize)> =
            self.columns.iter().enumerate().map(|(place, &column)| (column, width(place))).collect();
        for row in &self.rows {
            let cells = row.iter().zip(&columns).map(|(cell, &(column, width))| match column {
                Column::Words => format!("{cell:<width$}"),
                Column::Figures => format!("{cell:>width$}"),
            });
            writeln!(f, "{}", cells.collect::<Vec<_>>().join("   ").trim_end())?;
        }
        Ok(())
    }
}

/// A figure with as many digits as say something, and commas between thousands.
pub(crate) fn figure(value: f64) -> String {
    let text = match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.01 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.5}"),
    };
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) && digit.is_ascii_digit() {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_long_as_they_are_meant() {
        for (value, expected) in [
            (0.0, "0.00"),
            (0.000_312, "0.00031"),
            (0.5, "0.50"),
            (5.214, "5.21"),
            (42.25, "42.2"),
            (999.4, "999"),
            (11_842.6, "11,843"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(figure(value), expected, "{value}");
        }
    }

    #[test]
    fn columns_stand_below_one_another() {
        let mut table = Table::new(&[Column::Words, Column::Figures, Column::Words]);
        table.row(["W1".into(), "a second".into()]);
        table.row(["  loyalty, 64 clients".into(), "9,100".into(), "met".into()]);
        let expected = "W1                      a second\n  loyalty, 64 clients      9,100   met\n";
        assert_eq!(table.to_string(), expected);
    }
}
