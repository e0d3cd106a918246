//! What a transaction writes: a SQLite file takes it all in one go, for each call there changes threads, and back.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::Engine;

/// Statements of a transaction, in their order.
#[derive(Debug)]
pub struct Writes<'c> {
    /// Which database it is.
    pub engine: Engine,
    connection: &'c mut AnyConnection,
    /// Texts, and their parameters if they have one.
    waiting: Vec<(String, Option<String>)>,
    /// How a transaction of its own begins, until it has begun.
    beginning: Vec<(String, Option<String>)>,
}

impl<'c> Writes<'c> {
    /// Of this connection's transaction, none yet.
    pub fn new(engine: Engine, connection: &'c mut AnyConnection) -> Self {
        Self {
            engine,
            connection,
            waiting: Vec::new(),
            beginning: Vec::new(),
        }
    }

    /// Of a transaction of its own, on a SQLite file alone. It begins with these statements, once anything is written. Dropped half-way
    /// it stays open: a connection that did not see its end is not to be used further.
    pub fn transaction(connection: &'c mut AnyConnection, first: Vec<(String, Option<String>)>) -> Self {
        let mut beginning = vec![("begin immediate".to_owned(), None)];
        beginning.extend(first);
        Self {
            engine: Engine::Sqlite,
            connection,
            waiting: Vec::new(),
            beginning,
        }
    }

    /// Adds a statement and its parameter, `$1`. What the database says to it may come with a later call.
    pub async fn add(&mut self, sql: String, parameter: String) -> Result<(), sqlx::Error> {
        self.waiting.push((sql, Some(parameter)));
        match self.engine {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => self.settled().await.map(drop),
        }
    }

    /// Has everything written that was added. What is read by the connection then includes it.
    pub async fn settled(&mut self) -> Result<&mut AnyConnection, sqlx::Error> {
        if !self.waiting.is_empty() {
            let mut statements = std::mem::take(&mut self.beginning);
            statements.append(&mut self.waiting);
            self.call(statements).await?;
        }
        Ok(self.connection)
    }

    /// The connection, for reading what was there before: what was added may be seen or not.
    pub fn as_before(&mut self) -> &mut AnyConnection {
        self.connection
    }

    /// Ends the transaction of its own: all that was added is there, or, on an error, nothing.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        let mut statements = std::mem::take(&mut self.beginning);
        statements.append(&mut self.waiting);
        statements.push(("commit".to_owned(), None));
        let done = self.call(statements).await;
        if done.is_err() {
            self.rollback().await?;
        }
        done
    }

    /// Takes back what of the transaction of its own was written.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        match sqlx::raw_sql("rollback").execute(&mut *self.connection).await {
            // It had not begun, or SQLite has ended it by itself.
            Ok(_) | Err(sqlx::Error::Database(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn call(&mut self, statements: Vec<(String, Option<String>)>) -> Result<(), sqlx::Error> {
        let (sql, parameters) = together(statements);
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for parameter in parameters {
            query = query.bind(parameter);
        }
        query.execute(&mut *self.connection).await.map(drop)
    }
}

/// One text of several statements, each with a parameter of its own.
fn together(statements: Vec<(String, Option<String>)>) -> (String, Vec<String>) {
    let mut text = String::new();
    let mut parameters = Vec::with_capacity(statements.len());
    for (sql, parameter) in statements {
        if let Some(parameter) = parameter {
            parameters.push(parameter);
            text.push_str(&sql.replace("$1", &format!("${}", parameters.len())));
        } else {
            text.push_str(&sql);
        }
        text.push_str("; ");
    }
    (text, parameters)
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

    #[tokio::test]
    async fn what_is_added_is_written_in_its_order_and_each_has_its_own_parameter() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("some.db").display());
        let db = Db::open(&url, 1, "normal").await.unwrap();
        sqlx::query("create table numbers (number bigint primary key)")
            .execute(&db.pool)
            .await
            .unwrap();
        let mut tx = db.pool.begin().await.unwrap();
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
    #[tokio::test]
    async fn a_transaction_of_its_own_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("some.db").display());
        let db = Db::open(&url, 1, "normal").await.unwrap();
        sqlx::query("create table numbers (number bigint primary key)")
            .execute(&db.pool)
            .await
            .unwrap();
        let mut connection = db.pool.acquire().await.unwrap();
        let first = || vec![("insert into numbers values (0)".to_owned(), None)];
        let mut writes = Writes::transaction(&mut connection, first());
        NUMBERS.insert(&mut writes, &[(1,)]).await.unwrap();
        writes.settled().await.unwrap();
        NUMBERS.insert(&mut writes, &[(2,), (0,)]).await.unwrap();
        assert!(writes.commit().await.is_err(), "it is there already");
        let mut writes = Writes::transaction(&mut connection, first());
        NUMBERS.insert(&mut writes, &[(3,)]).await.unwrap();
        writes.settled().await.unwrap();
        writes.rollback().await.unwrap();
        Writes::transaction(&mut connection, first()).rollback().await.unwrap();
        let mut writes = Writes::transaction(&mut connection, first());
        NUMBERS.insert(&mut writes, &[(4,)]).await.unwrap();
        writes.commit().await.unwrap();
        let numbers: Vec<i64> = sqlx::query_scalar("select number from numbers order by number")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        assert_eq!(numbers, [0, 4]);
    }
}
