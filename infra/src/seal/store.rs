//! The database of keys: each wrapped by the master key, an erased one's row emptied but kept: no row at all is damage.

use std::collections::HashMap;

use domain::id::{AccountId, LogId};
use sqlx::{AnyConnection, Row};
use zeroize::Zeroizing;

use super::Error;
use super::cipher::Cipher;
use crate::clock::Clock;
use crate::db::{self, Bulk, Column, Db, Engine};

const TABLES: [&str; 3] = [
    "create table if not exists installation (id bigint primary key, wrapped text not null, made_at bigint not null)",
    "create table if not exists account_keys (account bigint primary key, wrapped text, made_at bigint not null, erased_at bigint)",
    // A table of its own: in databases of keys that are older it is not there yet.
    "create table if not exists made_for (id bigint primary key, log text not null)",
];

/// Which log the keys were made for, in one row.
pub(super) const LOG: &str = "select log from made_for where id = 1";

const INSERT: Bulk = Bulk {
    table: "account_keys",
    columns: &[("account", Column::Int), ("wrapped", Column::Text), ("made_at", Column::Int)],
    conflict: "on conflict (account) do nothing",
};

/// A 32-byte key, overwritten when dropped.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// What is stored for an account.
pub(super) enum Stored {
    Key(Key),
    Erased,
    /// There is no row: none was made yet, or it is lost.
    Missing,
    /// It does not open under the master key.
    Damaged,
}

/// The tables.
#[derive(Clone)]
pub(super) struct Store {
    pub(super) db: Db,
    pub(super) master: Cipher,
    pub(super) clock: Clock,
}

impl Store {
    /// Whether the database holds an installation's keys already.
    pub(super) async fn is_new(db: &Db) -> Result<bool, sqlx::Error> {
        for table in TABLES {
            sqlx::query(table).execute(&db.pool).await?;
        }
        let rows = sqlx::query("select id from installation").fetch_all(&db.pool).await?;
        Ok(rows.is_empty())
    }

    /// The installation's secret, made when the database is new. It opens under the right master key only.
    pub(super) async fn secret(&self) -> Result<Key, Error> {
        if Self::is_new(&self.db).await? {
            let wrapped = self
                .master
                .seal(&self.clock, b"installation", &*Zeroizing::new(self.clock.secret()));
            sqlx::query("insert into installation (id, wrapped, made_at) values (1, $1, $2) on conflict (id) do nothing")
                .bind(wrapped)
                .bind(self.clock.now().0)
                .execute(&self.db.pool)
                .await?;
        }
        let row = sqlx::query("select wrapped from installation where id = 1")
            .fetch_one(&self.db.pool)
            .await?;
        self.unwrap(b"installation", &row.try_get::<String, _>(0)?)
            .ok_or(Error::WrongMaster)
    }

    /// The log that the keys are of, if they remember one.
    pub(super) async fn log(&self) -> Result<Option<LogId>, Error> {
        let row = sqlx::query(LOG).fetch_optional(&self.db.pool).await?;
        row.map(|row| read_log(&row.try_get::<String, _>(0)?)).transpose()
    }

    /// Remembers the log that the keys are of; instead of another one only if that `may_change`, which is a condition in SQL.
    pub(super) async fn remember(&self, log: LogId, may_change: &'static str) -> Result<(), Error> {
        let sql =
            format!("insert into made_for (id, log) values (1, $1) on conflict (id) do update set log = excluded.log where {may_change}");
        let remembering = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(log.to_string());
        remembering.execute(&self.db.pool).await?;
        Ok(())
    }

    /// Whether there is, or was, any account's key.
    pub(super) async fn is_used(&self) -> Result<bool, Error> {
        let any = sqlx::query("select account from account_keys limit 1");
        Ok(any.fetch_optional(&self.db.pool).await?.is_some())
    }

    /// Whether there is, or was, the key of one of the accounts.
    pub(super) async fn has_one_of(&self, accounts: &[AccountId]) -> Result<bool, Error> {
        let stored = self.read(accounts).await?;
        Ok(stored.values().any(|stored| !matches!(stored, Stored::Missing)))
    }

    /// What is stored for each of the accounts.
    pub(super) async fn read(&self, accounts: &[AccountId]) -> Result<HashMap<AccountId, Stored>, Error> {
        if accounts.is_empty() {
            return Ok(HashMap::new());
        }
        let mut connection = self.db.pool.acquire().await?;
        let mut found = self.select(&mut connection, accounts).await?;
        for account in accounts {
            found.entry(*account).or_insert(Stored::Missing);
        }
        Ok(found)
    }

