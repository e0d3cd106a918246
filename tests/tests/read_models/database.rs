//! A database of read models, fed with batches as the runner would, on either engine.

use std::sync::Arc;

use domain::fact::Fact;
use domain::id::LogId;
use heliograph_tests::postgres::Postgres;
use infra::db::{Db, Engine, Writes};
use projections::lane::Lane;
use projections::projection::{Batch, Projection};
use projections::state::State;
use projections::{ReadModels, bans, chats, commands, dialogs, directory, links, members, mentions, people, pins, reactions, timeline};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Connection, Row};
use tempfile::TempDir;
use uuid::Uuid;

/// Tables with what orders their rows, and which rows are logically there.
const TABLES: &[(&str, &str, &str)] = &[
    ("accounts", "account", ""),
    ("devices", "account, device", ""),
    ("usernames", "name", ""),
    ("contacts", "account, contact", ""),
    ("blocked", "account, other", ""),
    ("privacy", "account", ""),
    ("phones", "account", ""),
    ("chats", "chat", ""),
    ("members", "chat, account", ""),
    ("bans", "chat, account", ""),
    ("restrictions", "chat, account", ""),
    ("links", "chat, link", ""),
    ("link_uses", "chat, link", ""),
    ("join_requests", "chat, account", ""),
    ("timeline", "chat, message", ""),
    ("reactions", "chat, message, account, emoji", ""),
    ("reaction_counts", "chat, message", ""),
    ("pins", "chat, message", ""),
    ("mentions", "account, chat, message", ""),
    ("dialogs", "account, chat", ""),
    ("dialog_pins", "account, chat", ""),
    ("hidden", "account, chat, message", ""),
    (
        "commands",
        "scope, command",
        "where recorded_at >= (select max(recorded_at) from commands) - 86400000000",
    ),
    ("imports", "command", ""),
];

/// What a database runs on, and what is remembered beside it.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) state: State,
    _postgres: Option<Postgres>,
    _folder: TempDir,
}

impl Place {
    pub(crate) async fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Postgres::start().await),
        };
        let url = match &postgres {
            Some(postgres) => postgres.database().await,
            None => file("rows.db"),
        };
        Self {
            url,
            state: State::open(Db::open(&file("state.db"), 1, "off").await.unwrap()).await.unwrap(),
            _postgres: postgres,
            _folder: folder,
        }
    }
}

/// A database and what it runs on.
pub(crate) struct Database {
    pub(crate) models: ReadModels,
    _place: Place,
}

impl Database {
    pub(crate) async fn open(engine: Engine) -> Self {
        let place = Place::new(engine).await;
        let db = Db::open(&place.url, 4, "off").await.unwrap();
        let models = ReadModels::open(db, place.state.clone(), LogId(Uuid::nil()), 1).await.unwrap();
        Self { models, _place: place }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.models.db
    }

    /// Applies the facts as one batch, in one lane.
    pub(crate) async fn apply(&self, facts: &[Arc<Fact>]) {
        self.apply_cut(&[facts], 1).await;
    }

    /// Applies batch after batch, lane after lane: the last lane sees nothing before the first has seen it all.
    pub(crate) async fn apply_cut(&self, batches: &[&[Arc<Fact>]], lanes: u32) {
        let mut connection = self.db().pool.acquire().await.unwrap();
        for lane in Lane::all(lanes) {
            let mut projections = all();
            for facts in batches {
                let batch = Batch { facts: facts.to_vec() };
                let mut tx = connection.begin().await.unwrap();
                let mut writes = Writes::new(self.db().engine, &mut tx);
                for projection in &mut projections {
                    projection.apply(&lane, &batch, &mut writes).await.unwrap();
                }
                writes.settled().await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    }

    /// All logical rows, as text.
    pub(crate) async fn rows(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (table, order, condition) in TABLES {
            let sql = AssertSqlSafe(format!("select * from {table} {condition} order by {order}"));
            let rows = sqlx::query(sql).fetch_all(&self.db().pool).await.unwrap();
            all.extend(rows.iter().map(|row| format!("{table}: {}", text(row))));
        }
        all
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let sql = AssertSqlSafe(format!("select count(*) from {table}"));
        sqlx::query_scalar(sql).fetch_one(&self.db().pool).await.unwrap()
    }

    pub(crate) async fn clear(&self) {
        for (table, ..) in TABLES {
            sqlx::query(AssertSqlSafe(format!("delete from {table}")))
                .execute(&self.db().pool)
                .await
                .unwrap();
        }
    }
}

/// The projections of these tests.
pub(crate) fn all() -> Vec<Box<dyn Projection>> {
    vec![
        Box::new(directory::Directory),
        Box::new(people::People),
        Box::new(chats::Chats),
        Box::new(members::Members),
        Box::new(bans::Bans),
        Box::new(links::Links),
        Box::new(timeline::Timeline),
        Box::new(reactions::Reactions),
        Box::new(pins::Pins),
        Box::new(mentions::Mentions),
        Box::new(dialogs::Dialogs),
        Box::new(commands::Commands::new(infra::clock::Clock::system())),
    ]
}

fn text(row: &AnyRow) -> String {
    let cell = |index: usize| {
        let number = row
            .try_get::<Option<i64>, _>(index)
            .map(|number| number.map(|number| number.to_string()));
        let cell = number.or_else(|_| row.try_get::<Option<String>, _>(index)).unwrap();
        cell.unwrap_or_else(|| "null".to_owned())
    };
    (0..row.len()).map(cell).collect::<Vec<_>>().join(" | ")
}
