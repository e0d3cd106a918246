//! What a transaction writes: as few calls as can be, for in a SQLite file each changes threads, and to PostgreSQL each is a journey.

use std::collections::HashSet;

use futures::TryStreamExt as _;
use sqlx::{AnyConnection, AssertSqlSafe, Executor as _};

use super::Engine;

/// Begins a transaction whose rows a crash of PostgreSQL may take, whole.
const UNSYNCED: &str = "begin; set local synchronous_commit = off";

/// Statements of a transaction, in their order.
#[derive(Debug)]
pub struct Writes<'c> {
    /// Which database it is.
    pub engine: Engine,
    connection: &'c mut AnyConnection,
    waiting: Vec<Statement>,
    kind: Kind,
}

#[derive(Debug)]
struct Statement {
    table: &'static str,
    sql: String,
    parameter: String,
}

/// Whose transaction it is.
#[derive(Debug)]
enum Kind {
    /// The caller's.
    Callers,
    /// Its own, which begins with this claim once anything is written.
    Waiting(Claim),
    Begun,
}

/// An update that must change so many rows, else nothing of the transaction may stand.
#[derive(Debug)]
pub struct Claim {
    /// The update.
    pub sql: String,
    /// Its parameter, `$1`.
    pub parameter: String,
    /// How many rows.
    pub rows: usize,
    /// A table whose first column refuses nulls, and of what the rest of a row that has one may consist.
    pub refusing: (&'static str, &'static str),
}

impl<'c> Writes<'c> {
    /// Of this connection's transaction, none yet.
    pub fn new(engine: Engine, connection: &'c mut AnyConnection) -> Self {
        Self {
            engine,
            connection,
            waiting: Vec::new(),
            kind: Kind::Callers,
        }
    }

    /// Of a transaction of its own, which the disk need not have seen when it is committed. The claim's failure is an error as of
    /// data that are refused. Dropped half-way it stays open: a connection that did not see its end is not to be used further.
    pub fn transaction(engine: Engine, connection: &'c mut AnyConnection, claim: Claim) -> Self {
        Self {
            engine,
            connection,
            waiting: Vec::new(),
            kind: Kind::Waiting(claim),
        }
    }

    /// Adds a statement about a table, and its parameter, `$1`. What the database says to it may come with a later call.
    pub async fn add(&mut self, table: &'static str, sql: String, parameter: String) -> Result<(), sqlx::Error> {
        self.waiting.push(Statement { table, sql, parameter });
        match (self.engine, &self.kind) {
            (Engine::Sqlite, _) | (Engine::Postgres, Kind::Waiting(_) | Kind::Begun) => Ok(()),
            (Engine::Postgres, Kind::Callers) => self.settled().await.map(drop),
        }
    }

    /// Has everything written that was added. What is read by the connection then includes it.
    pub async fn settled(&mut self) -> Result<&mut AnyConnection, sqlx::Error> {
        if !self.waiting.is_empty() {
            let statements = std::mem::take(&mut self.waiting);
            let claim = self.begin();
            match self.engine {
                Engine::Sqlite => self.at_once(claim, statements, false).await?,
                Engine::Postgres => self.in_groups(claim, statements).await?,
            }
        }
        Ok(self.connection)
    }

    /// The connection, for reading what was there before: what was added may be seen or not.
    pub fn as_before(&mut self) -> &mut AnyConnection {
        self.connection
    }

