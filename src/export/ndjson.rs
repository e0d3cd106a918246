//! One JSON object a line; what is null is left out, what is JSON stands as such.

use std::io::{Result, Write};

use infra::db::Column;
use projections::archive::Cell;

/// Columns whose texts are JSON.
const JSON: [&str; 2] = ["data", "content"];

/// A file under way.
pub struct Ndjson<W> {
    columns: Vec<(&'static str, Column)>,
    into: W,
}

impl<W: Write> Ndjson<W> {
    /// With nothing in it.
    pub fn new(columns: Vec<(&'static str, Column)>, into: W) -> Self {
        Self { columns, into }
    }

    /// One more line.
    pub fn row(&mut self, cells: &[Cell]) -> Result<()> {
        let mut between = "{";
        for ((name, _), cell) in self.columns.iter().zip(cells) {
            match cell {
                Cell::Null => continue,
                Cell::Int(number) => write!(self.into, "{between}\"{name}\":{number}")?,
                Cell::Text(json) if JSON.contains(name) => write!(self.into, "{between}\"{name}\":{json}")?,
                Cell::Text(text) => {
                    write!(self.into, "{between}\"{name}\":")?;
                    serde_json::to_writer(&mut self.into, text)?;
                }
            }
            between = ",";
        }
        self.into.write_all(if between == "{" { b"{}\n" } else { b"}\n" })
    }

    /// That was all.
    pub fn finish(mut self) -> Result<()> {
        self.into.flush()
    }
}
