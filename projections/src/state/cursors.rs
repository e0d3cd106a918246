//! How far each device says it has got.

use domain::id::{AccountId, DeviceId, Seq};
use domain::time::Timestamp;

use super::State;

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

    /// Moves a device's cursor; it only rises. Whether the number was ever given is the caller's to check:
    /// [`crate::updates::acknowledge`].
    pub async fn acknowledge(&self, account: AccountId, device: DeviceId, cursor: Cursor) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into cursors (account, device, epoch, seq, seen_at) values ($1, $2, $3, $4, $5) \
             on conflict (account, device) do update set epoch = excluded.epoch, seq = excluded.seq, seen_at = excluded.seen_at \
             where cursors.epoch < excluded.epoch or (cursors.epoch = excluded.epoch and cursors.seq < excluded.seq)",
        )
        .bind(account.get())
        .bind(device.get())
        .bind(cursor.epoch)
        .bind(cursor.seq.get())
        .bind(cursor.seen_at.0)
        .execute(&self.db.pool)
        .await?;
        Ok(())
    }
}
