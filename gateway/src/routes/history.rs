//! `GET /v1/chats/{chat}/messages`: a chat's messages in pages, from either end, around one, from a day on, or of one author.

use axum::extract::State;
use domain::chat::Rejection;
use domain::id::{AccountId, ChatId, MessageId};
use domain::time::Timestamp;
use projections::chats;
use projections::past::{Asked, Replay};
use projections::replay::Place;
use projections::timeline::{self, From, Message};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::messages::{from, views, within};
use super::page::{PAGE, PAGE_MAX, page_length};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Path, Query, id, number, parsed};
use crate::past::Seer;
use crate::position::Fresh;
use crate::rendering::MessageView;
use crate::{Gateway, Shared};

/// Which messages: `before`, `after`, `around` or `at`, else the newest.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct History {
    /// The newest ones before this message.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<i64>)]
    before: Option<MessageId>,
    /// The oldest ones behind this message; 0 for the first.
    #[serde(default, deserialize_with = "number")]
    after: Option<i64>,
    /// This message, those before it and those behind it, half of the page each.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<i64>)]
    around: Option<MessageId>,
    /// The oldest ones sent at this time (µs since 1970) or later.
    #[serde(default, deserialize_with = "number")]
    at: Option<i64>,
    /// Of this author alone; with `before`, or neither.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<i64>)]
    from: Option<AccountId>,
    /// At most so many: 1 … 200, else 50.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// As of this place in the log: a position, or a time (RFC 3339). With `before`, `after`, or neither.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    as_of: Option<Place>,
}

/// Some messages, in ascending order, without deleted ones.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryPage {
    messages: Vec<MessageView>,
    /// What the page covers; absent while there is no message.
    #[serde(skip_serializing_if = "Option::is_none")]
    covers: Option<Covers>,
}

/// Which ids a page covers: what is not listed of them can't be seen, because it is deleted, or was sent by another than who was asked for.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Covers {
    /// From this one on: give it as `before` for what is older; 1: there is nothing older.
    first: i64,
    /// Up to this one: give it as `after` for what is newer.
    last: i64,
    /// The highest id given in the chat: there is nothing newer where `last` is the same.
    top: i64,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    From(From),
    Around(MessageId),
    Since(Timestamp),
    Of(AccountId, Option<MessageId>),
}

/// Lists a chat's messages.
#[utoipa::path(get, path = "/v1/chats/{chat}/messages", tag = "messages", params(("chat" = String, Path), History),
    responses((status = 200, body = HistoryPage), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
    Query(history): Query<History>,
) -> Result<axum::Json<HistoryPage>, Error> {
    let (wanted, limit) = (history.wanted()?, page_length(history.limit, PAGE, PAGE_MAX)?);
    if let (ChatId::Channel(_), Wanted::Of(..)) = (chat, wanted) {
        return Err(Rejection::NotAGroup.into());
    }
    match (wanted, history.as_of) {
        (_, None) => {
            let (rows, covers) = gateway.history(me, chat, wanted, limit).await?;
            shown(&gateway, &rows, covers).await
        }
        (Wanted::From(from), until) => then(&gateway, until, Seer::Member(me), chat, (from, limit)).await,
        (Wanted::Around(_) | Wanted::Since(_) | Wanted::Of(..), Some(_)) => {
            Err(Error::InvalidRequest("as_of: goes with before, after, or neither".to_owned()))
        }
    }
}

/// What stood there then.
pub(super) async fn then(
    gateway: &Shared,
    until: Option<Place>,
    seer: Seer,
    chat: ChatId,
    (from, limit): (From, u32),
) -> Result<axum::Json<HistoryPage>, Error> {
    let me = seer.member();
    let page = move |replay: Replay| replay.page(from, limit, me);
    let (mut rows, top) = gateway.as_of((until, Asked::Messages), seer, chat, page).await?;
    gateway.withdraw(me, &mut rows).await?;
    match top {
        Some(top) => {
            let (rows, covers) = cut(&rows, from, limit, (top, gateway.config.page_bytes));
            shown(gateway, &rows, Some(covers)).await
        }
        None => shown(gateway, &[], None).await,
    }
}

