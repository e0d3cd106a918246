//! The databases of the read models: SQLite or PostgreSQL, one SQL text for both.
//!
//! `$1` placeholders; ids are `bigint`, times `bigint` in µs, JSON is `text`, flags are `bigint` 0 or 1.
//! Only bulk insert, lists and migrations differ, and this file is where.

use std::path::Path;

use serde::Serialize;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyPoolOptions;

mod bulk;
mod copy;
mod pool;
#[cfg(test)]
mod tests;
mod writes;

pub use bulk::{Bulk, BulkDelete, BulkUpdate};
pub use copy::copy;
pub use pool::{ANSWER, Lease, Pool, in_time};
pub use writes::{Claim, Writes};

use crate::wal::{BACKSTOP_PAGES, Checkpoints};

/// What each connection to a SQLite file keeps of it, in KiB (negative, as SQLite wants it). There are many, and behind them the system keeps
/// the file: four times as much was no faster, and cost each of 5,000 idle sessions 5 kB.
const CACHE: &str = "-2048";

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
    pub pool: Pool,
}

/// The type of a bulk-inserted column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// `bigint`
    Int,
    /// `text`
    Text,
}

/// The parameter of a bulk statement or of a list.
pub fn json<R: Serialize>(rows: &[R]) -> Result<String, sqlx::Error> {
    serde_json::to_string(rows).map_err(|error| sqlx::Error::Encode(error.into()))
}

impl Engine {
    /// A bulk statement that fails costs its whole transaction, so SQLite need not note what it would take back.
    pub(crate) fn all_or_nothing(self, verb: &str) -> String {
        match self {
            Self::Sqlite => format!("{verb} or fail"),
            Self::Postgres => verb.to_owned(),
        }
    }

    /// A JSON parameter's elements as the table `r`; each is an array, whose values [`Engine::cell`] gives.
    pub fn rows(self, placeholder: &str) -> String {
        match self {
            // Each row is parsed once, not once per cell: four times as fast.
            Self::Sqlite => {
                format!("(with m(value) as materialized (select jsonb(value) from json_each({placeholder})) select value from m) r")
            }
            Self::Postgres => format!("jsonb_array_elements({placeholder}::text::jsonb) r(value)"),
        }
    }

    /// The value with this index of a row of [`Engine::rows`].
    pub fn cell(self, index: usize, column: Column) -> String {
        match (self, column) {
            (Self::Sqlite, _) => format!("json_extract(r.value, '$[{index}]')"),
            (Self::Postgres, Column::Text) => format!("r.value ->> {index}"),
            (Self::Postgres, Column::Int) => format!("(r.value ->> {index})::bigint"),
        }
    }

    /// Columns as one text, a JSON array: of a row with many columns, that is what is read fastest.
    pub fn array(self, columns: &[&str]) -> String {
        let columns = columns.join(", ");
        match self {
            Self::Sqlite => format!("json_array({columns})"),
            Self::Postgres => format!("json_build_array({columns})::text"),
        }
    }

    /// [`Engine::array`] of all rows as one text, an array of them in no order: each row that is fetched wakes somebody up.
    pub fn arrays(self, columns: &[&str]) -> String {
        let array = self.array(columns);
        match self {
            Self::Sqlite => format!("'[' || coalesce(group_concat({array}, ','), '') || ']'"),
            Self::Postgres => format!("'[' || coalesce(string_agg({array}, ','), '') || ']'"),
        }
    }

    /// A sub-select of the rows in a JSON array parameter, an array each: `where (chat, account) in (…)`.
    pub fn row_list(self, placeholder: &str, columns: &[Column]) -> String {
        let cells = columns.iter().enumerate();
        let cells: Vec<String> = cells.map(|(index, column)| self.cell(index, *column)).collect();
        format!("select {} from {}", cells.join(", "), self.rows(placeholder))
    }

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
    /// Closes its connections, the one that folds first: the last of a SQLite file folds what is left. Waits for who has one.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Puts another database of the same engine in the place of this one, for all who hold clones of it: what they ask next, they
    /// ask that one. Answers this one, to be closed.
    #[must_use]
    pub fn exchange(&self, other: &Self) -> Self {
        Self {
            engine: self.engine,
            pool: self.pool.exchange(&other.pool),
        }
    }

    /// Connects: `sqlite:<path>` (made when missing; WAL, `synchronous` as given for SQLite) or `postgres://…`.
    pub async fn open(url: &str, connections: u32, synchronous: &'static str) -> Result<Self, sqlx::Error> {
        Self::open_folding(url, connections, format!("pragma synchronous = {synchronous}")).await
    }

