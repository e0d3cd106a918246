//! What waits to be delivered: rows that one process at a time may claim.

use std::str::FromStr;

use domain::id::SignInId;
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::State;

/// By how many seconds the clocks of processes may differ.
const CLOCKS_DIFFER: i64 = 60;

/// A code that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Whose code it is.
    pub(crate) sign_in: SignInId,
    /// Of this code.
    pub(crate) id: Uuid,
    /// `phone`, `email`.
    pub(crate) channel: String,
    /// To whom, what: encrypted.
    pub(crate) sealed: String,
    /// Begun so far.
    pub(crate) attempts: i64,
    /// Not before.
    pub(crate) next_at: Timestamp,
    /// The code's end.
    pub(crate) expires_at: Timestamp,
}

impl State {
    /// Puts a code there, in the place of an earlier one of the same sign-in.
    pub(crate) async fn put_out(&self, code: &Waiting, now: Timestamp) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into outbox (sign_in, id, channel, sealed, attempts, next_at, expires_at, noted_at) values ($1, $2, $3, $4, $5, $6, $7, $8) \
             on conflict (sign_in) do update set id = excluded.id, channel = excluded.channel, sealed = excluded.sealed, \
             attempts = excluded.attempts, next_at = excluded.next_at, expires_at = excluded.expires_at, noted_at = excluded.noted_at",
        )
        .bind(code.sign_in.to_string())
        .bind(code.id.to_string())
        .bind(&code.channel)
        .bind(&code.sealed)
        .bind(code.attempts)
        .bind(code.next_at.0)
        .bind(code.expires_at.0)
        .bind(now.0)
        .execute(&self.db.pool)
        .await?;
        Ok(())
    }

    /// The codes whose turn it is, those that have waited longest first.
    pub(crate) async fn due(&self, now: Timestamp, most: i64) -> Result<Vec<Waiting>, sqlx::Error> {
        let rows = sqlx::query(
            "select sign_in, id, channel, sealed, attempts, next_at, expires_at from outbox \
             where next_at <= $1 and expires_at > $1 order by next_at limit $2",
        )
        .bind(now.0)
        .bind(most)
        .fetch_all(&self.db.pool)
        .await?;
        rows.iter().map(waiting).collect()
    }

    /// What was noted at a time that has not come yet, by more than clocks of processes differ: the clock went back, and what waits goes back as far.
    pub(crate) async fn turn_back(&self, now: Timestamp) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update outbox set next_at = next_at - (noted_at - $1), expires_at = expires_at - (noted_at - $1), noted_at = $1 where noted_at > $2",
        )
        .bind(now.0)
        .bind(now.plus_seconds(CLOCKS_DIFFER).0)
        .execute(&self.db.pool)
        .await?;
        Ok(())
    }

    /// When the next one's turn is; `None`: nothing waits.
    pub(crate) async fn next_due(&self) -> Result<Option<Timestamp>, sqlx::Error> {
        let (next,): (Option<i64>,) = sqlx::query_as("select min(next_at) from outbox").fetch_one(&self.db.pool).await?;
        Ok(next.map(Timestamp))
    }

    /// Claims a code until then. `false`: another process was faster, or it is gone.
    pub(crate) async fn claim(&self, code: &Waiting, until: Timestamp, now: Timestamp) -> Result<bool, sqlx::Error> {
        let sql = "update outbox set attempts = attempts + 1, next_at = $1, noted_at = $2 where id = $3 and attempts = $4 and next_at = $5";
        let claimed = sqlx::query(sql)
            .bind(until.0)
            .bind(now.0)
            .bind(code.id.to_string())
            .bind(code.attempts)
            .bind(code.next_at.0)
            .execute(&self.db.pool)
            .await?;
        Ok(claimed.rows_affected() > 0)
    }

    /// A code that nobody has claimed yet waits no longer.
    pub(crate) async fn hasten(&self, sign_in: SignInId, now: Timestamp) -> Result<(), sqlx::Error> {
        sqlx::query("update outbox set next_at = $1, noted_at = $1 where sign_in = $2 and attempts = 0 and next_at > $1")
            .bind(now.0)
            .bind(sign_in.to_string())
            .execute(&self.db.pool)
            .await?;
        Ok(())
    }

    /// Gives up a claim: the next attempt is not before then. Nothing happens when the claim was over.
    pub(crate) async fn put_off(&self, id: Uuid, attempts: i64, until: Timestamp, now: Timestamp) -> Result<(), sqlx::Error> {
        sqlx::query("update outbox set next_at = $1, noted_at = $2 where id = $3 and attempts = $4")
            .bind(until.0)
            .bind(now.0)
            .bind(id.to_string())
            .bind(attempts)
            .execute(&self.db.pool)
            .await?;
        Ok(())
    }

    /// Strikes out a code, whoever has claimed it. `false`: it was gone.
    pub(crate) async fn strike(&self, id: Uuid) -> Result<bool, sqlx::Error> {
        let struck = sqlx::query("delete from outbox where id = $1")
            .bind(id.to_string())
            .execute(&self.db.pool)
            .await?;
        Ok(struck.rows_affected() > 0)
    }

    /// Strikes out the code of a sign-in. `false`: there was none.
    pub(crate) async fn call_off(&self, sign_in: SignInId) -> Result<bool, sqlx::Error> {
        let struck = sqlx::query("delete from outbox where sign_in = $1")
            .bind(sign_in.to_string())
            .execute(&self.db.pool)
            .await?;
        Ok(struck.rows_affected() > 0)
    }

    /// Strikes out what is of no use any more and claimed by nobody; the channels of what that was.
    pub(crate) async fn strike_expired(&self, now: Timestamp) -> Result<Vec<String>, sqlx::Error> {
        let rows: Vec<(String,)> = sqlx::query_as("delete from outbox where expires_at <= $1 and next_at <= $1 returning channel")
            .bind(now.0)
            .fetch_all(&self.db.pool)
            .await?;
        Ok(rows.into_iter().map(|(channel,)| channel).collect())
    }
}

fn waiting(row: &AnyRow) -> Result<Waiting, sqlx::Error> {
    let id = |column| -> Result<Uuid, sqlx::Error> {
        let text: String = row.try_get(column)?;
        Uuid::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))
    };
    Ok(Waiting {
        sign_in: SignInId(id("sign_in")?),
        id: id("id")?,
        channel: row.try_get("channel")?,
        sealed: row.try_get("sealed")?,
        attempts: row.try_get("attempts")?,
        next_at: Timestamp(row.try_get("next_at")?),
        expires_at: Timestamp(row.try_get("expires_at")?),
    })
}
