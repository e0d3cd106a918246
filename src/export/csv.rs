//! CSV as RFC 4180 has it, with a line of names; nothing between two commas is null, `""` an empty text.

use std::io::{Result, Write};

use infra::db::Column;
use projections::archive::Cell;

/// A file under way.
pub struct Csv<W>(W);

impl<W: Write> Csv<W> {
    /// With its line of names.
    pub fn new(columns: &[(&'static str, Column)], mut into: W) -> Result<Self> {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        write!(into, "{}\r\n", names.join(","))?;
        Ok(Self(into))
    }

    /// One more line.
    pub fn row(&mut self, cells: &[Cell]) -> Result<()> {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.0.write_all(b",")?;
            }
            match cell {
                Cell::Null => {}
                Cell::Int(number) => write!(self.0, "{number}")?,
                Cell::Text(text) if text.is_empty() || text.contains(['"', ',', '\n', '\r']) => {
                    write!(self.0, "\"{}\"", text.replace('"', "\"\""))?;
                }
                Cell::Text(text) => self.0.write_all(text.as_bytes())?,
            }
        }
        self.0.write_all(b"\r\n")
    }

    /// That was all.
    pub fn finish(mut self) -> Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_text_holds_stays_in_its_cell() {
        let mut file = Vec::new();
        let mut csv = Csv::new(&[("id", Column::Int), ("text", Column::Text)], &mut file).unwrap();
        for text in ["plain", "a \"quote\", and\na line", ""] {
            csv.row(&[Cell::Int(1), Cell::Text(text.to_owned())]).unwrap();
        }
        csv.row(&[Cell::Null, Cell::Null]).unwrap();
        csv.finish().unwrap();
        let expected = "id,text\r\n1,plain\r\n1,\"a \"\"quote\"\", and\na line\"\r\n1,\"\"\r\n,\r\n";
        assert_eq!(String::from_utf8(file).unwrap(), expected);
    }
}
