//! The messages of chats, as they are now.

mod growth;
mod seek;

use domain::aggregate::Messages;
use domain::chat::content::{Entity, Kind};
use domain::chat::event::{Forwarded, Quote};
use domain::chat::{self, Service};
use domain::fact::FactRef;
use domain::id::{AccountId, ChatId, CommandId, DeviceId, MessageId, Position};
use domain::sealed::Closed;
use domain::time::Timestamp;
use infra::db::Column::{Int, Text};
use infra::db::{Db, json};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Error};

use crate::cells::Cells;
use crate::checkpoint;
use crate::reactions::{self, Count};

pub use growth::Timeline;
pub(crate) use growth::{Changes, Sent};
pub use seek::{of_author, since};

/// A message as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its chat.
    pub chat: ChatId,
    /// Its id within the chat.
    pub message: MessageId,
    /// Where the log says that it was sent.
    pub at: FactRef,
    /// Its author.
    pub author: AccountId,
    /// The device of the author that sent it; `None`: somebody sent it for them.
    pub device: Option<DeviceId>,
    /// In answer to what.
    pub command: CommandId,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When the log recorded that; later than `sent_at` where it was imported.
    pub recorded_at: Timestamp,
    /// When it was last edited; none once deleted.
    pub edited_at: Option<Timestamp>,
    /// The message of the chat that it answers.
    pub reply_to: Option<MessageId>,
    /// The text's length in UTF-16 code units; 0 once deleted.
    pub length: u32,
    /// Formatted ranges of the text.
    pub entities: Vec<Entity>,
    /// The text: a [`domain::chat::content::Text`]; none once deleted.
    pub content: Option<Closed>,
    /// Whether it was deleted for everybody.
    pub deleted: bool,
    /// By how many accounts it was seen, in a channel.
    pub views: u32,
    /// How often which emoji, where that was asked for: by [`crate::reactions::fill`].
    pub reactions: Vec<Count>,
    /// What it is; a text once deleted.
    pub kind: Kind,
    /// Whose message it answers.
    pub answers: Option<AccountId>,
    /// What it quotes of that message; none once deleted.
    pub quote: Option<Quotation>,
    /// Where it was said first, if it was forwarded; none once deleted.
    pub forwarded: Option<Forwarded>,
    /// Whom it mentions, ascending; nobody once deleted.
    pub mentions: Vec<AccountId>,
    /// Whether nobody is to be disturbed by it.
    pub silent: bool,
    /// Whether it may not be forwarded.
    pub protected: bool,
    /// What happened, of a service message; its content is a new title, if it tells of one.
    pub service: Option<Service>,
}

/// A part of an answered message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotation {
    /// Where it stood there.
    #[serde(flatten)]
    pub range: Quote,
    /// The words: a [`domain::chat::content::Text`].
    pub words: Closed,
}

impl Message {
    /// Bytes of its text as it is kept, of what its entities say, and of what it quotes.
    pub fn size(&self) -> usize {
        self.sealed().map(|part| part.cipher.len()).sum()
    }

    /// Whose keys open it.
    pub fn owners(&self) -> impl Iterator<Item = AccountId> {
        self.sealed().map(|part| part.of)
    }

    fn sealed(&self) -> impl Iterator<Item = &Closed> {
        let words = self.quote.as_ref().map(|quote| &quote.words);
        self.content.iter().chain(words)
    }
}

/// Which end of a chat's messages a page is cut from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The newest ones before this message; `None`: the newest of all.
    Before(Option<MessageId>),
    /// The oldest ones behind this message; `None`: the oldest of all.
    After(Option<MessageId>),
}

/// In the order of [`Row`].
const COLUMNS: [&str; 24] = [
    "t.chat",
    "t.message",
    "t.position",
    "t.idx",
    "t.author",
    "t.device",
    "t.command",
    "t.sent_at",
    "t.edited_at",
    "t.reply_to",
    "t.length",
    "t.entities",
    "t.content",
    "t.deleted",
    "t.recorded_at",
    "t.views",
    "t.kind",
    "t.answers",
    "t.quote",
    "t.forwarded",
    "t.mentions",
    "t.silent",
    "t.protected",
    "t.service",
];

/// A row of the timeline; `entities`, `content`, `quote`, `forwarded` and `mentions` are JSON of their own.
#[derive(Debug, Deserialize)]
struct Row(
    ChatId,
    MessageId,
    Position,
    u32,
    AccountId,
    Option<DeviceId>,
    CommandId,
    Timestamp,
    Option<Timestamp>,
    Option<MessageId>,
    u32,
    Option<String>,
    Option<String>,
    u8,
    Option<Timestamp>,
    u32,
    Option<Kind>,
    Option<AccountId>,
    Option<String>,
    Option<String>,
    Option<String>,
    u8,
    u8,
    Option<String>,
);

