//! What waits to be delivered: rows that one process at a time may claim.

use std::str::FromStr;

use domain::id::SignInId;
use domain::time::Timestamp;
use infra::db::{ANSWER, in_time};
use sqlx::any::AnyRow;
use sqlx::{Connection as _, Row};
use uuid::Uuid;

use super::State;

/// By how many seconds the clocks of processes may differ.
const CLOCKS_DIFFER: i64 = 60;

/// Stands in the place of attempts while a code is kept back.
pub(crate) const KEPT_BACK: i64 = -1;

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
    /// Begun so far; [`KEPT_BACK`] while it is not known whether it was made.
    pub(crate) attempts: i64,
    /// Not before.
    pub(crate) next_at: Timestamp,
    /// The code's end.
    pub(crate) expires_at: Timestamp,
}

impl State {
    /// Keeps a code back in the place that is named, unless one is there already: that one then.
    pub(crate) async fn keep_back(&self, code: &Waiting, now: Timestamp) -> Result<Option<Waiting>, sqlx::Error> {
        let kept = sqlx::query(
            "insert into outbox (sign_in, id, channel, sealed, attempts, next_at, expires_at, noted_at) values ($1, $2, $3, $4, $5, $6, $7, $8) \
             on conflict (sign_in) do nothing",
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
        if kept.rows_affected() > 0 {
            return Ok(None);
        }
        let there = sqlx::query("select sign_in, id, channel, sealed, attempts, next_at, expires_at from outbox where sign_in = $1")
            .bind(code.sign_in.to_string())
            .fetch_optional(&self.db.pool)
            .await?;
        there.as_ref().map(waiting).transpose()
    }

    /// Has a code that was kept back wait for its turn, in the place of an earlier one of the same sign-in. `false`: it was let go before.
    pub(crate) async fn let_go(
        &self,
        kept: SignInId,
        sign_in: SignInId,
        next_at: Timestamp,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, sqlx::Error> {
        let let_go = async {
            let mut connection = self.db.pool.acquire().await?;
            let mut both = connection.begin().await?;
            sqlx::query("delete from outbox where sign_in = $1 and exists (select 1 from outbox kept where kept.sign_in = $2)")
                .bind(sign_in.to_string())
                .bind(kept.to_string())
                .execute(&mut *both)
                .await?;
            let sql = "update outbox set sign_in = $1, attempts = 0, next_at = $2, expires_at = $3, noted_at = $4 where sign_in = $5";
            let let_go = sqlx::query(sql)
                .bind(sign_in.to_string())
                .bind(next_at.0)
                .bind(until.0)
                .bind(now.0)
                .bind(kept.to_string())
                .execute(&mut *both)
                .await?;
            both.commit().await?;
            Ok(let_go.rows_affected() > 0)
        };
        in_time(ANSWER, let_go).await
    }

    /// The codes whose turn it is, those that have waited longest first.
    pub(crate) async fn due(&self, now: Timestamp, most: i64) -> Result<Vec<Waiting>, sqlx::Error> {
        let rows = sqlx::query(
            "select sign_in, id, channel, sealed, attempts, next_at, expires_at from outbox \
             where next_at <= $1 and expires_at > $1 and attempts >= 0 order by next_at limit $2",
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

    /// Strikes out what is of no use any more and claimed by nobody; the channels of what that was. Of what was only kept back nobody waits for a
    /// word: whoever asked for it did not ask again.
    pub(crate) async fn strike_expired(&self, now: Timestamp) -> Result<Vec<String>, sqlx::Error> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("delete from outbox where expires_at <= $1 and next_at <= $1 returning channel, attempts")
                .bind(now.0)
                .fetch_all(&self.db.pool)
                .await?;
        let waited = rows.into_iter().filter(|(_, attempts)| *attempts != KEPT_BACK);
        Ok(waited.map(|(channel, _)| channel).collect())
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