    /// The same, with a task that folds a SQLite file's write-ahead log beside its writers.
    async fn open_folding(url: &str, connections: u32, pragmas: String) -> Result<Self, sqlx::Error> {
        let db = Self::connect(url, connections, pragmas, None).await?;
        if let Some(path) = url.strip_prefix("sqlite:") {
            db.pool.fold(Checkpoints::start(Path::new(path)));
        }
        Ok(db)
    }

    /// The same for what stands apart from other tables: in a SQLite file of its own, or in this schema of PostgreSQL, made when missing.
    pub async fn open_apart(url: &str, connections: u32, synchronous: &'static str, schema: &str) -> Result<Self, sqlx::Error> {
        if url.starts_with("sqlite:") {
            return Self::open(url, connections, synchronous).await;
        }
        // Where it is there, nobody needs the right to make it. Another process may make it at the same moment.
        let making = format!(
            "do $$ begin if to_regnamespace('{schema}') is null then create schema {schema}; end if; \
             exception when duplicate_schema or unique_violation then null; end $$"
        );
        let first = Self::connect(url, 1, String::new(), None).await?;
        let made = sqlx::raw_sql(AssertSqlSafe(making)).execute(&first.pool.now()).await;
        first.close().await;
        made?;
        Self::open_schema(url, connections, schema).await
    }

    /// The same for operational state, of which some is not to be recoverable once deleted: SQLite overwrites it in the file, and in the
    /// write-ahead log as soon as that begins at its front again.
    pub async fn open_state(url: &str, connections: u32) -> Result<Self, sqlx::Error> {
        Self::open_folding(url, connections, "pragma synchronous = full; pragma secure_delete = on".to_owned()).await
    }

    /// The same for what must not be recoverable once deleted: SQLite overwrites it, and syncs fully.
    pub async fn open_overwriting(url: &str, connections: u32) -> Result<Self, sqlx::Error> {
        let pragmas = "pragma synchronous = full; pragma secure_delete = on".to_owned();
        Self::connect(url, connections, pragmas, None).await
    }

    /// The same of PostgreSQL, where tables without a schema's name are those of this schema.
    pub async fn open_schema(url: &str, connections: u32, schema: &str) -> Result<Self, sqlx::Error> {
        Self::connect(url, connections, String::new(), Some(schema)).await
    }

    async fn connect(url: &str, connections: u32, pragmas: String, schema: Option<&str>) -> Result<Self, sqlx::Error> {
        sqlx::any::install_default_drivers();
        let (engine, url) = if url.starts_with("sqlite:") {
            (Engine::Sqlite, format!("{url}?mode=rwc"))
        } else {
            (Engine::Postgres, url.to_owned())
        };
        let first = match engine {
            Engine::Sqlite => format!(
                "pragma journal_mode = wal; pragma wal_autocheckpoint = {BACKSTOP_PAGES}; {pragmas}; pragma busy_timeout = 10000; \
                 pragma foreign_keys = off; pragma cache_size = {CACHE}; pragma temp_store = memory"
            ),
            // Compiling takes hundreds of milliseconds, for a query that was thought to be long and takes a few.
            Engine::Postgres => {
                let path = schema.map_or_else(String::new, |schema| format!("set search_path to {schema}; "));
                format!("{path}set jit = off")
            }
        };
        let options = AnyPoolOptions::new()
            .max_connections(connections)
            .after_connect(move |connection, _| {
                let first = first.clone();
                Box::pin(async move {
                    sqlx::raw_sql(AssertSqlSafe(first)).execute(&mut *connection).await?;
                    Ok(())
                })
            });
        let pool = Pool::connect(engine, options, &url).await?;
        Ok(Self { engine, pool })
    }
}

/// Whether a database refuses for a reason that time does not mend: the address, the user or password (class 28), the
/// database's name (class 3D).
pub fn is_refusal(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Configuration(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("28") || code.starts_with("3D")),
        _ => false,
    }
}

/// Whether a database is damaged: a file is none, or not whole (SQLite's 11 and 26); PostgreSQL finds its own torn (XX001, XX002).
pub fn is_damage(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| match code.parse::<i32>() {
        // PostgreSQL's have five digits.
        Ok(sqlite) => code.len() < 5 && matches!(sqlite & 0xff, 11 | 26),
        Err(_) => matches!(&*code, "XX001" | "XX002"),
    })
}
