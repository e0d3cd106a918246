//! The archive: every fact as a row, in the clear but for what people wrote, for analysts and their SQL.
//!
//! It stands apart from the read models that the server answers from: in a database file (or schema) of its own, with a runner and
//! checkpoints of its own, so that it holds nobody up. What analysts ask is views, in its migrations; docs/ANALYSTS.md tells of them.

mod line;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::id::LogId;
use infra::clock::Clock;
use infra::db::{Bulk, Db, Engine, Writes};
use infra::log::EventLog;
use sqlx::migrate::Migrator;

use crate::ReadModels;
use crate::apart::Apart;
use crate::feed::Feed;
use crate::lane::Lane;
use crate::parking::Parker;
use crate::projection::{ApplyError, Batch, Projection};
use crate::read_models::OpenError;
use crate::runner::{Limits, Runner};
use crate::state::State;

pub use line::{COLUMNS, Cell, Line};

static SQLITE: Migrator = sqlx::migrate!("migrations/archive/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/archive/postgres");

/// The schema of PostgreSQL that its tables are in.
pub const SCHEMA: &str = "archive";

/// Its name in checkpoints and in what operators see.
pub const NAME: &str = "archive";

/// Rises when the same log gives other rows than before.
const VERSION: i32 = 1;

static APART: Apart = Apart {
    name: NAME,
    version: VERSION,
    sqlite: &SQLITE,
    postgres: &POSTGRES,
};

/// How long it gathers what comes once it has caught up.
const REST: Duration = Duration::from_millis(250);

/// After how many sessions that came no further it is opened anew, so that operators hear of it.
const FRUITLESS: u32 = 5;

/// What PostgreSQL says when a table is not to be had in time.
const LOCKED: &str = "55P03";
const DELETE: &str = "delete from facts";

const ROWS: Bulk = Bulk {
    table: "facts",
    columns: COLUMNS,
    conflict: "on conflict (position, idx) do nothing",
};

/// Keyed by stream.
#[derive(Debug, Default)]
pub struct Archive;

#[async_trait]
impl Projection for Archive {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> i32 {
        VERSION
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let own = batch.facts.iter().filter(|fact| lane.owns_stream(&fact.stream));
        let rows = own.map(|fact| {
            let read = Line::of(fact).map_err(|error| ApplyError::Fact(fact.at, error.to_string()))?;
            Ok(read.cells())
        });
        let rows: Vec<_> = rows.collect::<Result<_, ApplyError>>()?;
        ROWS.insert(writes, &rows).await?;
        Ok(())
    }

    fn forget(&mut self) {}
}

/// Opens the archive of the log with this id. What an older version of the program made of the log is made anew.
pub async fn open(db: Db, state: State, log: LogId) -> Result<ReadModels, OpenError> {
    APART.open(db, state, log, clear).await
}

/// Takes what an older version made. A table is emptied at once only when nobody reads it, and an analyst's session may stay open for days;
/// then its rows are deleted, which takes longer and waits for nobody.
async fn clear(db: &Db) -> Result<(), sqlx::Error> {
    let at_once = match db.engine {
        Engine::Sqlite => DELETE,
        // Others would wait behind.
        Engine::Postgres => "set local lock_timeout = '2s'; truncate facts",
    };
    match APART.clear_by(db, at_once).await {
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(LOCKED) => APART.clear_by(db, DELETE).await,
        cleared => cleared,
    }
}

/// Tells whether it is open, and takes in what there is.
pub fn is_up(up: bool) {
    metrics::gauge!("heliograph_archive_up").set(if up { 1.0 } else { 0.0 });
}

/// What feeds it.
pub fn runner(archive: ReadModels, log: Arc<dyn EventLog>, parker: Arc<dyn Parker>, clock: Clock) -> Runner {
    Runner {
        limits: Limits {
            rest: REST,
            fruitless: Some(FRUITLESS),
            ..Limits::default()
        },
        projections: Arc::new(|_: &Feed| -> Vec<Box<dyn Projection>> { vec![Box::new(Archive)] }),
        ..Runner::new(archive, log, parker, clock)
    }
}
