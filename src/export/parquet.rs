//! Parquet: columns in groups of rows; times are timestamps in UTC, all else that is a number an INT64.

use std::fs::File;
use std::sync::Arc;

use infra::db::Column;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use projections::archive::Cell;

/// Rows of a group, which are held in memory, at most; and what they take there, about.
const GROUP: usize = 50_000;
const GROUP_BYTES: usize = 32 << 20;

/// A file under way.
pub struct Parquet {
    columns: Vec<(&'static str, Column)>,
    waiting: Vec<Vec<Cell>>,
    /// What those take.
    bytes: usize,
    writer: SerializedFileWriter<File>,
}

impl Parquet {
    /// With nothing in it.
    pub fn new(columns: Vec<(&'static str, Column)>, file: File) -> Result<Self> {
        let schema = Arc::new(parse_message_type(&schema(&columns))?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        Ok(Self {
            columns,
            waiting: Vec::new(),
            bytes: 0,
            writer: SerializedFileWriter::new(file, schema, Arc::new(properties))?,
        })
    }

    /// One more.
    pub fn row(&mut self, cells: Vec<Cell>) -> Result<()> {
        self.bytes += cells.iter().map(size).sum::<usize>();
        self.waiting.push(cells);
        if self.waiting.len() == GROUP || self.bytes >= GROUP_BYTES {
            self.group()
        } else {
            Ok(())
        }
    }

    /// That was all.
    pub fn finish(mut self) -> Result<()> {
        self.group()?;
        self.writer.close().map(drop)
    }

    /// Writes what waits.
    fn group(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        if rows.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for (index, (_, column)) in self.columns.iter().enumerate() {
            let Some(mut writer) = group.next_column()? else { break };
            let cells = rows.iter().map(|row| &row[index]);
            let levels: Vec<i16> = cells.clone().map(|cell| i16::from(*cell != Cell::Null)).collect();
            match column {
                Column::Int => {
                    let numbers: Vec<i64> = cells.filter_map(number).collect();
                    writer.typed::<Int64Type>().write_batch(&numbers, Some(&levels), None)?;
                }
                Column::Text => {
                    let texts: Vec<ByteArray> = cells.filter_map(text).collect();
                    writer.typed::<ByteArrayType>().write_batch(&texts, Some(&levels), None)?;
                }
            }
            writer.close()?;
        }
        group.close().map(drop)
    }
}

/// What a cell takes in memory.
fn size(cell: &Cell) -> usize {
    let text = match cell {
        Cell::Text(text) => text.len(),
        Cell::Null | Cell::Int(_) => 0,
    };
    size_of::<Cell>() + text
}

/// A column's cells are null or of its type: that is how rows are made.
fn number(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Int(number) => Some(*number),
        Cell::Null | Cell::Text(_) => None,
    }
}

fn text(cell: &Cell) -> Option<ByteArray> {
    match cell {
        Cell::Text(text) => Some(ByteArray::from(text.as_str())),
        Cell::Null | Cell::Int(_) => None,
    }
}

fn schema(columns: &[(&'static str, Column)]) -> String {
    let field = |(name, column): &(&str, Column)| match column {
        Column::Int if name.ends_with("_at") => format!("optional int64 {name} (timestamp(micros, true));"),
        Column::Int => format!("optional int64 {name};"),
        Column::Text => format!("optional binary {name} (utf8);"),
    };
    format!("message rows {{ {} }}", columns.iter().map(field).collect::<String>())
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::RowAccessor as _;

    use super::*;

    #[test]
    fn a_group_is_closed_before_it_is_too_large_for_memory() {
        let file = tempfile::tempfile().unwrap();
        let mut parquet = Parquet::new(vec![("content", Column::Text)], file.try_clone().unwrap()).unwrap();
        let text = "x".repeat(GROUP_BYTES / 8);
        for _ in 0..20 {
            parquet.row(vec![Cell::Text(text.clone())]).unwrap();
        }
        parquet.finish().unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        assert_eq!((reader.num_row_groups(), reader.metadata().file_metadata().num_rows()), (3, 20));
    }

    #[test]
    fn rows_are_read_as_they_were_written() {
        let file = tempfile::tempfile().unwrap();
        let columns = vec![("position", Column::Int), ("type", Column::Text), ("sent_at", Column::Int)];
        let mut parquet = Parquet::new(columns, file.try_clone().unwrap()).unwrap();
        let rows = [(1, Cell::Text("one".to_owned())), (2, Cell::Null), (3, Cell::Text(String::new()))];
        for (position, kind) in &rows {
            parquet
                .row(vec![Cell::Int(*position), kind.clone(), Cell::Int(1_714_566_600_000_000)])
                .unwrap();
        }
        parquet.finish().unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let read: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(read.len(), rows.len());
        for (read, (position, kind)) in read.iter().zip(rows) {
            assert_eq!(read.get_long(0).unwrap(), position);
            let text = read.get_string(1).ok().cloned();
            assert_eq!(Cell::from(text), kind);
            assert_eq!(read.get_timestamp_micros(2).unwrap(), 1_714_566_600_000_000);
        }
    }
}