    /// Ends the transaction of its own: all that was added is there, or, on an error, nothing.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        let done = self.end().await;
        if done.is_err() {
            self.rollback().await?;
        }
        done
    }

    /// Takes back what of the transaction of its own was written.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        match sqlx::raw_sql("rollback").execute(&mut *self.connection).await {
            // It had not begun, or the database has ended it by itself.
            Ok(_) | Err(sqlx::Error::Database(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn begin(&mut self) -> Option<Claim> {
        match std::mem::replace(&mut self.kind, Kind::Begun) {
            Kind::Waiting(claim) => Some(claim),
            Kind::Begun => None,
            Kind::Callers => {
                self.kind = Kind::Callers;
                None
            }
        }
    }

    async fn end(&mut self) -> Result<(), sqlx::Error> {
        let statements = std::mem::take(&mut self.waiting);
        let claim = self.begin();
        match (self.engine, claim) {
            (Engine::Sqlite, claim) => self.at_once(claim, statements, true).await,
            // A single statement is a transaction.
            (Engine::Postgres, Some(claim)) if apart(&statements) == statements.len() => {
                self.call(combined(Some(&claim), &statements)).await
            }
            (Engine::Postgres, claim) => {
                self.in_groups(claim, statements).await?;
                sqlx::raw_sql("commit").execute(&mut *self.connection).await.map(drop)
            }
        }
    }

    async fn at_once(&mut self, claim: Option<Claim>, statements: Vec<Statement>, is_end: bool) -> Result<(), sqlx::Error> {
        let mut text = Text::default();
        if let Some(claim) = claim {
            text.say("begin immediate");
            text.ask(&claim.sql, claim.parameter.clone());
            text.say(&claim.or_refused());
        }
        for statement in statements {
            text.ask(&statement.sql, statement.parameter);
        }
        if is_end {
            text.say("commit");
        }
        self.call(text).await
    }

    /// To PostgreSQL in groups, in each of which no table is written twice: it does them at the same time.
    async fn in_groups(&mut self, mut claim: Option<Claim>, statements: Vec<Statement>) -> Result<(), sqlx::Error> {
        if claim.is_some() {
            sqlx::raw_sql(UNSYNCED).execute(&mut *self.connection).await?;
        }
        let mut rest = statements.as_slice();
        while !rest.is_empty() || claim.is_some() {
            let (first, others) = rest.split_at(apart(rest));
            self.call(combined(claim.take().as_ref(), first)).await?;
            rest = others;
        }
        Ok(())
    }

    async fn call(&mut self, text: Text) -> Result<(), sqlx::Error> {
        let mut query = sqlx::query(AssertSqlSafe(text.sql));
        for parameter in text.parameters {
            query = query.bind(parameter);
        }
        let mut done = 0;
        let mut answers = (&mut *self.connection).fetch_many(query);
        while let Some(answer) = answers.try_next().await? {
            done += usize::from(answer.is_left());
        }
        // A driver's thread that ends says nothing.
        if done < text.statements {
            return Err(sqlx::Error::WorkerCrashed);
        }
        Ok(())
    }
}

impl Claim {
    /// For a SQLite file: refused, unless the update before it has changed all rows.
    fn or_refused(&self) -> String {
        let (table, rest) = self.refusing;
        format!("insert into {table} select null, {rest} where changes() <> {}", self.rows)
    }
}

/// Statements that go to the database in one call, with a parameter each.
#[derive(Debug, Default)]
struct Text {
    sql: String,
    parameters: Vec<String>,
    statements: usize,
}

impl Text {
    fn say(&mut self, sql: &str) {
        self.sql.push_str(sql);
        self.sql.push_str("; ");
        self.statements += 1;
    }

    fn ask(&mut self, sql: &str, parameter: String) {
        let sql = self.numbered(sql, parameter);
        self.say(&sql);
    }

    fn numbered(&mut self, sql: &str, parameter: String) -> String {
        self.parameters.push(parameter);
        sql.replace("$1", &format!("${}", self.parameters.len()))
    }
}

/// How many of them, from the first on, write a table each.
fn apart(statements: &[Statement]) -> usize {
    let mut tables = HashSet::new();
    statements.iter().take_while(|statement| tables.insert(statement.table)).count()
}

/// One statement of PostgreSQL's that does them all, each seeing what was there before. A claim that fails is a division by zero.
fn combined(claim: Option<&Claim>, statements: &[Statement]) -> Text {
    let mut text = Text::default();
    let mut parts = Vec::with_capacity(statements.len() + 1);
    if let Some(claim) = claim {
        let sql = text.numbered(&claim.sql, claim.parameter.clone());
        parts.push(format!("claim as ({sql} returning 1)"));
    }
    for (index, statement) in statements.iter().enumerate() {
        let sql = text.numbered(&statement.sql, statement.parameter.clone());
        parts.push(format!("part{index} as ({sql})"));
    }
    let end = claim.map_or_else(
        || "select 1".to_owned(),
        |claim| {
            format!(
                "select set_config('synchronous_commit', 'off', true), 1 / (case when (select count(*) from claim) = {} then 1 else 0 end)",
                claim.rows
            )
        },
    );
    text.sql = format!("with {} {end}", parts.join(", "));
    text.statements = 1;
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Column::Int;
    use crate::db::{Bulk, BulkDelete, Db};

    const NUMBERS: Bulk = Bulk {
        table: "numbers",
        columns: &[("number", Int)],
        conflict: "",
    };
    const GONE: BulkDelete = BulkDelete {
        table: "numbers",
        keys: &[("number", Int)],
    };

    /// A database in a file, with a table of numbers.
    async fn numbers(folder: &tempfile::TempDir) -> Db {
        let url = format!("sqlite:{}", folder.path().join("some.db").display());
        let db = Db::open(&url, 1, "normal").await.unwrap();
        sqlx::query("create table numbers (number bigint primary key)")
            .execute(&db.pool)
            .await
            .unwrap();
        db
    }

    #[tokio::test]
    async fn what_is_added_is_written_in_its_order_and_each_has_its_own_parameter() {
        let folder = tempfile::tempdir().unwrap();
        let db = numbers(&folder).await;
        let mut tx = db.pool.now().begin().await.unwrap();
        let mut writes = Writes::new(db.engine, &mut tx);
        NUMBERS.insert(&mut writes, &[(1,), (2,), (3,)]).await.unwrap();
        GONE.delete(&mut writes, &[(2,)]).await.unwrap();
        NUMBERS.insert(&mut writes, &[(2,), (4,)]).await.unwrap();
        for further in 5..=12 {
            NUMBERS.insert(&mut writes, &[(further,)]).await.unwrap();
        }
        let connection = writes.settled().await.unwrap();
        let (sum, count): (i64, i64) = sqlx::query_as("select sum(number), count(*) from numbers")
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!((sum, count), (78, 12));
        NUMBERS.insert(&mut writes, &[(4,)]).await.unwrap();
        assert!(writes.settled().await.is_err(), "it is there already");
    }

    fn claim(rows: usize) -> Claim {
        Claim {
            sql: "update numbers set number = number + (select count(*) from json_each($1)) where number = 0".to_owned(),
            parameter: "[0]".to_owned(),
            rows,
            refusing: ("refused", "0"),
        }
    }

    #[tokio::test]
    async fn a_transaction_of_its_own_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let db = numbers(&folder).await;
        sqlx::raw_sql("create table refused (why bigint not null, rest bigint); insert into numbers values (0)")
            .execute(&db.pool)
            .await
            .unwrap();
        let mut connection = db.pool.acquire().await.unwrap();
        let mut writes = Writes::transaction(db.engine, &mut connection, claim(1));
        NUMBERS.insert(&mut writes, &[(2,)]).await.unwrap();
        writes.settled().await.unwrap();
        NUMBERS.insert(&mut writes, &[(3,), (2,)]).await.unwrap();
        assert!(writes.commit().await.is_err(), "it is there already");
        let mut writes = Writes::transaction(db.engine, &mut connection, claim(1));
        NUMBERS.insert(&mut writes, &[(4,)]).await.unwrap();
        writes.settled().await.unwrap();
        writes.rollback().await.unwrap();
        Writes::transaction(db.engine, &mut connection, claim(1)).rollback().await.unwrap();
        let mut writes = Writes::transaction(db.engine, &mut connection, claim(2));
        NUMBERS.insert(&mut writes, &[(5,)]).await.unwrap();
        assert!(writes.commit().await.is_err(), "it is one row");
        let mut writes = Writes::transaction(db.engine, &mut connection, claim(1));
        NUMBERS.insert(&mut writes, &[(6,)]).await.unwrap();
        writes.commit().await.unwrap();
        let numbers: Vec<i64> = sqlx::query_scalar("select number from numbers order by number")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        assert_eq!(numbers, [1, 6]);
    }
}