    /// The same, with new keys for those that have none; they are on disk when this returns.
    pub(super) async fn read_or_make(&self, accounts: &[AccountId]) -> Result<HashMap<AccountId, Stored>, Error> {
        if accounts.is_empty() {
            return Ok(HashMap::new());
        }
        let mut connection = self.db.pool.acquire().await?;
        let mut found = self.select(&mut connection, accounts).await?;
        let missing: Vec<AccountId> = accounts.iter().copied().filter(|account| !found.contains_key(account)).collect();
        if !missing.is_empty() {
            let made_at = self.clock.now().0;
            let rows: Vec<_> = missing
                .iter()
                .map(|account| (account.get(), self.new_wrapped(*account), made_at))
                .collect();
            INSERT.insert_now(self.db.engine, &mut connection, &rows).await?;
            // Another process may have been first, with a key or by erasing: what is stored counts.
            found.extend(self.select(&mut connection, &missing).await?);
        }
        Ok(found)
    }

    /// Erases the account's key and keeps its row. When this returns no file of SQLite's holds the wrapped key.
    pub(super) async fn erase(&self, account: AccountId) -> Result<(), Error> {
        sqlx::query(
            "insert into account_keys (account, wrapped, made_at, erased_at) values ($1, null, $2, $2) \
             on conflict (account) do update set wrapped = null, erased_at = coalesce(account_keys.erased_at, excluded.erased_at)",
        )
        .bind(account.get())
        .bind(self.clock.now().0)
        .execute(&self.db.pool)
        .await?;
        match self.db.engine {
            Engine::Sqlite => self.truncate_wal().await,
            Engine::Postgres => Ok(()),
        }
    }

    async fn truncate_wal(&self) -> Result<(), Error> {
        let row = sqlx::query("pragma wal_checkpoint(truncate)").fetch_one(&self.db.pool).await?;
        if row.try_get::<i64, _>(0)? == 0 {
            Ok(())
        } else {
            Err(Error::Unavailable(
                "somebody reads keys.db, so its journal still holds the erased key: erase again".to_owned(),
            ))
        }
    }

    async fn select(&self, connection: &mut AnyConnection, accounts: &[AccountId]) -> Result<HashMap<AccountId, Stored>, Error> {
        let sql = format!(
            "select account, wrapped from account_keys where account in ({})",
            self.db.engine.int_list("$1")
        );
        let list = serde_json::to_string(accounts).expect("numbers are JSON");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(list).fetch_all(connection).await?;
        rows.iter().map(|row| self.account_key(row)).collect()
    }

    fn account_key(&self, row: &sqlx::any::AnyRow) -> Result<(AccountId, Stored), Error> {
        let account: i64 = row.try_get(0)?;
        let account = AccountId::try_from(account).map_err(|error| Error::Damaged(error.to_string()))?;
        let stored = match row.try_get::<Option<String>, _>(1)? {
            None => Stored::Erased,
            Some(wrapped) => self
                .unwrap(account.to_string().as_bytes(), &wrapped)
                .map_or(Stored::Damaged, Stored::Key),
        };
        Ok((account, stored))
    }

    fn new_wrapped(&self, account: AccountId) -> String {
        let key = Zeroizing::new(self.clock.secret());
        self.master.seal(&self.clock, account.to_string().as_bytes(), &*key)
    }

    fn unwrap(&self, bound_to: &[u8], wrapped: &str) -> Option<Key> {
        let opened = Zeroizing::new(self.master.open(bound_to, wrapped)?);
        <[u8; 32]>::try_from(opened.as_slice()).ok().map(Zeroizing::new)
    }
}

/// The id of a log as it is stored.
pub(super) fn read_log(stored: &str) -> Result<LogId, Error> {
    stored
        .parse()
        .map(LogId)
        .map_err(|_| Error::Damaged(format!("it says that it was made for log {stored:?}, which is no log's id")))
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if db::is_refusal(&error) {
            Self::Refused(error.to_string())
        } else if db::is_damage(&error) {
            Self::Damaged(format!("{error}. Put back the newest copy of it"))
        } else {
            Self::Unavailable(error.to_string())
        }
    }
}
