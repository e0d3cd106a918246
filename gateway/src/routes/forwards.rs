//! `/v1/chats/{chat}/forward`: sending messages on.

use std::collections::BTreeMap;

use axum::extract::State;
use domain::chat::command::{Carried, Forward};
use domain::chat::content::Text;
use domain::chat::event::Forwarded;
use domain::chat::{self, Chat, FORWARD_MAX};
use domain::id::{AccountId, ChatId, MessageId};
use domain::stream::Stream;
use infra::executor;
use projections::dialogs;
use projections::timeline::{self, Message};
use serde::Deserialize;
use utoipa::ToSchema;

use super::messages::{Messages, told};
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, Path, or_default};
use crate::position::Fresh;
use crate::rendering::{Opener, Shut};
use crate::{Gateway, Shared};

type Found = BTreeMap<MessageId, Option<Carried>>;

/// Messages to send on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forwarding {
    /// The chat that they are from; the caller has to be in it.
    #[schema(value_type = String)]
    from_chat: ChatId,
    /// Which: 1 to 100; they arrive in the order of their ids.
    #[schema(value_type = Vec<i64>)]
    messages: Vec<MessageId>,
    /// Whether nobody is to be disturbed by them.
    #[serde(default, deserialize_with = "or_default")]
    #[schema(value_type = Option<bool>)]
    silent: bool,
    /// Whether it is left out who said them first.
    #[serde(default, deserialize_with = "or_default")]
    #[schema(value_type = Option<bool>)]
    without_origin: bool,
}

/// Sends messages on into a chat: all, or none.
#[utoipa::path(post, path = "/v1/chats/{chat}/forward", tag = "messages", params(("chat" = String, Path)), request_body = Forwarding,
    responses((status = 201, body = Messages), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn forward(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(wanted): Json<Forwarding>,
) -> Result<Answer<Messages>, Error> {
    gateway.limits.messages(me.account, chat, wanted.messages.len())?;
    gateway.must_have_peer(chat, me).await?;
    // Who does not see them sends nothing on, but what was accepted before gets its answer again.
    let (found, stranger) = match gateway.found(me, &wanted).await {
        Err(Error::ChatNotFound) => (Found::new(), true),
        found => (found?, false),
    };
    let payload = chat::Command::Forward(Forward {
        from: wanted.from_chat,
        messages: wanted.messages,
        silent: wanted.silent,
        without_origin: wanted.without_origin,
        found,
    });
    let done = gateway.executor.execute::<Chat>(chat, me.request(command, payload)).await;
    let done = done.map_err(|error| match error {
        executor::Error::Rejected(_) if stranger => Error::ChatNotFound,
        other => other.into(),
    })?;
    let messages = told(&gateway, &done).await?;
    Ok(Answer::created(Messages { messages }).at(done.position))
}

impl Gateway {
    /// What stands now where they are from. More than can be sent on are refused without a look.
    async fn found(&self, me: Device, wanted: &Forwarding) -> Result<Found, Error> {
        let chat = wanted.from_chat;
        self.must_be_in(me, chat).await?;
        if wanted.messages.len() > FORWARD_MAX {
            return Ok(Found::new());
        }
        let ids: Vec<_> = wanted.messages.iter().map(|message| (chat, *message)).collect();
        let mut rows = timeline::messages(&self.models.db, &ids).await?;
        if !wanted.messages.iter().all(|id| rows.iter().any(|row| row.message == *id)) {
            // Perhaps the read models do not know yet what the client knows.
            self.settle(chat).await?;
            rows = timeline::messages(&self.models.db, &ids).await?;
        }
        let hidden = dialogs::hidden(&self.models.db, me.account, chat, &wanted.messages).await?;
        rows.retain(|row| !hidden.contains(&row.message));
        let owners: Vec<AccountId> = rows.iter().flat_map(Message::owners).collect();
        let opener = Opener::for_accounts(&self.keys, &owners).await?;
        let protected = self.is_protected(chat).await?;
        rows.iter().map(|row| Ok((row.message, carried(opener, row, protected)?))).collect()
    }
}

impl Gateway {
    /// Whether what is said in a chat stays there. Never stale: its stream says it, so that what is forbidden is forbidden once that was answered.
    async fn is_protected(&self, chat: ChatId) -> Result<bool, Error> {
        match chat {
            ChatId::Direct(..) => Ok(false),
            ChatId::Group(_) | ChatId::Channel(_) => Ok(self.executor.look::<Chat>(chat).await?.is_protected()),
        }
    }
}

/// What a message gives to be sent on; `None`: it is deleted or erased.
fn carried(opener: Opener<'_>, row: &Message, protected: bool) -> Result<Option<Carried>, Error> {
    if row.service.is_some() && !row.deleted {
        return Err(chat::Rejection::ServiceMessage(row.message).into());
    }
    let Some(closed) = row.content.as_ref().filter(|_| !row.deleted) else {
        return Ok(None);
    };
    let text = match opener.open_closed::<Text>(&Stream::Chat(row.chat), closed) {
        Ok(text) => text,
        Err(Shut::Erased) => return Ok(None),
        Err(Shut::Unreadable) => return Err(Error::KeyLost(closed.of)),
    };
    let here = || Forwarded {
        // A channel says it itself.
        from: (!matches!(row.chat, ChatId::Channel(_))).then_some(row.author),
        hidden: false,
        chat: Some(row.chat),
        message: Some(row.message),
        sent_at: row.sent_at,
    };
    Ok(Some(Carried {
        kind: row.kind,
        text,
        length: row.length,
        entities: row.entities.clone(),
        of: closed.of,
        origin: row.forwarded.clone().unwrap_or_else(here),
        protected: row.protected || protected,
    }))
}
