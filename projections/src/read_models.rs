//! All read models of one database: opening them, and who may be asked what.

use std::sync::Arc;

use domain::id::{AccountId, LogId, Position};
use infra::clock::Clock;
use infra::db::{Db, Engine};
use sqlx::migrate::Migrator;
use tokio::sync::{Mutex, MutexGuard};

use crate::chats::Chats;
use crate::checkpoint::{self, Refused};
use crate::commands::Commands;
use crate::dialogs::Dialogs;
use crate::directory::Directory;
use crate::feed::Feed;
use crate::lane::Lane;
use crate::members::Members;
use crate::progress::Progress;
use crate::projection::Projection;
use crate::state::State;
use crate::timeline::Timeline;
use crate::updates::Updates;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The read models of a database. Cheap to clone. What can be read of each stands in its own file.
#[derive(Debug, Clone)]
pub struct ReadModels {
    /// Where the rows are.
    pub db: Db,
    /// Which log they are made from.
    pub log: LogId,
    /// How many lanes share the work; fixed when the database was made.
    pub lanes: u32,
    /// What is durable but not from the log.
    pub state: State,
    /// How far the lanes have come.
    pub progress: Progress,
    /// Live delivery to attached devices.
    pub feed: Feed,
    writes: Option<Arc<Mutex<()>>>,
}

/// Why the read models can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database can't be used.
    #[error("the read models' database: {0}")]
    Database(#[from] sqlx::Error),
    /// Its tables can't be brought up to date.
    #[error("the read models' tables: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// It holds something else than what is asked for.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// The projections that share a lane's transaction, in the order in which they apply. `updates` comes first: it
/// wants memberships and devices as they were before the batch.
pub fn hot(feed: &Feed, clock: &Clock) -> Vec<Box<dyn Projection>> {
    vec![
        Box::new(Updates::new(feed.clone())),
        Box::new(Directory),
        Box::new(Chats),
        Box::new(Members),
        Box::new(Timeline),
        Box::new(Dialogs),
        Box::new(Commands::new(clock.clone())),
    ]
}

impl ReadModels {
    /// Opens the read models of the log with this id: brings the tables up to date, and checks that the
    /// rows were made from this log, by these versions and in as many lanes.
    pub async fn open(db: Db, state: State, log: LogId, lanes: u32) -> Result<Self, OpenError> {
        let migrations = match db.engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        };
        migrations.run(&*db.pool).await?;
        let feed = Feed::default();
        // Asked for their names and versions alone; they apply nothing.
        let projections: Vec<_> = hot(&feed, &Clock::system())
            .iter()
            .map(|projection| (projection.name(), projection.version()))
            .collect();
        let marks = checkpoint::prepare(&db, log, lanes, &projections).await?;
        let progress = Progress::new(marks.iter().map(|mark| mark.map(|mark| mark.position)));
        let writes = (db.engine == Engine::Sqlite).then(Arc::default);
        Ok(Self {
            db,
            log,
            lanes,
            state,
            progress,
            feed,
            writes,
        })
    }

    /// Whoever writes into the read models' database holds this while a transaction is open. SQLite has one
    /// writer at a time, and others would poll for their turn; here they queue.
    pub async fn writing(&self) -> Option<MutexGuard<'_, ()>> {
        match &self.writes {
            Some(writes) => Some(writes.lock().await),
            None => None,
        }
    }

    /// What the rows themselves include by now, where `checkpoint` is what was last heard of them: the database may have become an
    /// older copy of itself. `None`: nothing yet.
    pub async fn stand(&self) -> Result<Option<Position>, sqlx::Error> {
        checkpoint::lowest(&self.db.pool).await
    }

    /// Up to where other lanes must have come to include what the account's rows say by now; `None`: there are no others, or there is nothing yet.
    pub async fn ahead(&self, account: AccountId) -> Result<Option<Position>, sqlx::Error> {
        match Lane::all(self.lanes).find(|lane| lane.owns_account(account)) {
            Some(lane) if self.lanes > 1 => Ok(checkpoint::load(&self.db, &lane).await?.map(|mark| mark.position)),
            Some(_) | None => Ok(None),
        }
    }

    /// All hot read models include everything up to here; `None`: nothing yet.
    pub fn checkpoint(&self) -> Option<Position> {
        self.progress.checkpoint()
    }
}
