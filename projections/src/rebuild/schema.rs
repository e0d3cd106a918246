//! Read models in PostgreSQL: built in a schema of their own, whose tables then take the place of those that serve in one transaction.
//!
//! Whoever reads waits for that moment; names mean the new tables from then on, in every process, also in statements prepared before.

use std::time::Duration;

use domain::id::Position;
use infra::db::{Db, Lease, in_time};
use sqlx::AssertSqlSafe;
use tokio::time::sleep;

use super::Error;
use super::chase::Chase;
use crate::checkpoint;
use crate::read_models::{ReadModels, TABLES};

/// How long those that serve stand still for the new ones, at most.
const STANDSTILL: Duration = Duration::from_secs(2);
/// How long the whole may take.
const SWAP: Duration = Duration::from_secs(15);
/// How long a table's readers are waited for: others wait behind. Shorter than PostgreSQL takes to look for a deadlock.
const TURN: &str = "300ms";
const TRIES: u32 = 100;
/// How often those that serve stand still for nothing.
const STANDSTILLS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// What is said of a schema in which read models are built, and of no other: by its name alone it may be somebody else's.
const MARK: &str = "Heliograph builds read models here; it drops this schema";

/// Where the read models' tables are in PostgreSQL.
#[derive(Debug)]
pub struct Schema {
    /// The database.
    pub url: String,
}

impl Schema {
    pub(super) async fn begin(&self, live: &ReadModels, lanes: u32) -> Result<Building, Error> {
        let mut turn = self.turn().await?;
        let next = turn.next.clone();
        turn.empty().await?;
        if turn.found().await?.is_some() {
            return Err(Error::Taken(next));
        }
        run(
            &mut turn.lock,
            format!("create schema {next}; comment on schema {next} is '{MARK}'"),
        )
        .await?;
        let db = Db::open_schema(&self.url, lanes + 2, &next).await?;
        let models = ReadModels::open(db, live.state.clone(), live.log, lanes).await?;
        Ok(Building { models, turn })
    }