/// How far back the last visible message is looked for, in messages.
pub(crate) const LAST_WITHIN: i64 = 100;

/// Whether a message of chat `$1` is not hidden from the account that is this parameter.
fn shown_to(account: &str) -> String {
    format!(
        "t.message > coalesce((select d.cleared_up_to from dialogs d where d.account = {account} and d.chat = $1), 0) \
         and not exists (select 1 from hidden h where h.account = {account} and h.chat = $1 and h.message = t.message)"
    )
}

/// Messages of a chat as an account sees them, without the deleted ones, in ascending order whichever end they are cut from.
pub async fn page(db: &Db, reader: AccountId, chat: ChatId, from: From, limit: u32) -> Result<Vec<Message>, Error> {
    let (condition, order, bound) = match from {
        From::Before(before) => ("t.message < $2", "desc", before.map_or(i64::MAX, MessageId::get)),
        From::After(after) => ("t.message > $2", "asc", after.map_or(0, MessageId::get)),
    };
    let sql = format!(
        "{} where t.chat = $1 and {condition} and t.deleted = 0 and {} order by t.message {order} limit $3",
        select(db),
        shown_to("$4")
    );
    let query = sqlx::query_as(AssertSqlSafe(sql))
        .bind(chat.to_string())
        .bind(bound)
        .bind(i64::from(limit))
        .bind(reader.get());
    let mut rows: Vec<(String,)> = query.fetch_all(&db.pool).await?;
    if order == "desc" {
        rows.reverse();
    }
    seen(db, reader, &rows).await
}

/// Messages of a chat as an account sees them, in no order: those of these that there are, without the deleted ones.
pub async fn those(db: &Db, reader: AccountId, chat: ChatId, ids: &[MessageId]) -> Result<Vec<Message>, Error> {
    let list = db.engine.int_list("$2");
    let sql = format!(
        "{} where t.chat = $1 and t.message in ({list}) and t.deleted = 0 and {}",
        select(db),
        shown_to("$3")
    );
    let query = sqlx::query_as(AssertSqlSafe(sql)).bind(chat.to_string()).bind(json(ids)?);
    let rows: Vec<(String,)> = query.bind(reader.get()).fetch_all(&db.pool).await?;
    seen(db, reader, &rows).await
}

/// Rows as messages, with how an account sees others reacting to them.
async fn seen(db: &Db, reader: AccountId, rows: &[(String,)]) -> Result<Vec<Message>, Error> {
    let mut messages = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    reactions::fill(db, reader, &mut messages).await?;
    Ok(messages)
}

/// Messages of a chat by one author behind `after`, without deleted and service ones, in ascending order.
pub async fn by(db: &Db, chat: ChatId, author: AccountId, after: Option<MessageId>, limit: u32) -> Result<Vec<Message>, Error> {
    let sql = format!(
        "{} where t.chat = $1 and t.message > $2 and t.author = $3 and t.deleted = 0 and t.service is null order by t.message limit $4",
        select(db)
    );
    let query = sqlx::query_as(AssertSqlSafe(sql))
        .bind(chat.to_string())
        .bind(after.map_or(0, MessageId::get));
    let rows: Vec<(String,)> = query.bind(author.get()).bind(i64::from(limit)).fetch_all(&db.pool).await?;
    rows.iter().map(read).collect()
}

/// A message, deleted or not, unless it is hidden from the account.
pub async fn message(db: &Db, reader: AccountId, chat: ChatId, message: MessageId) -> Result<Option<Message>, Error> {
    let sql = format!("{} where t.chat = $1 and t.message = $2 and {}", select(db), shown_to("$3"));
    let query = sqlx::query_as(AssertSqlSafe(sql))
        .bind(chat.to_string())
        .bind(message.get())
        .bind(reader.get());
    let rows: Vec<(String,)> = query.fetch_all(&db.pool).await?;
    Ok(seen(db, reader, &rows).await?.pop())
}

/// These messages, those that there are, deleted or not, in no order.
pub async fn messages(db: &Db, ids: &[(ChatId, MessageId)]) -> Result<Vec<Message>, Error> {
    let (chat, message) = (db.engine.cell(0, Text), db.engine.cell(1, Int));
    joined(db, &format!("t.chat = {chat} and t.message = {message}"), json(ids)?).await
}

/// The same without those that are hidden from an account.
pub async fn shown(db: &Db, reader: AccountId, ids: &[(ChatId, MessageId)]) -> Result<Vec<Message>, Error> {
    let (chat, message, reader) = (db.engine.cell(0, Text), db.engine.cell(1, Int), reader.get());
    let condition = format!(
        "t.chat = {chat} and t.message = {message} \
         and t.message > coalesce((select d.cleared_up_to from dialogs d where d.account = {reader} and d.chat = t.chat), 0) \
         and not exists (select 1 from hidden h where h.account = {reader} and h.chat = t.chat and h.message = t.message)"
    );
    joined(db, &condition, json(ids)?).await
}

