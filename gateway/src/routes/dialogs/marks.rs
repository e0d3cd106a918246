//! `/v1/chats/{chat}/messages/hide`, `…/clear`, `…/unread`: what the caller does not see, and what it has to look at again.

use axum::extract::State;
use domain::id::{ChatId, MessageId};
use domain::inbox::Command;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, JsonOrNone, Path};

/// Messages to hide.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unseen {
    /// Which: at most 100.
    #[schema(value_type = Vec<i64>)]
    messages: Vec<MessageId>,
}

/// How much to clear.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpTo {
    /// Up to and including this message; absent: all.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    up_to: Option<MessageId>,
}

/// Hides messages from the caller, on all of its devices and for ever. Others go on seeing them.
#[utoipa::path(post, path = "/v1/chats/{chat}/messages/hide", tag = "messages", params(("chat" = String, Path)), request_body = Unseen,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn hide(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(unseen): Json<Unseen>,
) -> Result<Answer<()>, Error> {
    gateway.inbox(me, command, Command::hide(chat, unseen.messages)).await.map(done)
}

/// Hides everything from the caller that was said in a chat.
#[utoipa::path(post, path = "/v1/chats/{chat}/clear", tag = "chats", params(("chat" = String, Path)), request_body = UpTo,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn clear(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    JsonOrNone(UpTo { up_to }): JsonOrNone<UpTo>,
) -> Result<Answer<()>, Error> {
    gateway.inbox(me, command, Command::clear(chat, up_to)).await.map(done)
}

/// Marks a chat as unread, whatever was read in it. Reading ends that.
#[utoipa::path(put, path = "/v1/chats/{chat}/unread", tag = "chats", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn mark(me: Device, State(gateway): State<Shared>, Bare { command, of: chat }: Bare<ChatId>) -> Result<Answer<()>, Error> {
    gateway.inbox(me, command, Command::mark_unread(chat, true)).await.map(done)
}

/// Marks a chat as unread no more.
#[utoipa::path(delete, path = "/v1/chats/{chat}/unread", tag = "chats", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn unmark(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: chat }: Bare<ChatId>,
) -> Result<Answer<()>, Error> {
    gateway.inbox(me, command, Command::mark_unread(chat, false)).await.map(done)
}
