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

/// How read models are made anew that can't be used, for operators.
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
    #[error("the read models are cut into {found} lanes, {expected} were asked for (database.lanes)")]
    OtherLanes {
        /// Theirs.
        found: i64,
        /// As asked for.
        expected: u32,
    },
    /// Made by an older version of the program.
    #[error("projection {projection} is at version {found}, this program makes version {expected}")]
    OlderVersion {
        /// Which.
        projection: String,
        /// Its rows' version.
        found: i64,
        /// This program's.
        expected: i32,
    },
    /// Made by a newer version of the program.
    #[error(
        "projection {projection} is at version {found}, and this program makes version {expected}: use the newer version of heliograph that made it.          Only if that is not what you want: {anew}",
        anew = ANEW
    )]
    NewerVersion {
        /// Which.
        projection: String,
        /// Its rows' version.
        found: i64,
        /// This program's.
        expected: i32,
    },
    /// A projection that is new.
    #[error("projection {0} has no rows yet, while others have")]
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

/// What a database holds, whether or not it is what is asked for.
#[derive(Debug)]
pub struct Found {
    /// Where each of its lanes stands.
    pub marks: Vec<Option<Mark>>,
    /// Why it is to be made anew, though it may serve until then: of another version, or in another number of lanes.
    pub outdated: Option<Refused>,
}

/// Makes the checkpoints of a new database, or answers what those of an old one are. Refused is what may not even serve.
pub async fn find(db: &Db, log: LogId, lanes: u32, projections: &[(&'static str, i32)]) -> Result<Found, Refused> {
    match prepare(db, log, lanes, projections).await {
        Ok(marks) => Ok(Found { marks, outdated: None }),
        Err(refused @ (Refused::OtherLanes { .. } | Refused::OlderVersion { .. } | Refused::Missing(_))) => {
            let rows = rows(db).await?;
            let lanes = rows.first().and_then(|row| u32::try_from(row.lanes).ok()).unwrap_or(lanes);
            let marks = marks(&rows, lanes)?;
            let outdated = Some(refused);
            Ok(Found { marks, outdated })
        }
        Err(refused) => Err(refused),
    }
}

/// Into how many lanes the rows are cut; `None`: there are none yet.
pub(crate) async fn lanes(db: &Db) -> Result<Option<u32>, sqlx::Error> {
    let (lanes,): (i64,) = sqlx::query_as("select coalesce(max(lanes), 0) from checkpoints")
        .fetch_one(&db.pool)
        .await?;
    Ok(u32::try_from(lanes).ok().filter(|lanes| *lanes > 0))
}

/// The projections that a lane has rows of, and their versions.
pub(crate) async fn versions(db: &Db, lane: &Lane) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as("select projection, version from checkpoints where lane = $1 order by projection")
        .bind(i64::from(lane.index))
        .fetch_all(&db.pool)
        .await
}

/// What the lane that is furthest includes.
pub(crate) async fn highest<'e>(rows: impl Executor<'e, Database = Any>) -> Result<Option<Position>, sqlx::Error> {
    let (position,): (i64,) = sqlx::query_as("select coalesce(max(position), 0) from checkpoints")
        .fetch_one(rows)
        .await?;
    Ok(Position::try_from(position).ok())
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

fn same_log(rows: &[Row], log: LogId) -> Result<(), Refused> {
    match rows.iter().find(|row| row.log != log.to_string()) {
        Some(row) => Err(Refused::OtherLog {
            found: row.log.clone(),
            expected: log,
        }),
        None => Ok(()),
    }
}

/// Older programs do not make anew what newer ones have made: while one is replaced by the other they would never come to an end.
fn none_newer(rows: &[Row], projections: &[(&'static str, i32)]) -> Result<(), Refused> {
    for row in rows {
        let ours = projections.iter().find(|(name, _)| *name == row.projection);
        if let Some((_, version)) = ours.filter(|(_, version)| i64::from(*version) < row.version) {
            return Err(Refused::NewerVersion {
                projection: row.projection.clone(),
                found: row.version,
                expected: *version,
            });
        }
    }
    Ok(())
}

fn check(rows: &[Row], log: LogId, lanes: u32, projections: &[(&'static str, i32)]) -> Result<Vec<Option<Mark>>, Refused> {
    same_log(rows, log)?;
    none_newer(rows, projections)?;
    for row in rows {
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
        if first.version < i64::from(*version) {
            return Err(Refused::OlderVersion {
                projection: (*projection).to_owned(),
                found: first.version,
                expected: *version,
            });
        }
    }
    marks(rows, lanes)
}

fn marks(rows: &[Row], lanes: u32) -> Result<Vec<Option<Mark>>, Refused> {
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

/// A question that also asks how far the rows are at that moment (`of`: one lane's, else all), of a database that may become an older
/// copy of itself: by a failover, or a crash, which takes what was not synced. Its first column is never null.
pub(crate) fn with_stand(engine: Engine, of: Option<Lane>, question: String) -> String {
    // Others in another number of lanes, which have taken the place of these, include as much.
    let whose = of.map_or_else(String::new, |Lane { index, of }| format!(" where lane = {index} or lanes <> {of}"));
    match engine {
        // A file that is open stays what it is.
        Engine::Sqlite => question,
        Engine::Postgres => format!(
            "select s.stand, q.* from (select coalesce(min(position), 0) as stand from checkpoints{whose}) s left join ({question}) q on true"
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
    /// Of these projections, in these versions: of a newer one's rows nothing is known.
    pub fn new(engine: Engine, lane: Lane, projections: &[(String, i64)]) -> Self {
        let (index, of) = (lane.index, lane.of);
        let named: Vec<String> = projections.iter().map(|(name, version)| format!("('{name}', {version})")).collect();
        let named = named.join(", ");
        let wanted = engine.rows("$1");
        let cell = |index, column| engine.cell(index, column);
        let moving = format!(
            "update checkpoints set position = {}, commit_id = {} from {wanted} where lane = {index} and lanes = {of} and log = {} and \
             position = {} and commit_id = {} and (projection, version) in (values {named})",
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
