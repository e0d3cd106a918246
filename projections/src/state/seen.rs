//! When each device was last seen, and since when that is known.

use std::collections::HashMap;
use std::time::Duration;

use domain::id::{AccountId, DeviceId};
use domain::time::Timestamp;
use infra::db::{ANSWER, Bulk, Column, in_time, json};
use sqlx::AssertSqlSafe;

use super::State;
use crate::feed::Device;

/// For how long nobody may have looked before it is forgotten since when devices have been watched.
const GAP_MAX: Duration = Duration::from_hours(24);

const SEEN: Bulk = Bulk {
    table: "seen",
    columns: &[("account", Column::Int), ("device", Column::Int), ("seen_at", Column::Int)],
    conflict: "on conflict (account, device) do update set seen_at = excluded.seen_at where seen.seen_at < excluded.seen_at",
};

impl State {
    /// Notes when devices were seen, each at most once; the latest counts.
    pub async fn see(&self, devices: &[(Device, Timestamp)]) -> Result<(), sqlx::Error> {
        let rows: Vec<_> = devices.iter().map(|((account, device), at)| (*account, *device, *at)).collect();
        let seen = async {
            let mut connection = self.db.pool.acquire().await?;
            SEEN.insert_now(self.db.engine, &mut connection, &rows).await
        };
        in_time(ANSWER, seen).await
    }

    /// When an account's devices were last seen; who is missing never was.
    pub async fn seen(&self, account: AccountId) -> Result<HashMap<DeviceId, Timestamp>, sqlx::Error> {
        let seen = self.seen_of(&[account]).await?.into_iter();
        Ok(seen.map(|((_, device), at)| (device, at)).collect())
    }

    /// When all devices of these accounts were last seen.
    pub(crate) async fn seen_of(&self, accounts: &[AccountId]) -> Result<HashMap<Device, Timestamp>, sqlx::Error> {
        let sql = format!(
            "select account, device, seen_at from seen where account in ({})",
            self.db.engine.int_list("$1")
        );
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(json(accounts)?)
            .fetch_all(&self.db.pool)
            .await?;
        let seen = rows.into_iter().filter_map(|(account, device, at)| {
            let device = (AccountId::new(account)?, DeviceId::new(device)?);
            Some((device, Timestamp(at)))
        });
        Ok(seen.collect())
    }

    /// When these accounts were last seen, on whatever device; who is missing never was.
    pub async fn last_seen_of(&self, accounts: &[AccountId]) -> Result<HashMap<AccountId, Timestamp>, sqlx::Error> {
        let sql = format!(
            "select account, max(seen_at) from seen where account in ({}) group by account",
            self.db.engine.int_list("$1")
        );
        let rows: Vec<(i64, i64)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(json(accounts)?)
            .fetch_all(&self.db.pool)
            .await?;
        let seen = rows.into_iter();
        Ok(seen
            .filter_map(|(account, at)| Some((AccountId::new(account)?, Timestamp(at))))
            .collect())
    }

    /// Notes that devices are watched now, and answers since when they have been without a gap. A new beginning is made by what is new, or was lost;
    /// after more than a day during which no process was there; and by a clock that jumps that far, or back behind the beginning.
    pub async fn watch(&self, now: Timestamp) -> Result<Timestamp, sqlx::Error> {
        let (since,): (i64,) = sqlx::query_as(
            "insert into watch (id, since, until) values (1, $1, $1) on conflict (id) do update set \
             since = case when excluded.until between watch.since and watch.until + $2 then watch.since else excluded.until end, \
             until = excluded.until returning since",
        )
        .bind(now.0)
        .bind(i64::try_from(GAP_MAX.as_micros()).unwrap_or(i64::MAX))
        .fetch_one(&self.db.pool)
        .await?;
        Ok(Timestamp(since))
    }
}
