//! `/v1/chats/{chat}/messages`: sending, editing, deleting messages, and reading one. Pages of them are in [`super::history`].

mod new;

use axum::extract::State;
use domain::chat::{self, Chat};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, CommandId, MessageId};
use infra::executor::Done;
use projections::replay::Place;
use projections::timeline::{self, From};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::new::{NewMessage, NewText};
use super::page::{PAGE, PAGE_MAX, fitting, page_length};
use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, Path, id, number, parsed};
use crate::position::Fresh;
use crate::rendering::{MessageView, Opener, owners};

/// Messages to delete.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unwanted {
    /// Which: 1 to 100.
    #[schema(value_type = Vec<i64>)]
    messages: Vec<MessageId>,
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneMessage {
    message: MessageView,
}

/// Some messages, in ascending order, without deleted ones.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Messages {
    pub(super) messages: Vec<MessageView>,
}

/// What was deleted by this.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deleted {
    /// Which; those that were deleted before are left out.
    #[schema(value_type = Vec<i64>)]
    deleted: Vec<MessageId>,
}

/// Which messages: `before` or `after`, else the newest.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Range {
    /// The newest ones before this message.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<i64>)]
    before: Option<MessageId>,
    /// The oldest ones behind this message; 0 for the first.
    #[serde(default, deserialize_with = "number")]
    after: Option<i64>,
    /// At most so many: 1 … 200, else 50.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// As of this place in the log: a position, or a time (RFC 3339).
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    pub(super) as_of: Option<Place>,
}

/// Pinned messages in their order.
pub(super) async fn pinned(gateway: &Shared, mut rows: Vec<timeline::Message>, order: &[MessageId]) -> Result<axum::Json<Messages>, Error> {
    rows.sort_by_key(|row| order.iter().position(|id| *id == row.message));
    let messages = views(gateway, &rows).await?;
    Ok(axum::Json(Messages { messages }))
}

/// Those that fit into a page, from the end that was asked for.
pub(super) fn within(rows: &[timeline::Message], from: From, bytes: usize) -> &[timeline::Message] {
    match from {
        From::After(_) => &rows[..fitting(rows.iter().map(timeline::Message::size), bytes)],
        From::Before(_) => &rows[rows.len() - fitting(rows.iter().rev().map(timeline::Message::size), bytes)..],
    }
}

impl Range {
    /// From where on, and how many.
    pub(super) fn page(&self) -> Result<(From, u32), Error> {
        Ok((from(self.before, self.after)?, page_length(self.limit, PAGE, PAGE_MAX)?))
    }
}

/// From where on: `before` a message, else `after` one (0: from the first), else the end.
pub(super) fn from(before: Option<MessageId>, after: Option<i64>) -> Result<From, Error> {
    match (before, after) {
        (before, None) => Ok(From::Before(before)),
        (None, Some(0)) => Ok(From::After(None)),
        (None, Some(after)) => {
            let after = MessageId::try_from(after).map_err(|invalid| Error::InvalidRequest(format!("after: {invalid}")))?;
            Ok(From::After(Some(after)))
        }
        (Some(_), Some(_)) => Err(Error::InvalidRequest("before: can't be combined with after".to_owned())),
    }
}

