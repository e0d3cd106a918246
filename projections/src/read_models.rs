//! All read models of one database: opening them, and who may be asked what.

use std::sync::Arc;

use domain::id::{AccountId, LogId, Position};
use domain::time::Timestamp;
use infra::clock::Clock;
use infra::db::{Db, Engine};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::migrate::Migrator;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe};
use tokio::sync::{Mutex, MutexGuard, watch};

use crate::bans::Bans;
use crate::chats::Chats;
use crate::checkpoint::{self, Found, Refused};
use crate::commands::Commands;
use crate::dialogs::Dialogs;
use crate::directory::{self, Directory};
use crate::feed::Feed;
use crate::lane::Lane;
use crate::links::Links;
use crate::members::Members;
use crate::mentions::Mentions;
use crate::people::People;
use crate::pins::Pins;
use crate::progress::Progress;
use crate::projection::Projection;
use crate::reactions::Reactions;
use crate::sequences::Sequences;
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
    /// What operators call their lanes' work; empty for the hot models.
    pub name: &'static str,
    /// What is durable but not from the log.
    pub state: State,
    /// How far the lanes have come.
    pub progress: Progress,
    /// Live delivery to attached devices.
    pub feed: Feed,
    /// Rises when others have taken the place of the rows.
    generation: watch::Sender<u64>,
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
    with(feed, Commands::new(clock.clone()))
}

/// The same, for making them anew from a log whose newest commit is of this time.
pub(crate) fn hot_until(feed: &Feed, clock: &Clock, newest: Option<Timestamp>) -> Vec<Box<dyn Projection>> {
    with(feed, Commands::until(clock.clone(), newest))
}

fn with(feed: &Feed, commands: Commands) -> Vec<Box<dyn Projection>> {
    vec![
        Box::new(Updates::new(feed.clone())),
        Box::new(Sequences::new(feed.clone())),
        Box::new(Directory),
        Box::new(People),
        Box::new(Chats),
        Box::new(Members),
        Box::new(Bans),
        Box::new(Links),
        Box::new(Timeline),
        Box::new(Reactions),
        Box::new(Pins),
        Box::new(Mentions),
        Box::new(Dialogs),
        Box::new(commands),
    ]
}

/// The tables of the hot projections. What else is in their database is not theirs, and stays where it is when they are made anew.
pub(crate) const TABLES: [&str; 30] = [
    "chat_segments",
    "own_sequences",
    "update_devices",
    "update_segments",
    "update_facts",
    "accounts",
    "devices",
    "usernames",
    "service_tokens",
    "contacts",
    "blocked",
    "privacy",
    "phones",
    "chats",
    "members",
    "bans",
    "restrictions",
    "links",
    "link_uses",
    "join_requests",
    "timeline",
    "reactions",
    "reaction_counts",
    "pins",
    "mentions",
    "dialogs",
    "dialog_pins",
    "hidden",
    "commands",
    "imports",
];

/// A question to which values are bound.
pub(crate) type Asked<'q> = Query<'q, Any, AnyArguments>;

/// The names and versions of the hot projections.
pub fn versions() -> Vec<(&'static str, i32)> {
    // Asked for these alone; they apply nothing.
    let projections = hot(&Feed::default(), &Clock::system());
    projections.iter().map(|one| (one.name(), one.version())).collect()
}

impl ReadModels {
    /// Opens the read models of the log with this id: brings the tables up to date, and checks that the
    /// rows were made from this log, by these versions and in as many lanes.
    pub async fn open(db: Db, state: State, log: LogId, lanes: u32) -> Result<Self, OpenError> {
        match Self::open_as_they_are(db, state, log, lanes).await? {
            (_, Some(outdated)) => Err(outdated.into()),
            (models, None) => Ok(models),
        }
    }

    /// The same; those of another version, or in another number of lanes, are opened too, with what is to be said of them: they
    /// may serve until they are made anew.
    pub async fn open_as_they_are(db: Db, state: State, log: LogId, lanes: u32) -> Result<(Self, Option<Refused>), OpenError> {
        let migrations = match db.engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        };
        migrations.run(&db.pool.now()).await?;
        let opened = Self::of("", db, state, log, lanes, &versions()).await?;
        let (models, _) = &opened;
        // Before anybody is answered.
        models.feed.erase(&directory::gone(&mut *models.db.pool.acquire().await?).await?);
        Ok(opened)
    }

    /// Those of these projections, in a database whose tables are up to date.
    pub(crate) async fn of(
        name: &'static str,
        db: Db,
        state: State,
        log: LogId,
        lanes: u32,
        projections: &[(&'static str, i32)],
    ) -> Result<(Self, Option<Refused>), OpenError> {
        let Found { marks, outdated } = checkpoint::find(&db, log, lanes, projections).await?;
        let writes = (db.engine == Engine::Sqlite).then(Arc::default);
        let models = Self {
            db,
            log,
            name,
            state,
            progress: Progress::new(marks.iter().map(|mark| mark.map(|mark| mark.position))),
            feed: Feed::default(),
            generation: watch::Sender::new(0),
            writes,
        };
        Ok((models, outdated))
    }

    /// How many lanes share the work.
    pub fn lanes(&self) -> u32 {
        self.progress.lanes()
    }

    /// Changes whenever others have taken the place of the rows.
    pub(crate) fn generation(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    /// Others have taken the place of the rows: what is remembered of these is of no use.
    pub(crate) fn renewed(&self, marks: impl IntoIterator<Item = Option<Position>>) {
        self.progress.recut(marks);
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// What operators call a lane's work.
    pub(crate) fn label(&self, lane: Lane) -> String {
        match self.name {
            "" => lane.index.to_string(),
            name if self.lanes() == 1 => name.to_owned(),
            name => format!("{name}.{}", lane.index),
        }
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
        let lanes = self.lanes();
        match Lane::all(lanes).find(|lane| lane.owns_account(account)) {
            Some(lane) if lanes > 1 => Ok(checkpoint::load(&self.db, &lane).await?.map(|mark| mark.position)),
            Some(_) | None => Ok(None),
        }
    }

    /// A row of the lane with these keys, of a question whose first column is never null; an error while the rows are behind where they
    /// were seen: who may do what is not decided by an older copy.
    pub(crate) async fn believed<'q>(
        &self,
        owns: impl Fn(&Lane) -> bool,
        question: &str,
        bind: impl FnOnce(Asked<'q>) -> Asked<'q>,
    ) -> Result<Option<AnyRow>, sqlx::Error> {
        let engine = self.db.engine;
        let lane = Lane::all(self.lanes()).find(owns).expect("every key is a lane's");
        let seen = self.progress.seen(lane);
        let question = checkpoint::with_stand(engine, Some(lane), question.to_owned());
        let found = bind(sqlx::query(AssertSqlSafe(question))).fetch_all(&self.db.pool).await?;
        Ok(checkpoint::including(engine, found, seen)?.pop())
    }

    /// All hot read models include everything up to here; `None`: nothing yet.
    pub fn checkpoint(&self) -> Option<Position> {
        self.progress.checkpoint()
    }
}
