//! `/v1/chats/{chat}/messages/{message}/reactions`, `…/readers`: who reacts to a message, and who has read it.

use axum::extract::State;
use domain::chat::{Emoji, Rejection};
use domain::id::{AccountId, ChatId, MessageId};
use projections::{chats, dialogs, reactions};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::{behind, page_length};
use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, Path, Query, id, number};
use crate::position::Fresh;
use crate::rendering::ReactionView;

/// Accounts of a page, unless asked for otherwise, and at most.
const PAGE: (u32, u32) = (50, 100);

/// Members of a group in which it is told who has read a message, at most.
const READERS_MAX: u32 = 100;

/// Reactions to a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chosen {
    /// All that the caller reacts with from now on: at most 3 emoji; empty: none.
    reactions: Vec<String>,
}

/// Whose reactions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Whose {
    /// Of those who react with this emoji.
    emoji: Option<String>,
    /// Those behind this account.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<i64>)]
    after: Option<AccountId>,
    /// At most so many: 1 … 100, else 50.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Some of those who react to a message, by account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reactions {
    reactions: Vec<ReactionView>,
    /// What to give as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    next: Option<AccountId>,
}

/// Who has read a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readers {
    /// Members of the chat, by id, without the message's author.
    #[schema(value_type = Vec<i64>)]
    readers: Vec<AccountId>,
}

/// Reacts to a message with these emoji and no others.
#[utoipa::path(put, path = "/v1/chats/{chat}/messages/{message}/reactions", tag = "messages",
    params(("chat" = String, Path), ("message" = i64, Path)), request_body = Chosen,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn react(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path((chat, message)): Path<(ChatId, MessageId)>,
    Json(chosen): Json<Chosen>,
) -> Result<Answer<()>, Error> {
    gateway.react(me, command, (chat, message), &chosen.reactions).await.map(done)
}

/// Takes one's reactions to a message back.
#[utoipa::path(delete, path = "/v1/chats/{chat}/messages/{message}/reactions", tag = "messages",
    params(("chat" = String, Path), ("message" = i64, Path)), responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn take_back(
    me: Device,
    State(gateway): State<Shared>,
    Bare {
        command,
        of: (chat, message),
    }: Bare<(ChatId, MessageId)>,
) -> Result<Answer<()>, Error> {
    gateway.react(me, command, (chat, message), &[]).await.map(done)
}

/// Lists who reacts to a message, and with what; not in channels.
#[utoipa::path(get, path = "/v1/chats/{chat}/messages/{message}/reactions", tag = "messages",
    params(("chat" = String, Path), ("message" = i64, Path), Whose),
    responses((status = 200, body = Reactions), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path((chat, message)): Path<(ChatId, MessageId)>,
    Query(whose): Query<Whose>,
) -> Result<axum::Json<Reactions>, Error> {
    if let ChatId::Channel(_) = chat {
        return Err(Error::Forbidden("who reacts to a channel's posts is told to nobody"));
    }
    let limit = page_length(whose.limit, PAGE.0, PAGE.1)?;
    let with = whose.emoji.as_deref().map(Emoji::parse).transpose()?;
    let _turn = gateway.turn().await;
    gateway.seen(me, chat, message).await?;
    let rows = reactions::who(&gateway.models.db, (chat, message), with.as_ref(), whose.after, limit).await?;
    let next = behind(&rows, limit, |row| row.account);
    let reactions = rows.iter().map(ReactionView::of).collect();
    Ok(axum::Json(Reactions { reactions, next }))
}

/// Tells who has read a message, in chats of at most 100 members.
#[utoipa::path(get, path = "/v1/chats/{chat}/messages/{message}/readers", tag = "messages",
    params(("chat" = String, Path), ("message" = i64, Path)),
    responses((status = 200, body = Readers), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn readers(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path((chat, message)): Path<(ChatId, MessageId)>,
) -> Result<axum::Json<Readers>, Error> {
    // Who follows a channel, nobody is told.
    if let ChatId::Channel(_) = chat {
        return Err(Rejection::NotAGroup.into());
    }
    let _turn = gateway.turn().await;
    let found = gateway.seen(me, chat, message).await?;
    let db = &gateway.models.db;
    if chats::chat(db, chat).await?.is_some_and(|chat| chat.members > READERS_MAX) {
        return Err(Error::GroupTooLarge(READERS_MAX));
    }
    let mut readers = dialogs::readers(db, chat, message, READERS_MAX).await?;
    readers.retain(|account| *account != found.author);
    Ok(axum::Json(Readers { readers }))
}
