//! Tables in Markdown, and how a figure is written in them. Pure; `report` fills them.

use std::fmt;

use super::statistics::Spread;

/// A table in Markdown.
pub(super) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(head: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            head: head.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", self.head.join(" | "))?;
        writeln!(f, "|{}", "---|".repeat(self.head.len()))?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

/// `2.1 ms (1.9–2.6)`: the median, and how far the others lie from it.
pub(super) fn spread(spread: Option<Spread>, unit: &str) -> String {
    let Some(spread) = spread else {
        return absent();
    };
    let number = |number| figure(number, spread.median);
    let (median, least, most) = (
        number(spread.median),
        number(spread.least),
        number(spread.most),
    );
    if least == most {
        format!("{median} {unit}")
    } else {
        format!("{median} {unit} ({least}–{most})")
    }
}

pub(super) fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(absent, |ratio| format!("{ratio:.2}"))
}

/// In place of a figure that there is not.
pub(super) fn absent() -> String {
    "–".to_owned()
}

/// A number, with as many places as suit the one that it stands beside.
fn figure(number: f64, beside: f64) -> String {
    if beside.abs() >= 100.0 {
        format!("{number:.0}")
    } else {
        format!("{number:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(["", "a"]);
        table.row(["b".to_owned(), "1".to_owned()]);
        assert_eq!(table.to_string(), "|  | a |\n|---|---|\n| b | 1 |\n");
    }

    #[test]
    fn a_figure_is_written_with_its_range() {
        let of = |numbers: &[f64]| spread(Spread::of(numbers.iter().copied()), "ms");
        assert_eq!(of(&[]), "–");
        assert_eq!(of(&[8.34]), "8.3 ms");
        assert_eq!(of(&[2.12, 1.9, 2.6]), "2.1 ms (1.9–2.6)");
        assert_eq!(of(&[99.0, 313.4, 400.6]), "313 ms (99–401)");
        assert_eq!(of(&[-1.0, 0.5, 3.0]), "0.5 ms (-1.0–3.0)");
    }

    #[test]
    fn a_ratio_has_two_places() {
        assert_eq!(ratio(Some(0.084)), "0.08");
        assert_eq!(ratio(None), "–");
    }
}
