//! Services that have tokens: reading and growing.

use std::collections::{BTreeMap, BTreeSet};

use domain::account::event::TokenHash;
use domain::fact::Fact;
use domain::id::ServiceTokenId;
use domain::stream::Stream;
use domain::system::Event;
use domain::system::event::TokenIssued;
use domain::system::{Scope, TokenName};
use domain::time::Timestamp;
use infra::db::Column::{Int, Text};
use infra::db::{Bulk, BulkUpdate, Db, Writes};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Error};

use crate::cells::Cells;
use crate::projection::ApplyError;
use crate::read_models::ReadModels;
use crate::share;

/// A service's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceToken {
    /// Which.
    pub token: ServiceTokenId,
    /// As whom the service acts.
    pub name: TokenName,
    /// What it may.
    pub scopes: BTreeSet<Scope>,
    /// Of its secret.
    pub hash: TokenHash,
    /// Since when it may act.
    pub issued_at: Timestamp,
    /// From when on it may not, unless it is ended before.
    pub expires_at: Option<Timestamp>,
    /// Since when it may not.
    pub ended_at: Option<Timestamp>,
}

const TOKEN: &str = "select token, name, scopes, hash, issued_at, expires_at, ended_at from service_tokens";

/// A service's token, ended or not. An error while the rows are an older copy of themselves.
pub async fn service_token(models: &ReadModels, token: ServiceTokenId) -> Result<Option<ServiceToken>, Error> {
    let sql = format!("{TOKEN} where token = $1");
    let row = models.believed(|lane| lane.owns_stream(&Stream::System), &sql, |query| query.bind(token.get()));
    row.await?.map(|row| read(&row)).transpose()
}

/// The tokens behind `after`, ended ones too, by number.
pub async fn service_tokens(db: &Db, after: Option<ServiceTokenId>, limit: u32) -> Result<Vec<ServiceToken>, Error> {
    let sql = format!("{TOKEN} where token > $1 order by token limit $2");
    let after = after.map_or(0, ServiceTokenId::get);
    let query = sqlx::query(AssertSqlSafe(sql)).bind(after).bind(i64::from(limit));
    query.fetch_all(&db.pool).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<ServiceToken, Error> {
    Ok(ServiceToken {
        token: row.id("token")?,
        name: row.parsed("name")?,
        scopes: row.json("scopes")?,
        hash: TokenHash(row.text("hash")?),
        issued_at: row.time("issued_at")?,
        expires_at: row.time_or_none("expires_at")?,
        ended_at: row.time_or_none("ended_at")?,
    })
}

const ISSUED: Bulk = Bulk {
    table: "service_tokens",
    columns: &[
        ("token", Int),
        ("name", Text),
        ("scopes", Text),
        ("hash", Text),
        ("issued_at", Int),
        ("expires_at", Int),
    ],
    conflict: "on conflict (token) do nothing",
};

const ENDED: BulkUpdate = BulkUpdate {
    table: "service_tokens",
    keys: &[("token", Int)],
    set: &[("ended_at", Int)],
    only: "and service_tokens.ended_at is null",
};

/// What a batch does to services' tokens.
#[derive(Default)]
pub(super) struct Changes {
    issued: BTreeMap<ServiceTokenId, (String, String, String, Timestamp, Option<Timestamp>)>,
    ended: BTreeMap<ServiceTokenId, Timestamp>,
}

impl Changes {
    pub(super) fn apply(&mut self, fact: &Fact, event: &Event) -> Result<(), ApplyError> {
        match event {
            Event::TokenIssued(issued) => self.issued(fact, issued),
            Event::TokenEnded(ended) => {
                self.ended.entry(ended.token).or_insert(fact.happened_at());
                Ok(())
            }
            Event::FactParked(_) | Event::FactReleased(_) => Ok(()),
        }
    }

    fn issued(&mut self, fact: &Fact, issued: &TokenIssued) -> Result<(), ApplyError> {
        let (name, scopes) = (issued.name.as_str().to_owned(), share::json(fact, &issued.scopes)?);
        let row = (name, scopes, issued.hash.0.clone(), fact.happened_at(), issued.expires_at);
        self.issued.entry(issued.token).or_insert(row);
        Ok(())
    }

    pub(super) async fn write(self, writes: &mut Writes<'_>) -> Result<(), Error> {
        let issued = self.issued.into_iter();
        let issued: Vec<_> = issued
            .map(|(token, (name, scopes, hash, at, expires))| (token, name, scopes, hash, at, expires))
            .collect();
        ISSUED.insert(writes, &issued).await?;
        ENDED.update(writes, &Vec::from_iter(self.ended)).await
    }
}