    /// Drops what a process that was killed has left. `false`: another one builds there, or so it seems, since PostgreSQL may take a
    /// moment to notice that it is gone.
    pub(super) async fn clear_away(&self, live: &ReadModels) -> Result<bool, Error> {
        let left = "select nspname::text from pg_namespace where nspname::text = current_schema()::text || '_next'";
        if sqlx::query(left).fetch_optional(&live.db.pool).await?.is_none() {
            return Ok(true);
        }
        match self.turn().await {
            Ok(turn) => in_time(SWAP, turn.clear()).await.map(|()| true).map_err(Error::from),
            Err(Error::Elsewhere) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The right to build there, if nobody else has it.
    async fn turn(&self) -> Result<Turn, Error> {
        // Of its own: readers keep theirs.
        let own = Db::open(&self.url, 2, "normal").await?;
        let mut lock = own.pool.acquire().await?;
        // Whoever goes away gives the lock away with the connection.
        lock.close_on_drop();
        let (schema,): (String,) = sqlx::query_as("select current_schema()::text").fetch_one(&mut *lock).await?;
        let (serving, next) = (quoted(&schema), quoted(&format!("{schema}_next")));
        let (taken,): (i64,) = sqlx::query_as(
            "select (case when pg_try_advisory_lock(hashtext('heliograph rebuild'), hashtext($1)) then 1 else 0 end)::bigint",
        )
        .bind(schema.clone())
        .fetch_one(&mut *lock)
        .await?;
        if taken == 0 {
            return Err(Error::Elsewhere);
        }
        Ok(Turn { serving, next, lock, own })
    }
}

/// The right to build beside the read models that serve.
#[derive(Debug)]
struct Turn {
    serving: String,
    next: String,
    /// Held by this connection: nobody else builds.
    lock: Lease,
    /// For that, and for putting the tables in place.
    own: Db,
}

impl Turn {
    /// What is said of the schema that is there, if one is.
    async fn found(&mut self) -> Result<Option<String>, sqlx::Error> {
        let said =
            "select coalesce(obj_description(oid, 'pg_namespace'), '')::text from pg_namespace where oid = to_regnamespace($1::text)::oid";
        let said = sqlx::query_scalar(said).bind(self.next.clone());
        said.fetch_optional(&mut *self.lock).await
    }

    /// Drops the schema, whatever is in it, if read models were built there; another's stays.
    async fn empty(&mut self) -> Result<(), sqlx::Error> {
        match self.found().await? {
            Some(said) if said == MARK => run(&mut self.lock, format!("drop schema {} cascade", self.next)).await,
            Some(_) | None => Ok(()),
        }
    }

    /// Drops the schema by the connection that has the lock: without it others may be building there by now.
    async fn clear(mut self) -> Result<(), sqlx::Error> {
        let dropped = self.empty().await;
        let Self { mut lock, own, .. } = self;
        // PostgreSQL may take a moment to notice that the connection is gone, and the next one may be asked for at once.
        let given_back = run(&mut lock, "select pg_advisory_unlock_all()".to_owned()).await;
        drop(lock);
        own.close().await;
        dropped.and(given_back)
    }
}

/// A schema in which read models are being built.
#[derive(Debug)]
pub(super) struct Building {
    models: ReadModels,
    turn: Turn,
}

impl Building {
    pub(super) fn models(&self) -> &ReadModels {
        &self.models
    }

    /// Of tables that have just grown PostgreSQL knows nothing.
    pub(super) async fn finish(&mut self) -> Result<(), Error> {
        for table in TABLES {
            run(&mut self.turn.lock, format!("analyze {}.{table}", self.turn.next)).await?;
        }
        Ok(())
    }

    pub(super) async fn swap(&mut self, live: &ReadModels, chase: Chase) -> Result<(), Error> {
        let (mut why, mut standstills) = (String::new(), 0);
        for _ in 0..TRIES {
            match in_time(SWAP, self.put_in_place(&chase)).await {
                Ok(true) => {
                    live.renewed(self.models.progress.marks());
                    return Ok(());
                }
                Ok(false) => {
                    standstills += 1;
                    if standstills == STANDSTILLS {
                        return Err(Error::NoTurn("they came no nearer to what serves".to_owned()));
                    }
                }
                // Somebody reads for a long time, or there was a deadlock: others wait no longer than that.
                Err(sqlx::Error::Database(error)) if matches!(error.code().as_deref(), Some("55P03" | "40P01")) => {
                    why = error.to_string();
                }
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = sleep(PAUSE) => {}
                why = chase.failed() => return Err(Error::Building(why)),
            }
        }
        Err(Error::NoTurn(why))
    }

    /// Tries it once. `false`: what is built is too far behind.
    async fn put_in_place(&mut self, chase: &Chase) -> Result<bool, sqlx::Error> {
        let Turn { serving, next, own, .. } = &self.turn;
        let mut connection = own.pool.acquire().await?;
        // Given up half-way, nothing of it stands.
        connection.close_on_drop();
        // Every lane's transaction begins with its checkpoints: from here on those that serve stand still. Readers go on.
        let still = format!("begin; set local lock_timeout = '{TURN}'; lock table {serving}.checkpoints in exclusive mode");
        run(&mut connection, still).await?;
        let stand = checkpoint::highest(&mut *connection).await?;
        if !matches!(chase.includes(stand, STANDSTILL).await, Ok(true)) {
            return Ok(false);
        }
        run(&mut connection, format!("lock table {next}.checkpoints in exclusive mode")).await?;
        // As the rows have it: what was not on the disk yet is lost when PostgreSQL is killed, and another process may have begun anew.
        let (built,): (Option<i64>,) = sqlx::query_as(AssertSqlSafe(format!("select min(position) from {next}.checkpoints")))
            .fetch_one(&mut *connection)
            .await?;
        if built < stand.map(Position::get) {
            return Ok(false);
        }
        let tables = TABLES.map(|table| format!("drop table {serving}.{table}; alter table {next}.{table} set schema {serving}"));
        let tables = tables.join("; ");
        let checkpoints = format!(
            "delete from {serving}.checkpoints where projection in (select projection from {next}.checkpoints); \
             insert into {serving}.checkpoints select * from {next}.checkpoints"
        );
        run(&mut connection, tables).await?;
        run(&mut connection, checkpoints).await?;
        run(&mut connection, "commit".to_owned()).await?;
        Ok(true)
    }

    /// Drops the schema, whatever is left in it.
    pub(super) async fn discard(self) {
        self.models.db.close().await;
        if let Err(error) = self.turn.clear().await {
            tracing::warn!(%error, "the schema in which read models were built can't be dropped; building them again does that, and so does the next start");
        }
    }
}

async fn run(connection: &mut Lease, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **connection).await.map(drop)
}

/// As a name in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is no read model: how far the lanes and the migrations have come, and what is kept of streams for deciding.
    const OTHERS: [&str; 3] = ["_sqlx_migrations", "checkpoints", "snapshots"];

    #[tokio::test]
    async fn every_table_is_one_that_is_made_anew_or_is_known_to_stay() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("read.db").display());
        let db = Db::open(&url, 1, "normal").await.unwrap();
        sqlx::migrate!("migrations/sqlite").run(&db.pool.now()).await.unwrap();
        let tables = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name";
        let there: Vec<String> = sqlx::query_scalar(tables).fetch_all(&db.pool).await.unwrap();
        let mut known = [&TABLES[..], &OTHERS[..]].concat();
        known.sort_unstable();
        assert_eq!(there, known);
        db.close().await;
    }
}
