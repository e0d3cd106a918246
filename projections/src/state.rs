//! Operational state: durable, but not from the log and never an input of a projection.

mod chat_floors;
mod counts;
mod cursors;
mod floors;
pub(crate) mod outbox;
mod reacted;
mod reactors;
mod seen;
mod views;

use domain::id::AccountId;
use infra::db::{Db, Engine, json};
use sqlx::AssertSqlSafe;
use sqlx::migrate::Migrator;

pub use cursors::Cursor;
pub(crate) use reacted::Reacted;

static SQLITE: Migrator = sqlx::migrate!("migrations/state/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/state/postgres");

/// Device cursors, what was trimmed, when devices were seen, where reactors stand, what waits to be delivered. In a database of its own
/// (`state.db`), or beside the read models.
#[derive(Debug, Clone)]
pub struct State {
    /// Where the rows are.
    pub db: Db,
}

impl State {
    /// Opens the operational state: brings its tables up to date.
    pub async fn open(db: Db) -> Result<Self, sqlx::migrate::MigrateError> {
        let migrations = match db.engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        };
        let mut migrations = Migrator {
            migrations: migrations.migrations.clone(),
            ..Migrator::DEFAULT
        };
        // A list of its own: the read models' migrations may be in the same database.
        migrations.dangerous_set_table_name("_state_migrations");
        migrations.run(&db.pool.now()).await?;
        Ok(Self { db })
    }

    /// Forgets when these accounts' devices were there, how far they were, and what they have seen. Where their updates begin is kept: clearing away relies on
    /// it, and it tells of no time.
    pub async fn forget(&self, accounts: &[AccountId]) -> Result<(), sqlx::Error> {
        for table in ["seen", "cursors", "views"] {
            let sql = format!("delete from {table} where account in ({})", self.db.engine.int_list("$1"));
            let forgotten = sqlx::query(AssertSqlSafe(sql)).bind(json(accounts)?);
            forgotten.execute(&self.db.pool).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