async fn shown(gateway: &Shared, rows: &[Message], covers: Option<Covers>) -> Result<axum::Json<HistoryPage>, Error> {
    let messages = views(gateway, rows).await?;
    Ok(axum::Json(HistoryPage { messages, covers }))
}

impl History {
    fn wanted(&self) -> Result<Wanted, Error> {
        let refused = |what: &str| Err(Error::InvalidRequest(what.to_owned()));
        match (self.from, self.before, self.after, self.around, self.at) {
            (Some(author), before, None, None, None) => Ok(Wanted::Of(author, before)),
            (Some(_), ..) => refused("from: goes with before, or neither"),
            (None, before, None, None, None) => Ok(Wanted::From(From::Before(before))),
            (None, None, after, None, None) => Ok(Wanted::From(from(None, after)?)),
            (None, None, None, Some(message), None) => Ok(Wanted::Around(message)),
            (None, None, None, None, Some(at)) => Ok(Wanted::Since(Timestamp(at))),
            (None, ..) => refused("before: only one of before, after, around and at can be given"),
        }
    }
}

impl Gateway {
    async fn history(self: &Shared, me: Device, chat: ChatId, wanted: Wanted, limit: u32) -> Result<(Vec<Message>, Option<Covers>), Error> {
        let db = &self.models.db;
        self.abreast(me.account).await?;
        let _turn = self.turn().await;
        self.must_be_in(me, chat).await?;
        let Some(top) = chats::chat(db, chat).await?.and_then(|chat| chat.top_message) else {
            return Ok((Vec::new(), None));
        };
        let page = async |from: From, limit: u32| -> Result<(Vec<Message>, Covers), Error> {
            let rows = timeline::page(db, me.account, chat, from, limit).await?;
            Ok(cut(&rows, from, limit, (top, self.config.page_bytes)))
        };
        let (rows, covers) = match wanted {
            Wanted::From(from) => page(from, limit).await?,
            Wanted::Around(message) => {
                let behind = From::After(message.get().checked_sub(1).and_then(MessageId::new));
                let (newer, ahead) = page(behind, limit - limit / 2).await?;
                // A page of one is the message alone.
                let (older, back) = if limit > 1 {
                    page(From::Before(Some(message)), limit / 2).await?
                } else {
                    (Vec::new(), ahead)
                };
                let covers = Covers {
                    first: back.first,
                    ..ahead
                };
                ([older, newer].concat(), covers)
            }
            Wanted::Since(at) => match timeline::since(db, chat, top, at).await? {
                Some(first) => page(From::After(first.get().checked_sub(1).and_then(MessageId::new)), limit).await?,
                None => page(From::After(Some(top)), limit).await?,
            },
            Wanted::Of(author, before) => {
                let (rows, first) = timeline::of_author(db, me.account, chat, author, before, limit).await?;
                let last = before.map_or(top.get(), |before| before.get() - 1).min(top.get());
                (
                    rows,
                    Covers {
                        first,
                        last,
                        top: top.get(),
                    },
                )
            }
        };
        Ok((rows, Some(covers)))
    }
}

/// Those of at most `limit` rows that fit into a page of so many bytes, and what it covers.
fn cut(rows: &[Message], from: From, limit: u32, (top, bytes): (MessageId, usize)) -> (Vec<Message>, Covers) {
    let shown = within(rows, from, bytes);
    let full = rows.len() == limit as usize || shown.len() < rows.len();
    (shown.to_vec(), covered(from, shown, full, top))
}

/// What a page that was cut from an end covers; `full`: there may be more behind its other end.
fn covered(from: From, shown: &[Message], full: bool, top: MessageId) -> Covers {
    let top = top.get();
    let (first, last) = match from {
        From::Before(before) => {
            let last = before.map_or(top, |before| before.get() - 1).min(top);
            let first = shown.first().filter(|_| full).map_or(1, |row| row.message.get());
            (first, last)
        }
        From::After(after) => {
            let first = after.map_or(0, MessageId::get) + 1;
            let last = shown.last().filter(|_| full).map_or(top, |row| row.message.get());
            (first, last.max(first - 1))
        }
    };
    Covers { first, last, top }
}
