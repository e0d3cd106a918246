//! `GET /v1/events/chats/{chat}`, `…/members`, `…/messages`: a chat as it was, for those who may read the log with what people wrote.

use axum::Json;
use axum::extract::State;
use domain::id::{AccountId, ChatId};
use domain::system::Scope;
use projections::replay::Place;
use serde::Deserialize;
use utoipa::IntoParams;

use super::chats::seen;
use super::chats::view::OneChat;
use super::history::{self, HistoryPage};
use super::members::{self, MemberPages, Members};
use super::messages::Range;
use crate::Shared;
use crate::caller::Reader;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Path, Query, id, parsed};
use crate::past::Seer;
use crate::position::Fresh;

/// As who, and as of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Seen {
    /// As this account saw it, which was in it then.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = i64)]
    account: Option<AccountId>,
    /// As of this place in the log: a position, or a time (RFC 3339). Absent: now.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    as_of: Option<Place>,
}

/// A chat as one who was in it saw it: its unread messages, its read mark.
#[utoipa::path(get, path = "/v1/events/chats/{chat}", tag = "events", params(("chat" = String, Path), Seen),
    responses((status = 200, body = OneChat), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn chat(
    reader: Reader,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
    Query(wanted): Query<Seen>,
) -> Result<Json<OneChat>, Error> {
    reader.must(Scope::EventsContent)?;
    let account = wanted
        .account
        .ok_or_else(|| Error::InvalidRequest("account: says as whom to look".to_owned()))?;
    let row = seen::then(&gateway, wanted.as_of, Seer::Reader(Some(account)), account, chat).await?;
    seen::shown(&gateway, account, Some(row)).await
}

/// Who was in a chat.
#[utoipa::path(get, path = "/v1/events/chats/{chat}/members", tag = "events", params(("chat" = String, Path), MemberPages),
    responses((status = 200, body = Members), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn members(
    reader: Reader,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
    Query(pages): Query<MemberPages>,
) -> Result<Json<Members>, Error> {
    reader.must(Scope::EventsContent)?;
    let limit = pages.limit()?;
    let rows = members::then(&gateway, pages.as_of, Seer::Reader(None), chat, (pages.after, limit)).await?;
    Ok(members::shown(&rows, limit))
}

/// What had been said in a chat.
#[utoipa::path(get, path = "/v1/events/chats/{chat}/messages", tag = "events", params(("chat" = String, Path), Range),
    responses((status = 200, body = HistoryPage), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn messages(
    reader: Reader,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
    Query(range): Query<Range>,
) -> Result<Json<HistoryPage>, Error> {
    reader.must(Scope::EventsContent)?;
    history::then(&gateway, range.as_of, Seer::Reader(None), chat, range.page()?).await
}
