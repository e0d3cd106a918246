//! Checkpoints: where each lane stands in the log, moved by compare-and-set with the rows.

use std::str::FromStr;

use domain::id::{CommitId, LogId, Position};
use infra::db::{Claim, Column, Db, Engine, json};
use infra::log::Mark;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Connection, Executor, Row as _, ValueRef};
use uuid::Uuid;

use crate::cells::Cells;
use crate::lane::Lane;

/// How read models are made anew, for operators.
pub(crate) const ANEW: &str = "have the read models made anew from the log: stop the server, delete read.db in the data folder \
                               (with PostgreSQL: make a new, empty database and name it by database.url), and start again";

/// Why a database's rows can't be used as they are.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The database can't be used.
    #[error("the read models' database: {0}")]
    Database(#[from] sqlx::Error),
    /// Made from another log.
    #[error(
        "the read models were made from log {found}, this is log {expected}: connect them to their log; if that is lost, first put it back from a \
         backup. Only if this log is the right one: {anew}",
        anew = ANEW
    )]
    OtherLog {
        /// Theirs.
        found: String,
        /// The one they were opened with.
        expected: LogId,
    },
    /// Cut otherwise.
    #[error("the read models are cut into {found} lanes, {expected} were asked for: set database.lanes = {found}, or {anew}", anew = ANEW)]
    OtherLanes {
        /// Theirs.
        found: i64,
        /// As asked for.
        expected: u32,
    },
    /// Made by another version of the program.
    #[error("projection {projection} is at version {found}, this program makes version {expected}: {anew}", anew = ANEW)]
    OtherVersion {
        /// Which.
        projection: String,
        /// Its rows' version.
        found: i64,
        /// This program's.
        expected: i32,
    },
    /// A projection that the others are ahead of.
    #[error("projection {0} has no checkpoint while others have moved on: {anew}", anew = ANEW)]
    Missing(&'static str),
    /// The lane's checkpoints disagree.
    #[error("the checkpoints of lane {0} do not agree with each other: {anew}", anew = ANEW)]
    Torn(u32),
}

#[derive(sqlx::FromRow)]
struct Row {
    projection: String,
    version: i64,
    lane: i64,
    lanes: i64,
    log: String,
    position: i64,
    commit_id: String,
}

impl Row {
    fn mark(&self) -> Option<Mark> {
        Some(Mark {
            log: LogId(Uuid::from_str(&self.log).ok()?),
            position: Position::try_from(self.position).ok()?,
            commit: CommitId(Uuid::from_str(&self.commit_id).ok()?),
        })
    }
}

async fn rows(db: &Db) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as("select projection, version, lane, lanes, log, position, commit_id from checkpoints order by lane, projection")
        .fetch_all(&db.pool)
        .await
}

