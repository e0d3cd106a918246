//! Read models that stand apart, as the archive and what is searched: in a database file (or schema) of their own, in one lane, with
//! checkpoints of their own. What an older version of the program made of the log is made anew.

use domain::id::LogId;
use infra::db::{Db, Engine};
use sqlx::Connection as _;
use sqlx::migrate::Migrator;

use crate::ReadModels;
use crate::read_models::OpenError;
use crate::state::State;

/// What stands apart: one projection, and its tables on each engine.
#[derive(Debug)]
pub(crate) struct Apart {
    /// Its name in checkpoints and in what operators see.
    pub(crate) name: &'static str,
    /// Rises when the same log gives other rows than before.
    pub(crate) version: i32,
    /// Its tables in a SQLite file.
    pub(crate) sqlite: &'static Migrator,
    /// Its tables in a schema of PostgreSQL.
    pub(crate) postgres: &'static Migrator,
}

impl Apart {
    /// Opens it for the log with this id; `clear` takes what an older version made.
    pub(crate) async fn open(
        &self,
        db: Db,
        state: State,
        log: LogId,
        clear: impl AsyncFnOnce(&Db) -> Result<(), sqlx::Error>,
    ) -> Result<ReadModels, OpenError> {
        let migrations = match db.engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        };
        migrations.run(&db.pool.now()).await?;
        let own = [(self.name, self.version)];
        let opened = || ReadModels::of(self.name, db.clone(), state.clone(), log, 1, &own);
        let (models, outdated) = opened().await?;
        if outdated.is_none() {
            return Ok(models);
        }
        clear(&db).await?;
        match opened().await? {
            (_, Some(outdated)) => Err(outdated.into()),
            (models, None) => Ok(models),
        }
    }

    /// Empties it of what an older version made. The checkpoint first: whoever feeds it begins with that, so that none of its rows comes in
    /// between; and where it is not there any more, another process has begun anew.
    pub(crate) async fn clear_by(&self, db: &Db, emptying: &'static str) -> Result<(), sqlx::Error> {
        let mut connection = db.pool.acquire().await?;
        let mut tx = connection.begin().await?;
        let older = sqlx::query("delete from checkpoints where projection = $1 and version < $2");
        let older = older.bind(self.name).bind(i64::from(self.version)).execute(&mut *tx).await?;
        if older.rows_affected() > 0 {
            sqlx::raw_sql(emptying).execute(&mut *tx).await?;
        }
        tx.commit().await
    }
}
