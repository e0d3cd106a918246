//! Where each reactor stands in the log.

use std::str::FromStr;

use domain::id::{CommitId, LogId, Position};
use infra::log::Mark;
use uuid::Uuid;

use super::State;

impl State {
    /// The last commit a reactor has dealt with; `None`: none yet.
    pub async fn reactor(&self, name: &str) -> Result<Option<Mark>, sqlx::Error> {
        let row: Option<(String, i64, String)> = sqlx::query_as("select log, position, commit_id from reactors where name = $1")
            .bind(name)
            .fetch_optional(&self.db.pool)
            .await?;
        let mark = |(log, position, commit): (String, i64, String)| -> Result<Mark, sqlx::Error> {
            Ok(Mark {
                log: LogId(Uuid::from_str(&log).map_err(decode)?),
                position: Position::try_from(position).map_err(decode)?,
                commit: CommitId(Uuid::from_str(&commit).map_err(decode)?),
            })
        };
        row.map(mark).transpose()
    }

    /// Notes that a reactor has dealt with everything up to a commit. Of several runners of one reactor, the furthest counts.
    pub async fn reacted(&self, name: &str, mark: &Mark) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into reactors (name, log, position, commit_id) values ($1, $2, $3, $4) \
             on conflict (name) do update set position = excluded.position, commit_id = excluded.commit_id \
             where reactors.log = excluded.log and reactors.position < excluded.position",
        )
        .bind(name)
        .bind(mark.log.to_string())
        .bind(mark.position.get())
        .bind(mark.commit.to_string())
        .execute(&self.db.pool)
        .await?;
        Ok(())
    }
}

fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
