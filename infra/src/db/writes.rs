//! What a transaction writes: a SQLite file takes it all in one go, for each call there changes threads, and back.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::Engine;

/// Statements of a transaction, in their order.
#[derive(Debug)]
pub struct Writes<'c> {
    /// Which database it is.
    pub engine: Engine,
    connection: &'c mut AnyConnection,
    waiting: Vec<(String, String)>,
}

impl<'c> Writes<'c> {
    /// Of this connection's transaction, none yet.
    pub fn new(engine: Engine, connection: &'c mut AnyConnection) -> Self {
        Self {
            engine,
            connection,
            waiting: Vec::new(),
        }
    }

    /// Adds a statement and its parameter, `$1`. What the database says to it may come with a later call.
    pub async fn add(&mut self, sql: String, parameter: String) -> Result<(), sqlx::Error> {
        self.waiting.push((sql, parameter));
        match self.engine {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => self.settled().await.map(drop),
        }
    }

    /// Has everything written that was added. What is read by the connection then includes it.
    pub async fn settled(&mut self) -> Result<&mut AnyConnection, sqlx::Error> {
        if !self.waiting.is_empty() {
            let (sql, parameters) = together(std::mem::take(&mut self.waiting));
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for parameter in parameters {
                query = query.bind(parameter);
            }
            query.execute(&mut *self.connection).await?;
        }
        Ok(self.connection)
    }
}

/// One text of several statements, each with a parameter of its own.
fn together(statements: Vec<(String, String)>) -> (String, Vec<String>) {
    let number = |(index, (sql, _)): (usize, &(String, String))| sql.replace("$1", &format!("${}", index + 1));
    let texts: Vec<String> = statements.iter().enumerate().map(number).collect();
    (texts.join("; "), statements.into_iter().map(|(_, parameter)| parameter).collect())
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
}