/// The messages sent by these facts, those that there are, deleted or not, in no order. A service message was not sent.
pub async fn sent_at(db: &Db, facts: &[FactRef]) -> Result<Vec<Message>, Error> {
    let (position, index) = (db.engine.cell(0, Int), db.engine.cell(1, Int));
    let facts: Vec<(i64, u32)> = facts.iter().map(|at| (at.position.get(), at.index)).collect();
    joined(
        db,
        &format!("t.position = {position} and t.idx = {index} and t.service is null"),
        json(&facts)?,
    )
    .await
}

/// Each chat's last message that is neither deleted nor hidden from the account, looked for in the hundred ids up to the given one and behind
/// the other, up to which it is cleared: what a list of chats shows.
pub async fn last(db: &Db, reader: AccountId, tops: &[(ChatId, MessageId, i64)]) -> Result<Vec<Message>, Error> {
    let (chat, top, cleared) = (db.engine.cell(0, Text), db.engine.cell(1, Int), db.engine.cell(2, Int));
    let last = format!(
        "select x.message from timeline x where x.chat = {chat} and x.message <= {top} and x.message > {top} - {LAST_WITHIN} \
         and x.message > {cleared} and x.deleted = 0 and not exists (select 1 from hidden h where h.account = {} and h.chat = x.chat \
         and h.message = x.message) order by x.message desc limit 1",
        reader.get()
    );
    joined(db, &format!("t.chat = {chat} and t.message = ({last})"), json(tops)?).await
}

/// What a decision needs to know of old messages. The rows have to include `included`.
pub async fn known(db: &Db, included: Option<Position>, chat: ChatId, ids: &[MessageId]) -> Result<Messages, Error> {
    let list = db.engine.int_list("$2");
    let sql = format!(
        "select message, author, sent_at, deleted, kind, answers, carried, service from timeline where chat = $1 and message in ({list})"
    );
    let query = sqlx::query(AssertSqlSafe(checkpoint::with_stand(db.engine, None, sql)));
    let found = query.bind(chat.to_string()).bind(json(ids)?).fetch_all(&db.pool).await?;
    let rows = checkpoint::including(db.engine, found, included)?;
    let entry = |row: &AnyRow| -> Result<_, Error> {
        let message = chat::Message {
            deleted: row.flag("deleted")?,
            kind: row.parsed_or_none("kind")?.unwrap_or_default(),
            answers: row.id_or_none("answers")?,
            carried: row.flag("carried")?,
            service: row.text_or_none("service")?.is_some(),
            ..chat::Message::plain(row.id("author")?, row.time("sent_at")?)
        };
        Ok((row.id("message")?, message))
    };
    rows.iter().map(entry).collect()
}

async fn joined(db: &Db, condition: &str, rows: String) -> Result<Vec<Message>, Error> {
    let sql = format!(
        "select {} from {} join timeline t on {condition}",
        db.engine.arrays(&COLUMNS),
        db.engine.rows("$1")
    );
    let (rows,): (String,) = sqlx::query_as(AssertSqlSafe(sql)).bind(rows).fetch_one(&db.pool).await?;
    of_json::<Vec<Row>>(&rows)?.into_iter().map(message_of).collect()
}

fn select(db: &Db) -> String {
    format!("select {} from timeline t", db.engine.array(&COLUMNS))
}

fn read((row,): &(String,)) -> Result<Message, Error> {
    message_of(of_json(row)?)
}

fn message_of(row: Row) -> Result<Message, Error> {
    let Row(chat, message, position, index, author, device, command, sent_at, edited_at, reply_to, ..) = row;
    let Row(_, _, _, _, _, _, _, _, _, _, length, entities, content, deleted, recorded_at, views, ..) = row;
    let Row(.., kind, answers, quote, forwarded, mentions, silent, protected, service) = row;
    Ok(Message {
        chat,
        message,
        at: FactRef { position, index },
        author,
        device,
        command,
        sent_at,
        recorded_at: recorded_at.unwrap_or(sent_at),
        edited_at,
        reply_to,
        length,
        entities: json_or_none(entities.as_deref())?.unwrap_or_default(),
        content: json_or_none(content.as_deref())?,
        deleted: deleted != 0,
        views,
        reactions: Vec::new(),
        kind: kind.unwrap_or_default(),
        answers,
        quote: json_or_none(quote.as_deref())?,
        forwarded: json_or_none(forwarded.as_deref())?,
        mentions: json_or_none(mentions.as_deref())?.unwrap_or_default(),
        silent: silent != 0,
        protected: protected != 0,
        service: json_or_none(service.as_deref())?,
    })
}

fn json_or_none<T: DeserializeOwned>(cell: Option<&str>) -> Result<Option<T>, Error> {
    cell.map(of_json).transpose()
}

fn of_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Decode(error.into()))
}
