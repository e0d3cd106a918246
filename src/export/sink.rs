//! Rows on their way into a file, whatever its format.

use std::fs::File;
use std::io::BufWriter;

use anyhow::{Context as _, Result};
use infra::db::Column;
use projections::archive::Cell;

use super::Format;
use super::csv::Csv;
use super::ndjson::Ndjson;
use super::parquet::Parquet;

/// Names and types.
pub type Columns = Vec<(&'static str, Column)>;

/// A file under way.
pub struct Sink {
    writer: Writer,
    rows: u64,
}

enum Writer {
    Csv(Csv<BufWriter<File>>),
    Ndjson(Ndjson<BufWriter<File>>),
    Parquet(Box<Parquet>),
}

/// What a full disk leaves.
const NOTHING: &str = "the file can't be written; nothing was left behind";

impl Sink {
    /// With nothing in it but what its format begins with.
    pub fn new(format: Format, columns: Columns, file: File) -> Result<Self> {
        let writer = match format {
            Format::Csv => Writer::Csv(Csv::new(&columns, BufWriter::new(file)).context(NOTHING)?),
            Format::Ndjson => Writer::Ndjson(Ndjson::new(columns, BufWriter::new(file))),
            Format::Parquet => Writer::Parquet(Box::new(Parquet::new(columns, file).context(NOTHING)?)),
        };
        Ok(Self { writer, rows: 0 })
    }

    /// One more.
    pub fn row(&mut self, cells: Vec<Cell>) -> Result<()> {
        self.rows += 1;
        match &mut self.writer {
            Writer::Csv(csv) => csv.row(&cells).context(NOTHING),
            Writer::Ndjson(ndjson) => ndjson.row(&cells).context(NOTHING),
            Writer::Parquet(parquet) => parquet.row(cells).context(NOTHING),
        }
    }

    /// That was all; how many there were.
    pub fn finish(self) -> Result<u64> {
        match self.writer {
            Writer::Csv(csv) => csv.finish().context(NOTHING)?,
            Writer::Ndjson(ndjson) => ndjson.finish().context(NOTHING)?,
            Writer::Parquet(parquet) => parquet.finish().context(NOTHING)?,
        }
        Ok(self.rows)
    }
}
