//! What was said, to be found by its words, without anybody being able to read it here.
//!
//! A blind index: of each word and of its beginning only a keyed hash is kept, in a database file (or schema) of its own, with a runner and
//! checkpoints of its own, so that it holds nobody up. What is found is opened with its author's key and compared again. Who may see it,
//! the caller asks the read models.

mod find;
mod index;
mod words;

use std::sync::Arc;
use std::time::Duration;

use domain::id::LogId;
use infra::clock::Clock;
use infra::db::Db;
use infra::log::EventLog;
use infra::seal::Keys;
use sqlx::migrate::Migrator;

use crate::ReadModels;
use crate::apart::Apart;
use crate::feed::Feed;
use crate::parking::Parker;
use crate::projection::Projection;
use crate::read_models::OpenError;
use crate::runner::{Limits, Runner};
use crate::state::State;

pub use find::{Found, Hit, Place, Scope, find};
pub use words::{InvalidQuery, QUERY_MAX, QUERY_WORDS_MAX, Query};

static SQLITE: Migrator = sqlx::migrate!("migrations/search/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/search/postgres");

/// The schema of PostgreSQL that its tables are in.
pub const SCHEMA: &str = "search";

/// Its name in checkpoints and in what operators see.
pub const NAME: &str = "search";

/// Rises when the same log gives other rows than before.
const VERSION: i32 = 3;

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

/// Opens the index of the log with this id. What an older version of the program made of the log is made anew.
pub async fn open(db: Db, state: State, log: LogId) -> Result<ReadModels, OpenError> {
    APART.open(db, state, log, clear).await
}

/// Takes what an older version made.
async fn clear(db: &Db) -> Result<(), sqlx::Error> {
    APART.clear_by(db, "delete from words; delete from entries").await
}

/// Tells whether it is open, and takes in what there is.
pub fn is_up(up: bool) {
    metrics::gauge!("heliograph_search_up").set(if up { 1.0 } else { 0.0 });
}

/// What feeds it. What can't be opened with `keys` is not found.
pub fn runner(index: ReadModels, keys: Keys, log: Arc<dyn EventLog>, parker: Arc<dyn Parker>, clock: Clock) -> Runner {
    Runner {
        limits: Limits {
            rest: REST,
            fruitless: Some(FRUITLESS),
            ..Limits::default()
        },
        projections: Arc::new(move |_: &Feed| -> Vec<Box<dyn Projection>> { vec![Box::new(index::Index::new(keys.clone()))] }),
        ..Runner::new(index, log, parker, clock)
    }
}
