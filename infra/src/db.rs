//! The databases of the read models: SQLite or PostgreSQL, one SQL text for both.
//!
//! `$1` placeholders; ids are `bigint`, times `bigint` in µs, JSON is `text`, flags are `bigint` 0 or 1.
//! Only bulk insert, lists and migrations differ, and this file is where.

use serde::Serialize;
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe};

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded.
    Sqlite,
    /// By URL.
    Postgres,
}

/// A database: its engine and connections to it.
#[derive(Debug, Clone)]
pub struct Db {
    /// Which it is.
    pub engine: Engine,
    /// Connections for reading; a projection's lane holds one of its own for writing.
    pub pool: AnyPool,
}

/// The type of a bulk-inserted column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// `bigint`
    Int,
    /// `text`
    Text,
}

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
        let values: Vec<String> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, (_, column))| match (engine, column) {
                (Engine::Sqlite, _) => format!("r.value ->> {index}"),
                (Engine::Postgres, Column::Int) => format!("(r.value ->> {index})::bigint"),
                (Engine::Postgres, Column::Text) => format!("r.value ->> {index}"),
            })
            .collect();
        let source = match engine {
            Engine::Sqlite => "json_each($1) r where true",
            Engine::Postgres => "jsonb_array_elements($1::text::jsonb) r(value)",
        };
        format!(
            "insert into {} ({}) select {} from {source} {}",
            self.table,
            names.join(", "),
            values.join(", "),
            self.conflict
        )
    }

    /// Inserts the rows; nothing is sent for none.
    pub async fn insert<R: Serialize>(&self, engine: Engine, connection: &mut AnyConnection, rows: &[R]) -> Result<(), sqlx::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let json = serde_json::to_string(rows).map_err(|error| sqlx::Error::Encode(error.into()))?;
        sqlx::query(AssertSqlSafe(self.sql(engine))).bind(json).execute(connection).await?;
        Ok(())
    }
}

impl Engine {
    /// A sub-select of the integers in a JSON array parameter: `where id in (…)`.
    pub fn int_list(self, placeholder: &str) -> String {
        match self {
            Self::Sqlite => format!("select value from json_each({placeholder})"),
            Self::Postgres => format!("select v::bigint from jsonb_array_elements_text({placeholder}::text::jsonb) e(v)"),
        }
    }

    /// A sub-select of the texts in a JSON array parameter.
    pub fn text_list(self, placeholder: &str) -> String {
        match self {
            Self::Sqlite => format!("select value from json_each({placeholder})"),
            Self::Postgres => format!("select v from jsonb_array_elements_text({placeholder}::text::jsonb) e(v)"),
        }
    }
}

impl Db {
    /// Connects: `sqlite:<path>` (made when missing; WAL, `synchronous` as given for SQLite) or `postgres://…`.
    pub async fn open(url: &str, connections: u32, synchronous: &'static str) -> Result<Self, sqlx::Error> {
        Self::connect(url, connections, format!("pragma synchronous = {synchronous}")).await
    }

    /// The same for what must not be recoverable once deleted: SQLite overwrites it, and syncs fully.
    pub async fn open_overwriting(url: &str, connections: u32) -> Result<Self, sqlx::Error> {
        Self::connect(url, connections, "pragma synchronous = full; pragma secure_delete = on".to_owned()).await
    }

    async fn connect(url: &str, connections: u32, pragmas: String) -> Result<Self, sqlx::Error> {
        sqlx::any::install_default_drivers();
        let (engine, url) = if url.starts_with("sqlite:") {
            (Engine::Sqlite, format!("{url}?mode=rwc"))
        } else {
            (Engine::Postgres, url.to_owned())
        };
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .after_connect(move |connection, _| {
                let pragmas = format!(
                    "pragma journal_mode = wal; {pragmas}; pragma busy_timeout = 10000; \
                     pragma foreign_keys = off; pragma cache_size = -65536; pragma temp_store = memory"
                );
                Box::pin(async move {
                    if engine == Engine::Sqlite {
                        sqlx::raw_sql(AssertSqlSafe(pragmas)).execute(&mut *connection).await?;
                    }
                    Ok(())
                })
            })
            .connect(&url)
            .await?;
        Ok(Self { engine, pool })
    }
}
