//! Which commands were accepted lately, so that one sent again acts once.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::actor::IMPORT;
use domain::id::{CommandId, Position};
use domain::time::Timestamp;
use infra::clock::Clock;
use infra::db::Column::{Int, Text};
use infra::db::{Bulk, Db, Engine, Writes, json};
use infra::executor::Accepted;
use sqlx::{AssertSqlSafe, Error};

use crate::cells::Cells;
use crate::checkpoint;
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};

/// What was accepted under these ids of these scopes ([`domain::actor::Actor::scope`]), in the order of the
/// questions: within 24 hours certainly, for some time beyond perhaps. The rows have to include `included`.
pub async fn accepted(db: &Db, included: Option<Position>, ids: &[(String, CommandId)]) -> Result<Vec<Option<Accepted>>, Error> {
    let mut answers = vec![None; ids.len()];
    let numbered = ids.iter().enumerate();
    let asked = numbered.map(|(index, (scope, command))| (index, scope.as_str(), *command));
    let (imported, own): (Vec<Asked<'_>>, Vec<_>) = asked.partition(|(_, scope, _)| is_import(scope));
    if imported.is_empty() || !own.is_empty() {
        find(db, included, ask(db.engine), &own, &mut answers).await?;
    }
    if !imported.is_empty() {
        find(db, included, ask_imports(db.engine), &imported, &mut answers).await?;
    }
    Ok(answers)
}

/// The number of a question, whose command it is about, and which.
type Asked<'a> = (usize, &'a str, CommandId);

