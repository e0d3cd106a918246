//! How far each device says it has got.

use domain::id::{AccountId, DeviceId, Seq};
use domain::time::Timestamp;
use infra::db::{Bulk, Column};

use super::State;
use crate::feed::Device;

/// How far a device says it has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Of the sequence that `seq` counts in.
    pub epoch: i64,
    /// Everything up to here has arrived.
    pub seq: Seq,
    /// When it last said so.
    pub seen_at: Timestamp,
}

const CURSORS: Bulk = Bulk {
    table: "cursors",
    columns: &[
        ("account", Column::Int),
        ("device", Column::Int),
        ("epoch", Column::Int),
        ("seq", Column::Int),
        ("seen_at", Column::Int),
    ],
    conflict: "on conflict (account, device) do update set epoch = excluded.epoch, seq = excluded.seq, seen_at = excluded.seen_at \
               where cursors.epoch < excluded.epoch or (cursors.epoch = excluded.epoch and cursors.seq < excluded.seq)",
};

impl State {
    /// A device's cursor, if it ever acknowledged anything.
    pub async fn cursor(&self, account: AccountId, device: DeviceId) -> Result<Option<Cursor>, sqlx::Error> {
        let row: Option<(i64, i64, i64)> = sqlx::query_as("select epoch, seq, seen_at from cursors where account = $1 and device = $2")
            .bind(account.get())
            .bind(device.get())
            .fetch_optional(&self.db.pool)
            .await?;
        let cursor = |(epoch, seq, seen_at)| {
            let seq = Seq::try_from(seq).ok()?;
            let seen_at = Timestamp(seen_at);
            Some(Cursor { epoch, seq, seen_at })
        };
        Ok(row.and_then(cursor))
    }

    /// Moves cursors, each device's at most once; they only rise. Whether the numbers were ever given is the caller's to check.
    pub async fn acknowledge(&self, cursors: &[(Device, Cursor)]) -> Result<(), sqlx::Error> {
        let row = |((account, device), cursor): &(Device, Cursor)| (*account, *device, cursor.epoch, cursor.seq, cursor.seen_at);
        let rows: Vec<_> = cursors.iter().map(row).collect();
        let mut connection = self.db.pool.acquire().await?;
        CURSORS.insert_now(self.db.engine, &mut connection, &rows).await
    }
}
