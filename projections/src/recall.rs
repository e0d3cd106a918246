//! What the executor asks of the read models, and the snapshots that it keeps beside them.

use async_trait::async_trait;
use domain::account::Wishes;
use domain::aggregate::Messages;
use domain::id::{AccountId, ChatId, CommandId, CommitId, LogId, MessageId, Position};
use domain::stream::Stream;
use infra::db::Bulk;
use infra::db::Column::{Int, Text};
use infra::executor::{Accepted, Recall, RecallError, Snapshot};
use infra::log::Mark;
use sqlx::Error;
use sqlx::any::AnyRow;
use uuid::Uuid;

use crate::cells::Cells;
use crate::read_models::ReadModels;
use crate::{commands, people, timeline};

const SNAPSHOTS: Bulk = Bulk {
    table: "snapshots",
    columns: &[
        ("stream", Text),
        ("log", Text),
        ("position", Int),
        ("commit_id", Text),
        ("version", Int),
        ("state", Text),
    ],
    // Another process may have been faster.
    conflict: "on conflict (stream) do update set log = excluded.log, position = excluded.position, commit_id = excluded.commit_id, \
               version = excluded.version, state = excluded.state \
               where excluded.position >= snapshots.position or excluded.log <> snapshots.log",
};

#[async_trait]
impl Recall for ReadModels {
    fn checkpoint(&self) -> Option<Position> {
        ReadModels::checkpoint(self)
    }

    async fn accepted(&self, included: Option<Position>, ids: &[(String, CommandId)]) -> Result<Vec<Option<Accepted>>, RecallError> {
        commands::accepted(&self.db, included, ids).await.map_err(unavailable)
    }

    async fn messages(&self, included: Option<Position>, chat: ChatId, ids: &[MessageId]) -> Result<Messages, RecallError> {
        timeline::known(&self.db, included, chat, ids).await.map_err(unavailable)
    }

    async fn wishes(&self, included: Option<Position>, pairs: &[(AccountId, AccountId)]) -> Result<Vec<Wishes>, RecallError> {
        people::wishes(&self.db, included, pairs).await.map_err(unavailable)
    }

    async fn snapshot(&self, stream: &Stream) -> Result<Option<Snapshot>, RecallError> {
        let query = sqlx::query("select log, position, commit_id, version, state from snapshots where stream = $1");
        let row = query
            .bind(stream.to_string())
            .fetch_optional(&self.db.pool)
            .await
            .map_err(unavailable)?;
        row.map(|row| read(&row)).transpose().map_err(unavailable)
    }

    async fn save_snapshots(&self, mut snapshots: Vec<(Stream, Snapshot)>) -> Result<(), RecallError> {
        // The newest of each stream: a statement can't write a row twice.
        snapshots.sort_by(|(a, one), (b, other)| a.cmp(b).then(other.mark.position.cmp(&one.mark.position)));
        snapshots.dedup_by(|(a, _), (b, _)| a == b);
        let row = |(stream, Snapshot { mark, version, state }): (Stream, Snapshot)| {
            (stream, mark.log, mark.position, mark.commit, version, state)
        };
        let rows: Vec<_> = snapshots.into_iter().map(row).collect();
        let _writing = self.writing().await;
        let mut connection = self.db.pool.acquire().await.map_err(unavailable)?;
        SNAPSHOTS
            .insert_now(self.db.engine, &mut connection, &rows)
            .await
            .map_err(unavailable)
    }
}

fn read(row: &AnyRow) -> Result<Snapshot, Error> {
    let mark = Mark {
        log: LogId(row.parsed::<Uuid>("log")?),
        position: row.id("position")?,
        commit: CommitId(row.parsed::<Uuid>("commit_id")?),
    };
    Ok(Snapshot {
        mark,
        version: row.count("version")?,
        state: row.text("state")?,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` calls")]
fn unavailable(error: Error) -> RecallError {
    RecallError(error.to_string())
}