async fn find(db: &Db, included: Option<Position>, sql: String, ids: &[Asked<'_>], answers: &mut [Option<Accepted>]) -> Result<(), Error> {
    let sql = AssertSqlSafe(checkpoint::with_stand(db.engine, None, sql));
    let found = sqlx::query(sql).bind(json(ids)?).fetch_all(&db.pool).await?;
    for row in checkpoint::including(db.engine, found, included)? {
        let answer = usize::try_from(row.int("asked")?).ok().and_then(|asked| answers.get_mut(asked));
        let accepted = Accepted {
            position: row.id("position")?,
            digest: row.text("digest")?,
        };
        *answer.expect("the index of a question comes back as it was asked") = Some(accepted);
    }
    Ok(())
}

/// Whether command ids of this scope are an import's: they are kept for ever.
fn is_import(scope: &str) -> bool {
    scope.strip_prefix("service.") == Some(IMPORT)
}

/// How long a command is remembered at least.
const KEPT_SECONDS: i64 = 24 * 60 * 60;
/// How much longer it may be, so that many are trimmed at a time.
const GRACE_SECONDS: i64 = 60;

/// How many are trimmed in one batch, at most (but whole commits): it never waits long for what piled up.
const BITE: i64 = 500;

/// The question of [`accepted`] about what is no import: `$1` is an array of (number of the question, scope, command).
pub fn ask(engine: Engine) -> String {
    let (scope, command) = (engine.cell(1, Text), engine.cell(2, Text));
    ask_of(engine, "commands", &format!("c.scope = {scope} and c.command = {command}"))
}

/// The same of imports.
fn ask_imports(engine: Engine) -> String {
    ask_of(engine, "imports", &format!("c.command = {}", engine.cell(2, Text)))
}

fn ask_of(engine: Engine, table: &str, one: &str) -> String {
    let (index, asked) = (engine.cell(0, Int), engine.rows("$1"));
    match engine {
        Engine::Sqlite => format!("select {index} as asked, c.position, c.digest from {asked} join {table} c on {one}"),
        // Each by the index: of a table that has just grown PostgreSQL knows nothing yet, and would rather read it as a whole.
        Engine::Postgres => format!(
            "select {index} as asked, c.position, c.digest from {asked} \
             cross join lateral (select c.position, c.digest from {table} c where {one} limit 1) c"
        ),
    }
}

/// Keyed by stream. What is logically there are the commands of the 24 hours before the newest one; older ones are
/// trimmed in small bites, by the first lane for all, so how many of them are left depends on the batches. An import's stand in a
/// table of their own and stay.
#[derive(Debug)]
pub struct Commands {
    clock: Clock,
    /// What is older is left out.
    since: Option<Timestamp>,
    /// When the first command in the table was recorded, if that is known.
    oldest: Option<Timestamp>,
}

const OLDEST: &str = "select recorded_at from commands order by position limit 1";

const TRIM: &str = "delete from commands where recorded_at < $1 \
     and position <= (select max(position) from (select position from commands order by position limit $2) b)";

const ACCEPTED: Bulk = Bulk {
    table: "commands",
    columns: &[
        ("scope", Text),
        ("command", Text),
        ("position", Int),
        ("digest", Text),
        ("recorded_at", Int),
    ],
    // Two processes may have accepted the same id for different streams at the same time: the first in the log it is, in whatever order they are applied.
    conflict: "on conflict (command, scope) do update set position = excluded.position, digest = excluded.digest, recorded_at = excluded.recorded_at \
               where excluded.position < commands.position",
};

const IMPORTED: Bulk = Bulk {
    table: "imports",
    columns: &[("command", Text), ("position", Int), ("digest", Text)],
    conflict: "on conflict (command) do update set position = excluded.position, digest = excluded.digest \
               where excluded.position < imports.position",
};

#[async_trait]
impl Projection for Commands {
    fn name(&self) -> &'static str {
        "commands"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let own = batch.facts.iter().filter(|fact| lane.owns_stream(&fact.stream));
        let own = own.filter(|fact| self.since <= Some(fact.recorded_at) || is_import(&fact.by.scope()));
        let mut rows = BTreeMap::new();
        for fact in own {
            let row = (fact.at.position, fact.digest.as_str(), fact.recorded_at);
            let first = rows.entry((fact.command, fact.by.scope())).or_insert(row);
            *first = row.min(*first);
        }
        // The earliest of the batch, and no later than now: a stream that was written while a clock was ahead stays ahead for as
        // long, and does not make the others' commands old.
        let now = rows.values().map(|(_, _, at)| *at).min().map(|at| at.min(self.clock.now()));
        let (imported, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|((_, scope), _)| is_import(scope));
        let imported: Vec<_> = imported
            .into_iter()
            .map(|((command, _), (position, digest, _))| (command, position, digest))
            .collect();
        let rows: Vec<_> = rows
            .into_iter()
            .map(|((command, scope), (position, digest, at))| (scope, command, position, digest, at))
            .collect();
        ACCEPTED.insert(writes, &rows).await?;
        IMPORTED.insert(writes, &imported).await?;
        if let (0, Some(now)) = (lane.index, now) {
            self.trim(now, writes).await?;
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.oldest = None;
    }
}

impl Commands {
    /// Those that are older than a day by this clock may be trimmed.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            since: None,
            oldest: None,
        }
    }

    /// The same of a log that is read to its end, where the newest is of this time: what would be trimmed by then is left out at once.
    pub fn until(clock: Clock, newest: Option<Timestamp>) -> Self {
        let since = newest.map(|newest| newest.min(clock.now()).plus_seconds(-KEPT_SECONDS));
        Self {
            clock,
            since,
            oldest: None,
        }
    }

    /// Trims what was recorded more than 24 hours before `now`, a bite of it. While there is no such thing, nothing is asked.
    async fn trim(&mut self, now: Timestamp, writes: &mut Writes<'_>) -> Result<(), Error> {
        let kept = now.plus_seconds(-KEPT_SECONDS);
        if self.oldest.is_none() {
            self.oldest = sqlx::query(OLDEST)
                .fetch_optional(writes.settled().await?)
                .await?
                .map(|row| row.time("recorded_at"))
                .transpose()?;
        }
        // Not one by one as they come of age.
        if self.oldest.is_some_and(|oldest| oldest < kept.plus_seconds(-GRACE_SECONDS)) {
            sqlx::query(TRIM).bind(kept.0).bind(BITE).execute(writes.settled().await?).await?;
            self.oldest = None;
        }
        Ok(())
    }
}