/// Makes the checkpoints of a new database, or checks that those of an old one are of this log, these
/// versions and as many lanes. Answers where each lane stands.
pub async fn prepare(db: &Db, log: LogId, lanes: u32, projections: &[(&'static str, i32)]) -> Result<Vec<Option<Mark>>, Refused> {
    if rows(db).await?.is_empty() {
        create(db, log, lanes, projections).await?;
    }
    check(&rows(db).await?, log, lanes, projections)
}

async fn create(db: &Db, log: LogId, lanes: u32, projections: &[(&'static str, i32)]) -> Result<(), sqlx::Error> {
    let mut connection = db.pool.acquire().await?;
    let mut tx = connection.begin().await?;
    for lane in Lane::all(lanes) {
        for (projection, version) in projections {
            sqlx::query(
                "insert into checkpoints (projection, version, lane, lanes, log, position, commit_id) values ($1, $2, $3, $4, $5, 0, '') \
                 on conflict do nothing",
            )
            .bind(*projection)
            .bind(i64::from(*version))
            .bind(i64::from(lane.index))
            .bind(i64::from(lane.of))
            .bind(log.to_string())
            .execute(&mut *tx)
            .await?;
        }
    }
    tx.commit().await
}

fn check(rows: &[Row], log: LogId, lanes: u32, projections: &[(&'static str, i32)]) -> Result<Vec<Option<Mark>>, Refused> {
    for row in rows {
        if row.log != log.to_string() {
            let found = row.log.clone();
            return Err(Refused::OtherLog { found, expected: log });
        }
        if row.lanes != i64::from(lanes) {
            return Err(Refused::OtherLanes {
                found: row.lanes,
                expected: lanes,
            });
        }
    }
    for (projection, version) in projections {
        let mut found = rows.iter().filter(|row| row.projection == *projection).peekable();
        let first = found.peek().ok_or(Refused::Missing(projection))?;
        if first.version != i64::from(*version) {
            return Err(Refused::OtherVersion {
                projection: (*projection).to_owned(),
                found: first.version,
                expected: *version,
            });
        }
    }
    Lane::all(lanes)
        .map(|lane| {
            let mut marks = rows.iter().filter(|row| row.lane == i64::from(lane.index)).map(Row::mark);
            let first = marks.next().ok_or(Refused::Torn(lane.index))?;
            if marks.all(|mark| mark == first) {
                Ok(first)
            } else {
                Err(Refused::Torn(lane.index))
            }
        })
        .collect()
}

/// What all lanes include; `None`: one of them nothing yet.
pub async fn lowest<'e>(rows: impl Executor<'e, Database = Any>) -> Result<Option<Position>, sqlx::Error> {
    let (position,): (i64,) = sqlx::query_as("select coalesce(min(position), 0) from checkpoints")
        .fetch_one(rows)
        .await?;
    Ok(Position::try_from(position).ok())
}

/// A question that also asks what all lanes include at that moment, of a database that may become an older copy of itself: by a
/// failover, or a crash, which takes what was not synced. Its first column is never null.
pub(crate) fn with_stand(engine: Engine, question: String) -> String {
    match engine {
        // A file that is open stays what it is.
        Engine::Sqlite => question,
        Engine::Postgres => format!(
            "select s.stand, q.* from (select coalesce(min(position), 0) as stand from checkpoints) s left join ({question}) q on true"
        ),
    }
}

/// What such a question found; an error where the rows do not include, or no longer, what they have to.
pub(crate) fn including(engine: Engine, mut found: Vec<AnyRow>, included: Option<Position>) -> Result<Vec<AnyRow>, sqlx::Error> {
    if engine == Engine::Sqlite {
        return Ok(found);
    }
    let stand = found.first().ok_or(sqlx::Error::RowNotFound)?.int("stand")?;
    if Position::try_from(stand).ok() < included {
        let why = "the rows are behind where they were: the database is an older copy of itself";
        return Err(sqlx::Error::Io(std::io::Error::other(why)));
    }
    // Where nothing was found there is one row of nulls.
    if found.len() == 1 && found[0].try_get_raw(1)?.is_null() {
        found.clear();
    }
    Ok(found)
}

/// Where a lane stands; `None` before its first commit.
pub async fn load(db: &Db, lane: &Lane) -> Result<Option<Mark>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "select projection, version, lane, lanes, log, position, commit_id from checkpoints where lane = $1 order by projection limit 1",
    )
    .bind(i64::from(lane.index))
    .fetch_optional(&db.pool)
    .await?;
    Ok(row.as_ref().and_then(Row::mark))
}

/// Checkpoints of one lane that move together: those of the projections that share its transaction.
#[derive(Debug)]
pub struct Together {
    projections: usize,
    moving: String,
}

impl Together {
    /// Of these projections.
    pub fn new(engine: Engine, lane: Lane, projections: &[&'static str]) -> Self {
        let (index, of, names) = (lane.index, lane.of, projections.join("', '"));
        let wanted = engine.rows("$1");
        let cell = |index, column| engine.cell(index, column);
        let moving = format!(
            "update checkpoints set position = {}, commit_id = {} from {wanted} where lane = {index} and lanes = {of} and log = {} and \
             position = {} and commit_id = {} and projection in ('{names}')",
            cell(0, Column::Int),
            cell(1, Column::Text),
            cell(2, Column::Text),
            cell(3, Column::Int),
            cell(4, Column::Text),
        );
        Self {
            projections: projections.len(),
            moving,
        }
    }

    /// Moves the checkpoints from one commit to a later one. `false`: they are elsewhere, somebody else has moved
    /// them; nothing of this transaction may stand. It is the transaction's first statement, so that of two runners
    /// one waits, and both read settled rows.
    pub async fn advance(&self, tx: &mut AnyConnection, from: Option<&Mark>, to: &Mark) -> Result<bool, sqlx::Error> {
        let moved = sqlx::query(AssertSqlSafe(self.moving.as_str()))
            .bind(json(&[places(from, to)])?)
            .execute(tx)
            .await?;
        Ok(moved.rows_affected() == self.projections as u64)
    }

    /// The same as the claim of a [`Writes::transaction`](infra::db::Writes::transaction).
    pub fn claim(&self, from: Option<&Mark>, to: &Mark) -> Result<Claim, sqlx::Error> {
        Ok(Claim {
            sql: self.moving.clone(),
            parameter: json(&[places(from, to)])?,
            rows: self.projections,
            // No projection is called null.
            refusing: ("checkpoints", "0, 0, 0, '', 0, ''"),
        })
    }
}

fn places(from: Option<&Mark>, to: &Mark) -> (i64, String, String, i64, String) {
    (
        to.position.get(),
        to.commit.to_string(),
        to.log.to_string(),
        from.map_or(0, |mark| mark.position.get()),
        from.map_or_else(String::new, |mark| mark.commit.to_string()),
    )
}
