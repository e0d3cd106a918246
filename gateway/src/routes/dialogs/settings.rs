//! `/v1/chats/{chat}/mute`, `…/archive`, `…/draft`, `/v1/me/pinned`: how the caller has its chats.

use axum::extract::State;
use domain::chat::Body;
use domain::id::{ChatId, MessageId};
use domain::inbox::command::Draft;
use domain::inbox::{Command, MUTED_FOR_EVER, PINNED_MAX, Rejection};
use domain::time::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, JsonOrNone, Path, objects};
use crate::rendering::{Entity, EntityShape};

/// How long to mute.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Silence {
    /// Until when, in µs since 1970; absent: for ever, which is told as 9007199254740991.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    until: Option<Timestamp>,
}

/// What the caller is about to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDraft {
    /// 1 to 4,096 characters.
    text: String,
    /// How it is formatted: at most 100 ranges.
    #[serde(default, deserialize_with = "objects")]
    #[schema(value_type = Option<Vec<EntityShape>>)]
    entities: Vec<Entity>,
    /// The message of the chat that it is to answer.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    reply_to: Option<MessageId>,
}

/// An order of pinned chats.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// Those that come first, the uppermost first. What is not pinned is passed over; what is and is not named, follows in its order.
    #[schema(value_type = Vec<String>)]
    chats: Vec<ChatId>,
}

/// Mutes a chat: clients tell of what happens there in silence.
#[utoipa::path(put, path = "/v1/chats/{chat}/mute", tag = "chats", params(("chat" = String, Path)), request_body = Silence,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn mute(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    JsonOrNone(silence): JsonOrNone<Silence>,
) -> Result<Answer<()>, Error> {
    let until = Some(silence.until.unwrap_or(MUTED_FOR_EVER));
    gateway.inbox(me, command, Command::mute(chat, until)).await.map(done)
}

/// Mutes a chat no more.
#[utoipa::path(delete, path = "/v1/chats/{chat}/mute", tag = "chats", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn unmute(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: chat }: Bare<ChatId>,
) -> Result<Answer<()>, Error> {
    gateway.inbox(me, command, Command::mute(chat, None)).await.map(done)
}

/// Puts a chat away.
#[utoipa::path(put, path = "/v1/chats/{chat}/archive", tag = "chats", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn archive(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: chat }: Bare<ChatId>,
) -> Result<Answer<()>, Error> {
    gateway.inbox(me, command, Command::archive(chat, true)).await.map(done)
}

/// Takes a chat out again.
#[utoipa::path(delete, path = "/v1/chats/{chat}/archive", tag = "chats", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn take_out(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: chat }: Bare<ChatId>,
) -> Result<Answer<()>, Error> {
    gateway.inbox(me, command, Command::archive(chat, false)).await.map(done)
}

/// Keeps a chat above all others, as the first of those that are.
#[utoipa::path(put, path = "/v1/me/pinned/{chat}", tag = "chats", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn pin(me: Device, State(gateway): State<Shared>, Bare { command, of: chat }: Bare<ChatId>) -> Result<Answer<()>, Error> {
    gateway.inbox(me, command, Command::pin(chat, true)).await.map(done)
}

/// Keeps a chat above others no more.
#[utoipa::path(delete, path = "/v1/me/pinned/{chat}", tag = "chats", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn unpin(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: chat }: Bare<ChatId>,
) -> Result<Answer<()>, Error> {
    gateway.inbox(me, command, Command::pin(chat, false)).await.map(done)
}

/// Puts the pinned chats in another order.
#[utoipa::path(put, path = "/v1/me/pinned", tag = "chats", request_body = Order,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn reorder(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(Order { chats }): Json<Order>,
) -> Result<Answer<()>, Error> {
    if chats.len() > PINNED_MAX {
        return Err(Rejection::TooManyPinned.into());
    }
    gateway.inbox(me, command, Command::Reorder { chats }).await.map(done)
}

/// Keeps what the caller is about to say in a chat, for its other devices. A message that it sends there ends it.
#[utoipa::path(put, path = "/v1/chats/{chat}/draft", tag = "chats", params(("chat" = String, Path)), request_body = NewDraft,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn draft(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(new): Json<NewDraft>,
) -> Result<Answer<()>, Error> {
    let body = Body::parse(&new.text, new.entities)?;
    let reply_to = new.reply_to;
    gateway
        .inbox(me, command, Command::draft(chat, Some(Draft { body, reply_to })))
        .await
        .map(done)
}

/// Ends a draft.
#[utoipa::path(delete, path = "/v1/chats/{chat}/draft", tag = "chats", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn discard(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: chat }: Bare<ChatId>,
) -> Result<Answer<()>, Error> {
    gateway.inbox(me, command, Command::draft(chat, None)).await.map(done)
}
