//! Statements about many rows at once, from one JSON parameter.

use serde::Serialize;
use sqlx::AnyConnection;

use super::{Column, Engine, Writes, json};

/// An insert of many rows from one JSON parameter: `$1` is an array of arrays, a row each.
#[derive(Debug, Clone, Copy)]
pub struct Bulk {
    /// The table.
    pub table: &'static str,
    /// Its columns, in the order of a row's values.
    pub columns: &'static [(&'static str, Column)],
    /// What follows: `on conflict (…) do update set …`, or nothing.
    pub conflict: &'static str,
}

impl Bulk {
    /// The statement for an engine.
    pub fn sql(&self, engine: Engine) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let columns: Vec<Column> = self.columns.iter().map(|(_, column)| *column).collect();
        // Without a `where`, SQLite takes `on conflict` for the condition of a join.
        let source = format!("{} where true", engine.row_list("$1", &columns));
        let insert = engine.all_or_nothing("insert");
        format!("{insert} into {} ({}) {source} {}", self.table, names.join(", "), self.conflict)
    }

    /// Inserts the rows.
    pub async fn insert<R: Serialize>(&self, writes: &mut Writes<'_>, rows: &[R]) -> Result<(), sqlx::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        writes.add(self.table, self.sql(writes.engine), json(rows)?).await
    }

    /// Inserts the rows at once.
    pub async fn insert_now<R: Serialize>(&self, engine: Engine, connection: &mut AnyConnection, rows: &[R]) -> Result<(), sqlx::Error> {
        let mut writes = Writes::new(engine, connection);
        self.insert(&mut writes, rows).await?;
        writes.settled().await.map(drop)
    }
}

/// An update of many rows from one JSON parameter: `$1` is an array of arrays, a row each. Rows that are not
/// there stay away. No row may be named twice.
#[derive(Debug, Clone, Copy)]
pub struct BulkUpdate {
    /// The table.
    pub table: &'static str,
    /// What finds a row: a row's first values.
    pub keys: &'static [(&'static str, Column)],
    /// What is set: a row's further values.
    pub set: &'static [(&'static str, Column)],
    /// A further condition: `and deleted = 0`, `and views < new.views`, where `new` is what is set; or nothing.
    pub only: &'static str,
}

impl BulkUpdate {
    /// The statement for an engine.
    pub fn sql(&self, engine: Engine) -> String {
        let (table, source) = (self.table, engine.rows("$1"));
        let keys = self.keys.iter().enumerate();
        let keys: Vec<String> = keys
            .map(|(index, (name, column))| format!("{table}.{name} = {}", engine.cell(index, *column)))
            .collect();
        let set = (self.keys.len()..).zip(self.set);
        let only = set.clone().fold(self.only.to_owned(), |only, (index, (name, column))| {
            only.replace(&format!("new.{name}"), &engine.cell(index, *column))
        });
        let set: Vec<String> = set
            .map(|(index, (name, column))| format!("{name} = {}", engine.cell(index, *column)))
            .collect();
        format!(
            "{} {table} set {} from {source} where {} {only}",
            engine.all_or_nothing("update"),
            set.join(", "),
            keys.join(" and ")
        )
    }

    /// Updates the rows.
    pub async fn update<R: Serialize>(&self, writes: &mut Writes<'_>, rows: &[R]) -> Result<(), sqlx::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        writes.add(self.table, self.sql(writes.engine), json(rows)?).await
    }
}

/// A deletion of many rows from one JSON parameter: `$1` is an array of arrays, a key each.
#[derive(Debug, Clone, Copy)]
pub struct BulkDelete {
    /// The table.
    pub table: &'static str,
    /// What finds a row: a key's values.
    pub keys: &'static [(&'static str, Column)],
}

impl BulkDelete {
    /// The statement for an engine.
    pub fn sql(&self, engine: Engine) -> String {
        let names: Vec<&str> = self.keys.iter().map(|(name, _)| *name).collect();
        let columns: Vec<Column> = self.keys.iter().map(|(_, column)| *column).collect();
        let list = engine.row_list("$1", &columns);
        format!("delete from {} where ({}) in ({list})", self.table, names.join(", "))
    }

    /// Deletes the rows.
    pub async fn delete<R: Serialize>(&self, writes: &mut Writes<'_>, keys: &[R]) -> Result<(), sqlx::Error> {
        if keys.is_empty() {
            return Ok(());
        }
        writes.add(self.table, self.sql(writes.engine), json(keys)?).await
    }
}
