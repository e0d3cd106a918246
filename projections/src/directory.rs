//! Who there is: accounts, their devices, who has which username, and services with tokens.

mod growth;
mod services;
mod standing;

use std::collections::BTreeMap;

use domain::account::event::TokenHash;
use domain::id::{AccountId, DeviceId, NameKey};
use domain::sealed::Closed;
use domain::time::Timestamp;
use infra::db::{Db, json};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Error};

use crate::cells::Cells;
use crate::read_models::ReadModels;

pub use growth::Directory;
pub use services::{ServiceToken, service_token, service_tokens};
pub(crate) use standing::gone;
pub use standing::{Standing, due};

use standing::STANDING;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Whether it is a bot.
    pub bot: bool,
    /// Its display name: a [`domain::account::event::Profile`].
    pub profile: Closed,
    /// Its username's key.
    pub username_key: Option<NameKey>,
    /// Its username: a [`domain::account::event::Username`].
    pub username: Option<Closed>,
    /// When it came into being.
    pub registered_at: Timestamp,
    /// How it stands with the installation.
    pub standing: Standing,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Whose.
    pub account: AccountId,
    /// Which of its account's.
    pub device: DeviceId,
    /// Of its token.
    pub token: TokenHash,
    /// What its owner calls it: a [`domain::account::event::DeviceName`].
    pub name: Closed,
    /// Since when it may act.
    pub authorised_at: Timestamp,
    /// Since when it may not.
    pub ended_at: Option<Timestamp>,
    /// Since when its account is kept from acting.
    pub suspended_at: Option<Timestamp>,
}

/// A device that may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Active {
    /// Whose.
    pub account: AccountId,
    /// Which of its account's.
    pub device: DeviceId,
    /// Since when.
    pub authorised_at: Timestamp,
}

const ACCOUNT: &str = "a.account, a.bot, a.profile, a.username_key, a.username, a.registered_at";
const DEVICE: &str = "select d.account, d.device, d.token, d.name, d.authorised_at, d.ended_at, a.suspended_at \
                      from devices d left join accounts a on a.account = d.account";

/// An account.
pub async fn account(db: &Db, id: AccountId) -> Result<Option<Account>, Error> {
    let sql = format!("select {ACCOUNT}, {STANDING} from accounts a where a.account = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id.get()).fetch_optional(&db.pool).await?;
    row.map(|row| read_account(&row)).transpose()
}

/// These accounts, those that there are, by id.
pub async fn accounts_with(db: &Db, ids: &[AccountId]) -> Result<Vec<Account>, Error> {
    let list = db.engine.int_list("$1");
    let sql = format!("select {ACCOUNT}, {STANDING} from accounts a where a.account in ({list}) order by a.account");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(json(ids)?).fetch_all(&db.pool).await?;
    rows.iter().map(read_account).collect()
}

/// The accounts behind `after`, by id.
pub async fn accounts(db: &Db, after: Option<AccountId>, limit: u32) -> Result<Vec<Account>, Error> {
    let sql = format!("select {ACCOUNT}, {STANDING} from accounts a where a.account > $1 order by a.account limit $2");
    let after = after.map_or(0, AccountId::get);
    let query = sqlx::query(AssertSqlSafe(sql)).bind(after).bind(i64::from(limit));
    query.fetch_all(&db.pool).await?.iter().map(read_account).collect()
}

/// The ids of all accounts behind `after`, ascending.
pub async fn ids(db: &Db, after: Option<AccountId>, limit: u32) -> Result<Vec<AccountId>, Error> {
    let after = after.map_or(0, AccountId::get);
    let query = sqlx::query("select account from accounts where account > $1 order by account limit $2");
    let rows = query.bind(after).bind(i64::from(limit)).fetch_all(&db.pool).await?;
    rows.iter().map(|row| row.id("account")).collect()
}

/// The account that has the username with this key.
pub async fn by_username(db: &Db, name: &NameKey) -> Result<Option<Account>, Error> {
    let sql = format!("select {ACCOUNT}, {STANDING} from accounts a join usernames u on u.account = a.account where u.name = $1");
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(name.to_string())
        .fetch_optional(&db.pool)
        .await?;
    row.map(|row| read_account(&row)).transpose()
}

/// Who has which of the usernames with these keys.
pub async fn holders(db: &Db, names: &[NameKey]) -> Result<BTreeMap<NameKey, AccountId>, Error> {
    let list = db.engine.text_list("$1");
    let sql = format!("select name, account from usernames where name in ({list})");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(json(names)?).fetch_all(&db.pool).await?;
    rows.iter().map(|row| Ok((row.parsed("name")?, row.id("account")?))).collect()
}

/// A device, ended or not. An error while the rows are an older copy of themselves.
pub async fn device(models: &ReadModels, account: AccountId, device: DeviceId) -> Result<Option<Device>, Error> {
    let sql = format!("{DEVICE} where d.account = $1 and d.device = $2");
    let row = models.believed(
        |lane| lane.owns_account(account),
        &sql,
        |query| query.bind(account.get()).bind(device.get()),
    );
    row.await?.map(|row| read_device(&row)).transpose()
}

/// All devices of an account, ended ones too, by number.
pub async fn devices(db: &Db, account: AccountId) -> Result<Vec<Device>, Error> {
    let sql = format!("{DEVICE} where d.account = $1 order by d.device");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(account.get()).fetch_all(&db.pool).await?;
    rows.iter().map(read_device).collect()
}

/// The devices of all accounts that may act, behind `after` and authorised before a time, by account and number.
pub async fn active_devices(db: &Db, after: Option<(AccountId, DeviceId)>, before: Timestamp, limit: u32) -> Result<Vec<Active>, Error> {
    let (account, device) = after.map_or((0, 0), |(account, device)| (account.get(), device.get()));
    let query = sqlx::query(
        "select account, device, authorised_at from devices where (account > $1 or (account = $1 and device > $2)) \
         and ended_at is null and authorised_at < $3 order by account, device limit $4",
    );
    let query = query.bind(account).bind(device).bind(before.0).bind(i64::from(limit));
    let rows = query.fetch_all(&db.pool).await?;
    let read = |row: &AnyRow| {
        Ok(Active {
            account: row.id("account")?,
            device: row.id("device")?,
            authorised_at: row.time("authorised_at")?,
        })
    };
    rows.iter().map(read).collect()
}

fn read_account(row: &AnyRow) -> Result<Account, Error> {
    Ok(Account {
        id: row.id("account")?,
        bot: row.flag("bot")?,
        profile: row.json("profile")?,
        username_key: row.parsed_or_none("username_key")?,
        username: row.json_or_none("username")?,
        registered_at: row.time("registered_at")?,
        standing: standing::read(row)?,
    })
}

fn read_device(row: &AnyRow) -> Result<Device, Error> {
    Ok(Device {
        account: row.id("account")?,
        device: row.id("device")?,
        token: TokenHash(row.text("token")?),
        name: row.json("name")?,
        authorised_at: row.time("authorised_at")?,
        ended_at: row.time_or_none("ended_at")?,
        suspended_at: row.time_or_none("suspended_at")?,
    })
}
