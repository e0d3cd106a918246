//! Groups' invite links, and who asks to join.

mod growth;

use domain::chat::Terms;
use domain::id::{AccountId, ChatId, LinkId, NameKey};
use domain::sealed::Closed;
use domain::time::Timestamp;
use infra::db::Db;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Error};

use crate::cells::Cells;

pub use growth::Links;

/// An invite link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Of which chat.
    pub chat: ChatId,
    /// Which.
    pub link: LinkId,
    /// The token, and a name: a [`domain::chat::content::LinkSecret`].
    pub secret: Closed,
    /// What it is called since it was changed: a [`domain::chat::content::LinkLabel`]; `None`: it never was.
    pub label: Option<Closed>,
    /// How far it lets people in.
    pub terms: Terms,
    /// How many have joined by it.
    pub uses: u32,
    /// Who made it.
    pub made_by: Option<AccountId>,
    /// When.
    pub made_at: Timestamp,
    /// Whether it lets nobody in any more.
    pub revoked: bool,
}

/// Who asks to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequest {
    /// Who.
    pub account: AccountId,
    /// By which link it came.
    pub link: LinkId,
    /// Since when.
    pub asked_at: Timestamp,
}

const COLUMNS: &str = "l.chat, l.link, l.secret, l.label, l.uses_max, l.until, l.requests, l.made_by, l.made_at, l.revoked, \
     coalesce((select u.uses from link_uses u where u.chat = l.chat and u.link = l.link), 0) as uses";

/// A chat's links that are not revoked, by id.
pub async fn of_chat(db: &Db, chat: ChatId) -> Result<Vec<Link>, Error> {
    let sql = format!("select {COLUMNS} from links l where l.chat = $1 and l.revoked = 0 order by l.link");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(chat.to_string()).fetch_all(&db.pool).await?;
    rows.iter().map(read).collect()
}

/// A link, revoked or not.
pub async fn link(db: &Db, chat: ChatId, link: LinkId) -> Result<Option<Link>, Error> {
    let sql = format!("select {COLUMNS} from links l where l.chat = $1 and l.link = $2");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(chat.to_string()).bind(link.get());
    query.fetch_optional(&db.pool).await?.map(|row| read(&row)).transpose()
}

/// The link whose token has this hash, revoked or not.
pub async fn by_key(db: &Db, key: &NameKey) -> Result<Option<Link>, Error> {
    let sql = format!("select {COLUMNS} from links l where l.key = $1");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(key.to_string());
    query.fetch_optional(&db.pool).await?.map(|row| read(&row)).transpose()
}

/// Who asks to join a chat, of those behind `after`, by account.
pub async fn requests(db: &Db, chat: ChatId, after: Option<AccountId>, limit: u32) -> Result<Vec<JoinRequest>, Error> {
    let sql = "select account, link, asked_at from join_requests where chat = $1 and account > $2 order by account limit $3";
    let query = sqlx::query(sql).bind(chat.to_string()).bind(after.map_or(0, AccountId::get));
    let rows = query.bind(i64::from(limit)).fetch_all(&db.pool).await?;
    let request = |row: &AnyRow| -> Result<JoinRequest, Error> {
        Ok(JoinRequest {
            account: row.id("account")?,
            link: row.id("link")?,
            asked_at: row.time("asked_at")?,
        })
    };
    rows.iter().map(request).collect()
}

fn read(row: &AnyRow) -> Result<Link, Error> {
    let uses_max = row.int_or_none("uses_max")?.and_then(|max| u32::try_from(max).ok());
    Ok(Link {
        chat: row.parsed("chat")?,
        link: row.id("link")?,
        secret: row.json("secret")?,
        label: row.json_or_none("label")?,
        terms: Terms {
            uses_max: uses_max.and_then(std::num::NonZeroU32::new),
            until: row.time_or_none("until")?,
            requests: row.flag("requests")?,
        },
        uses: row.count("uses")?,
        made_by: row.id_or_none("made_by")?,
        made_at: row.time("made_at")?,
        revoked: row.flag("revoked")?,
    })
}
