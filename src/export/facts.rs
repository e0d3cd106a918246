//! A row for everything that happened.

use anyhow::Result;
use infra::db::Column;
use projections::archive::{COLUMNS, Cell};

use super::sink::{Columns, Sink};
use super::source::Source;

/// Its columns; `content`, where it is asked for, is JSON.
pub fn columns(content: bool) -> Columns {
    let further = content.then_some(("content", Column::Text));
    COLUMNS.iter().copied().chain(further).collect()
}

/// Writes them.
pub async fn write(source: &Source<'_>, sink: &mut Sink) -> Result<()> {
    let content = source.content;
    let row = |line: projections::archive::Line| {
        let written = line.data.get("content").filter(|written| !written.is_null());
        let written = content.then(|| Cell::from(written.map(ToString::to_string)));
        sink.row(line.cells().into_iter().chain(written).collect())
    };
    source.each(&[], row).await.map(drop)
}
