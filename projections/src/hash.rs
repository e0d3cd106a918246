//! Whether two databases say the same: a hash of each read model's logical rows.
//!
//! Rows are hashed one by one and their hashes added up, so that order means nothing and memory is bounded. Equal for
//! the same log on either engine, in whatever batches and lanes, rebuilt or live.

use std::collections::HashMap;
use std::fmt::Write;

use domain::id::Position;
use futures::TryStreamExt;
use infra::db::Engine;
use sha2::{Digest, Sha256};
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{AnyConnection, AssertSqlSafe, Column, Connection, Row, ValueRef};

use crate::checkpoint;
use crate::read_models::ReadModels;
use crate::updates::{EPOCH, unpack};

/// A read model's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hash {
    /// The read model.
    pub model: &'static str,
    /// How many logical rows it has.
    pub rows: u64,
    /// The sum of their hashes.
    pub hash: u128,
}

/// All read models' hashes, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashes {
    /// The last commit they include in every lane; compare only what stands at the same one.
    pub position: Option<Position>,
    /// In a fixed order.
    pub models: Vec<Hash>,
}

/// The tables of each read model whose rows are logical rows as they stand. Commands are kept for a day at least: only what is
/// that young counts.
const TABLES: [(&str, &[&str]); 12] = [
    ("directory", &["accounts", "devices", "usernames", "service_tokens"]),
    ("people", &["contacts", "blocked", "privacy", "phones"]),
    ("chats", &["chats"]),
    ("members", &["members"]),
    ("bans", &["bans", "restrictions"]),
    ("links", &["links", "link_uses", "join_requests"]),
    ("timeline", &["timeline"]),
    ("reactions", &["reactions", "reaction_counts"]),
    ("pins", &["pins"]),
    ("mentions", &["mentions"]),
    ("dialogs", &["dialogs", "dialog_pins", "hidden"]),
    (
        "commands",
        &[
            "commands where recorded_at > (select max(recorded_at) from commands) - 86400000000",
            "imports",
        ],
    ),
];

/// Hashes all read models.
pub async fn hashes(models: &ReadModels) -> Result<Hashes, sqlx::Error> {
    let begin = match models.db.engine {
        Engine::Sqlite => "begin",
        Engine::Postgres => "begin isolation level repeatable read read only",
    };
    let mut connection = models.db.pool.acquire().await?;
    let mut tx = connection.begin_with(begin).await?;
    let position = checkpoint::lowest(&mut *tx).await?;
    let mut found = Vec::new();
    for (model, tables) in TABLES {
        let mut sum = Sum::default();
        for table in tables {
            add_table(&mut sum, table, &mut tx).await?;
        }
        found.push(sum.of(model));
    }
    found.push(updates(models, &mut tx).await?);
    found.push(sequences(models, &mut tx).await?);
    Ok(Hashes { position, models: found })
}

async fn add_table(sum: &mut Sum, table: &str, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let name = table.split(' ').next().unwrap_or(table);
    let sql = format!("select * from {table}");
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        sum.add(&canonical(name, &row)?);
    }
    Ok(())
}

/// A row as text, its columns by name: `accounts;account=i77;bot=i0;username=n;profile=t12:…`.
fn canonical(table: &str, row: &AnyRow) -> Result<String, sqlx::Error> {
    let mut columns: Vec<_> = row.columns().iter().collect();
    columns.sort_by_key(|column| column.name());
    let mut text = table.to_owned();
    for column in columns {
        let value = row.try_get_raw(column.ordinal())?;
        let cell = if value.is_null() {
            "n".to_owned()
        } else if value.type_info().kind() == AnyTypeInfoKind::Text {
            let content: String = row.try_get(column.ordinal())?;
            format!("t{}:{content}", content.len())
        } else {
            format!("i{}", row.try_get::<i64, _>(column.ordinal())?)
        };
        write!(text, ";{}={cell}", column.name()).expect("a string takes everything");
    }
    Ok(text)
}

/// Updates one by one, whatever rows they are packed into; without what ended devices were told, and above what was cleared away.
async fn updates(models: &ReadModels, connection: &mut AnyConnection) -> Result<Hash, sqlx::Error> {
    let floors = floors(models).await?;
    let mut sum = Sum::default();
    let mut rows = sqlx::query_as::<_, (i64, i64, i64, String)>(
        "select s.account, s.device, s.first, s.refs from update_segments s join update_devices d on d.account = s.account and d.device = s.device \
         where d.ended = 0",
    )
    .fetch(connection);
    while let Some((account, device, first, refs)) = rows.try_next().await? {
        let floor = floors.get(&(account, device)).copied().unwrap_or(0);
        let refs = unpack(&refs).ok_or_else(|| sqlx::Error::Decode(format!("not references: {refs:?}").into()))?;
        for (seq, at) in (first..).zip(refs).filter(|(seq, _)| *seq > floor) {
            sum.add(&format!("updates;{account};{device};{seq};{};{}", at.position, at.index));
        }
    }
    Ok(sum.of("updates"))
}

/// What who follows chats was told, one by one, above what was cleared away; and which groups have a sequence of their own.
async fn sequences(models: &ReadModels, connection: &mut AnyConnection) -> Result<Hash, sqlx::Error> {
    let floors = models.state.all_chat_floors().await?;
    let mut sum = Sum::default();
    let own: Vec<(String,)> = sqlx::query_as("select distinct chat from own_sequences")
        .fetch_all(&mut *connection)
        .await?;
    for (chat,) in &own {
        sum.add(&format!("sequences;{chat}"));
    }
    let mut rows = sqlx::query_as::<_, (String, i64, String)>("select chat, first, refs from chat_segments").fetch(connection);
    while let Some((chat, first, refs)) = rows.try_next().await? {
        let floor = floors.get(&chat).copied().unwrap_or(0);
        let refs = unpack(&refs).ok_or_else(|| sqlx::Error::Decode(format!("not references: {refs:?}").into()))?;
        for (seq, at) in (first..).zip(refs).filter(|(seq, _)| *seq > floor) {
            sum.add(&format!("sequences;{chat};{seq};{};{}", at.position, at.index));
        }
    }
    Ok(sum.of("sequences"))
}

async fn floors(models: &ReadModels) -> Result<HashMap<(i64, i64), i64>, sqlx::Error> {
    let rows: Vec<(i64, i64, i64)> = sqlx::query_as("select account, device, seq from floors where epoch = $1")
        .bind(EPOCH)
        .fetch_all(&models.state.db.pool)
        .await?;
    Ok(rows.into_iter().map(|(account, device, seq)| ((account, device), seq)).collect())
}

#[derive(Debug, Default)]
struct Sum {
    rows: u64,
    hash: u128,
}

impl Sum {
    fn add(&mut self, row: &str) {
        let digest = Sha256::digest(row.as_bytes());
        let mut first = [0; 16];
        first.copy_from_slice(&digest[..16]);
        self.rows += 1;
        self.hash = self.hash.wrapping_add(u128::from_be_bytes(first));
    }

    fn of(self, model: &'static str) -> Hash {
        Hash {
            model,
            rows: self.rows,
            hash: self.hash,
        }
    }
}
