//! `/v1/chats/{chat}/pins`: a chat's pinned messages.

use axum::extract::State;
use domain::chat::{Chat, Command};
use domain::id::{ChatId, CommandId, MessageId};
use projections::{pins, timeline};

use super::messages::{Messages, pinned};
use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, Path};
use crate::position::Fresh;

/// Lists a chat's pinned messages, the last pinned last, but for those that the caller has hidden.
#[utoipa::path(get, path = "/v1/chats/{chat}/pins", tag = "messages", params(("chat" = String, Path)),
    responses((status = 200, body = Messages), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
) -> Result<axum::Json<Messages>, Error> {
    let _turn = gateway.turn().await;
    gateway.must_be_in(me, chat).await?;
    let db = &gateway.models.db;
    let ids = pins::of(db, &[chat]).await?.remove(&chat).unwrap_or_default();
    let rows = timeline::those(db, me.account, chat, &ids).await?;
    pinned(&gateway, rows, &ids).await
}

/// Pins a message, for everybody.
#[utoipa::path(put, path = "/v1/chats/{chat}/pins/{message}", tag = "messages", params(("chat" = String, Path), ("message" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn pin(
    me: Device,
    State(gateway): State<Shared>,
    Bare {
        command,
        of: (chat, message),
    }: Bare<(ChatId, MessageId)>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::Pin { message }).await
}

/// Takes a message down.
#[utoipa::path(delete, path = "/v1/chats/{chat}/pins/{message}", tag = "messages", params(("chat" = String, Path), ("message" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn unpin(
    me: Device,
    State(gateway): State<Shared>,
    Bare {
        command,
        of: (chat, message),
    }: Bare<(ChatId, MessageId)>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::Unpin { message }).await
}

/// Takes all pinned messages down.
#[utoipa::path(delete, path = "/v1/chats/{chat}/pins", tag = "messages", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn unpin_all(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: chat }: Bare<ChatId>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::UnpinAll).await
}

async fn have(gateway: &Shared, me: Device, command: CommandId, chat: ChatId, payload: Command) -> Result<Answer<()>, Error> {
    let done_at = gateway.executor.execute::<Chat>(chat, me.request(command, payload)).await?;
    Ok(done(done_at.position))
}
