//! Where what is left of each device's updates begins.

use std::collections::HashMap;

use domain::id::{AccountId, DeviceId, Seq};
use infra::db::{ANSWER, Bulk, Column, in_time};
use sqlx::AssertSqlSafe;

use super::State;
use crate::updates::EPOCH;

const FLOORS: Bulk = Bulk {
    table: "floors",
    columns: &[
        ("account", Column::Int),
        ("device", Column::Int),
        ("epoch", Column::Int),
        ("seq", Column::Int),
    ],
    conflict: "on conflict (account, device) do update set epoch = excluded.epoch, seq = excluded.seq \
               where floors.epoch < excluded.epoch or (floors.epoch = excluded.epoch and floors.seq < excluded.seq)",
};

impl State {
    /// Up to where a device's updates were cleared away, if they were.
    pub async fn floor(&self, account: AccountId, device: DeviceId) -> Result<Option<Seq>, sqlx::Error> {
        let row: Option<(i64,)> = sqlx::query_as("select seq from floors where account = $1 and device = $2 and epoch = $3")
            .bind(account.get())
            .bind(device.get())
            .bind(EPOCH)
            .fetch_optional(&self.db.pool)
            .await?;
        Ok(row.and_then(|(seq,)| Seq::try_from(seq).ok()))
    }

    /// The floors and cursors of all devices of these accounts, as (floor, acknowledged); 0 for neither.
    pub(crate) async fn standing(&self, accounts: &[i64]) -> Result<HashMap<(i64, i64), (i64, i64)>, sqlx::Error> {
        let list = serde_json::to_string(accounts).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let mut standing: HashMap<(i64, i64), (i64, i64)> = HashMap::new();
        for table in ["floors", "cursors"] {
            let accounts = self.db.engine.int_list("$1");
            let sql = format!("select account, device, seq from {table} where epoch = $2 and account in ({accounts})");
            let query = sqlx::query_as(AssertSqlSafe(sql)).bind(&list).bind(EPOCH);
            let rows: Vec<(i64, i64, i64)> = query.fetch_all(&self.db.pool).await?;
            for (account, device, seq) in rows {
                let entry = standing.entry((account, device)).or_default();
                if table == "floors" {
                    entry.0 = seq;
                } else {
                    entry.1 = seq;
                }
            }
        }
        Ok(standing)
    }

    /// Raises floors (account, device, seq), durably: to be done before anything is cleared away.
    pub(crate) async fn raise_floors(&self, floors: &[(i64, i64, i64)]) -> Result<(), sqlx::Error> {
        let rows: Vec<_> = floors.iter().map(|(account, device, seq)| (account, device, EPOCH, seq)).collect();
        let raised = async {
            let mut connection = self.db.pool.acquire().await?;
            FLOORS.insert_now(self.db.engine, &mut connection, &rows).await
        };
        in_time(ANSWER, raised).await
    }
}