/// Sends a message.
#[utoipa::path(post, path = "/v1/chats/{chat}/messages", tag = "messages", params(("chat" = String, Path)), request_body = NewMessage,
    responses((status = 201, body = OneMessage), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn send(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(new): Json<NewMessage>,
) -> Result<Answer<OneMessage>, Error> {
    let payload = gateway.saying(me, chat, new.into()).await?;
    let done = gateway.executor.execute::<Chat>(chat, me.request(command, payload)).await?;
    let message = told(&gateway, &done)
        .await?
        .pop()
        .ok_or_else(|| Error::Internal("a message was sent without a fact".to_owned()))?;
    Ok(Answer::created(OneMessage { message }).at(done.position))
}

/// A message; a deleted one without its text.
#[utoipa::path(get, path = "/v1/chats/{chat}/messages/{message}", tag = "messages", params(("chat" = String, Path), ("message" = i64, Path)),
    responses((status = 200, body = OneMessage), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn get(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path((chat, message)): Path<(ChatId, MessageId)>,
) -> Result<axum::Json<OneMessage>, Error> {
    gateway.must_be_in(me, chat).await?;
    let rows: Vec<_> = timeline::message(&gateway.models.db, me.account, chat, message)
        .await?
        .into_iter()
        .collect();
    let message = views(&gateway, &rows).await?.pop().ok_or(Error::MessageNotFound(message))?;
    Ok(axum::Json(OneMessage { message }))
}

/// Replaces what one's own message says.
#[utoipa::path(patch, path = "/v1/chats/{chat}/messages/{message}", tag = "messages", params(("chat" = String, Path), ("message" = i64, Path)),
    request_body = NewText, responses((status = 200, body = OneMessage), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn edit(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path((chat, message)): Path<(ChatId, MessageId)>,
    Json(new): Json<NewText>,
) -> Result<Answer<OneMessage>, Error> {
    let payload = gateway.editing(message, new.into()).await?;
    let done = gateway.executor.execute::<Chat>(chat, me.request(command, payload)).await?;
    let edited = told(&gateway, &done).await?.pop();
    let message = edited.unwrap_or_else(|| MessageView {
        id: message.get(),
        ..MessageView::default()
    });
    Ok(Answer::ok(OneMessage { message }).at(done.position))
}

/// Deletes a message for everybody.
#[utoipa::path(delete, path = "/v1/chats/{chat}/messages/{message}", tag = "messages", params(("chat" = String, Path), ("message" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn delete(
    me: Device,
    State(gateway): State<Shared>,
    Bare {
        command,
        of: (chat, message),
    }: Bare<(ChatId, MessageId)>,
) -> Result<Answer<()>, Error> {
    let deleted = erase(&gateway, me, command, chat, vec![message]).await?;
    Ok(done(deleted.position))
}

/// Deletes messages for everybody.
#[utoipa::path(post, path = "/v1/chats/{chat}/messages/delete", tag = "messages", params(("chat" = String, Path)), request_body = Unwanted,
    responses((status = 200, body = Deleted), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn delete_many(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(unwanted): Json<Unwanted>,
) -> Result<Answer<Deleted>, Error> {
    let done = erase(&gateway, me, command, chat, unwanted.messages).await?;
    let deleted = done.facts.iter().flat_map(|fact| deleted(fact)).copied().collect();
    Ok(Answer::ok(Deleted { deleted }).at(done.position))
}

async fn erase(gateway: &Shared, me: Device, command: CommandId, chat: ChatId, messages: Vec<MessageId>) -> Result<Done, Error> {
    let request = me.request(command, chat::Command::Delete { messages });
    Ok(gateway.executor.execute::<Chat>(chat, request).await?)
}

fn deleted(fact: &Fact) -> &[MessageId] {
    match &fact.event {
        Event::Chat(chat::Event::MessagesDeleted(deleted)) => &deleted.messages,
        Event::Chat(_)
        | Event::Account(_)
        | Event::Inbox(_)
        | Event::SignIn(_)
        | Event::Name(_)
        | Event::Interactions(_)
        | Event::System(_) => &[],
    }
}

/// The messages that a command sent or edited.
pub(super) async fn told(gateway: &Shared, done: &Done) -> Result<Vec<MessageView>, Error> {
    let owners: Vec<AccountId> = done.facts.iter().flat_map(|fact| owners(&fact.event)).collect();
    let opener = Opener::for_accounts(&gateway.keys, &owners).await?;
    let messages = done.facts.iter().filter_map(|fact| match &fact.event {
        Event::Chat(chat::Event::MessageSent(sent)) => Some(opener.sent(fact, sent)),
        Event::Chat(chat::Event::MessageEdited(edited)) => Some(opener.edited(fact, edited)),
        Event::Chat(_)
        | Event::Account(_)
        | Event::Inbox(_)
        | Event::SignIn(_)
        | Event::Name(_)
        | Event::Interactions(_)
        | Event::System(_) => None,
    });
    Ok(messages.collect())
}

/// Messages as clients see them.
pub(super) async fn views(gateway: &Shared, rows: &[timeline::Message]) -> Result<Vec<MessageView>, Error> {
    let owners: Vec<AccountId> = rows.iter().flat_map(timeline::Message::owners).collect();
    let opener = Opener::for_accounts(&gateway.keys, &owners).await?;
    Ok(rows.iter().map(|row| opener.message(row)).collect())
}
