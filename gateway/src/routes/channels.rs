//! `/v1/channels`, `/v1/chats/{chat}/subscribe`: creating, finding and following channels.

mod running;
pub(super) mod updates;
pub(super) mod username;
pub(super) mod views;

use axum::extract::State;
use domain::account::UsernameText;
use domain::chat::command::Create;
use domain::chat::{self, Chat};
use domain::id::{ChatId, CommandId, MessageId, Position};
use domain::inbox::{self, Inbox};
use infra::executor::Done;
use projections::{chats, dialogs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::chats::view::{ChannelView, OneHead};
use super::chats::{create_room, description, drawn, title, titled};
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, Query};
use crate::position::Fresh;
use crate::{Gateway, Shared};

/// A new channel; the caller is its owner, and follows it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewChannel {
    /// Its title: 1 to 128 characters.
    title: String,
    /// What it says of itself: 1 to 255 characters, line feeds among them.
    #[serde(default)]
    description: Option<String>,
    /// A username that it is to have, without `@`; what becomes of that, the channel's updates tell.
    #[serde(default)]
    username: Option<String>,
}

/// Who has a username: one channel, or none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundChannels {
    channels: Vec<ChannelView>,
}

/// What to find.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The username, without `@`, in any case.
    username: String,
}

/// Creates a channel.
#[utoipa::path(post, path = "/v1/channels", tag = "channels", request_body = NewChannel,
    responses((status = 201, body = OneHead), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn create(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(new): Json<NewChannel>,
) -> Result<Answer<OneHead>, Error> {
    let begun = Create {
        title: title(&new.title)?,
        members: Vec::new(),
        description: new.description.as_deref().map(description).transpose()?,
    };
    let username = new.username.as_deref().map(username::parse).transpose()?;
    let steps = begin(Shared::clone(&gateway), me, command, begun, username);
    let (id, position) = gateway.go_through(steps).await?;
    Ok(Answer::created(titled(id, &new.title)).at(position))
}

/// Has a channel created, the caller follow it, and a username asked for, if it is to have one.
async fn begin(
    gateway: Shared,
    me: Device,
    command: CommandId,
    begun: Create,
    username: Option<UsernameText>,
) -> Result<(ChatId, Option<Position>), Error> {
    if username.is_some() {
        gateway.level().await?;
        let first = drawn(&gateway, command, ChatId::Channel);
        gateway.may_own_public(me.account, first).await?;
    }
    let request = me.request(command, chat::Command::Create(begun));
    let (id, created) = create_room(&gateway, request, ChatId::Channel).await?;
    let subscribed = gateway.subscribe(me, derived(command, "subscribe"), id, None).await?;
    let mut position = created.position.max(subscribed);
    if let Some(username) = username {
        let asked = gateway.ask_for_username(me, derived(command, "username"), id, username).await?;
        position = position.max(asked.position);
    }
    Ok((id, position))
}

/// The id of what else a command asks for: sent again, it acts once, too.
pub(super) fn derived(command: CommandId, step: &str) -> CommandId {
    CommandId(Uuid::new_v5(&command.0, step.as_bytes()))
}

/// Finds the channel that has a username.
#[utoipa::path(get, path = "/v1/channels", tag = "channels", params(Wanted),
    responses((status = 200, body = FoundChannels), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn find(
    _: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Query(wanted): Query<Wanted>,
) -> Result<axum::Json<FoundChannels>, Error> {
    let username = UsernameText::parse(&wanted.username).map_err(|invalid| Error::Text("username", invalid))?;
    let name = gateway.keys.name_key("username", &username.canonical());
    let mut channels = Vec::new();
    if let Some(row) = chats::named(&gateway.models.db, &name).await? {
        channels.push(ChannelView::of(&gateway, &row).await?);
    }
    Ok(axum::Json(FoundChannels { channels }))
}

/// Follows a public channel; nothing changes if the caller does.
#[utoipa::path(post, path = "/v1/chats/{chat}/subscribe", tag = "channels", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn subscribe(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: chat }: Bare<ChatId>,
) -> Result<Answer<()>, Error> {
    let ChatId::Channel(_) = chat else { return Err(Error::NotAChannel) };
    let standing = dialogs::standing(&gateway.models, me.account, chat).await?;
    let is_in = standing.is_some_and(|standing| standing.member);
    let mut row = gateway.public(chat).await?;
    if row.is_none() && !is_in {
        // Perhaps the read models do not know yet that it has a username.
        gateway.settle(chat).await?;
        row = gateway.public(chat).await?;
    }
    let top = match row {
        Some(row) => row.top_message,
        None if is_in => None,
        None => return Err(Error::ChatNotFound),
    };
    gateway.must_not_be_banned(me, chat).await?;
    gateway.subscribe(me, command, chat, top).await.map(done)
}

impl Gateway {
    /// Refuses who is banned from a channel. Never stale: its stream says it.
    async fn must_not_be_banned(&self, me: Device, chat: ChatId) -> Result<(), Error> {
        let channel = self.executor.look::<Chat>(chat).await?;
        Ok(channel.keeps_out(me.account, self.clock.now())?)
    }

    /// A channel that anybody may follow: it has a username.
    async fn public(&self, chat: ChatId) -> Result<Option<chats::Chat>, Error> {
        let row = chats::chat(&self.models.db, chat).await?;
        Ok(row.filter(|row| row.username.is_some()))
    }

    /// Follows a channel. That the caller may has been checked; who was banned in between follows it no more.
    pub(super) async fn subscribe(
        &self,
        me: Device,
        command: CommandId,
        chat: ChatId,
        top: Option<MessageId>,
    ) -> Result<Option<Position>, Error> {
        let payload = inbox::Command::Subscribe { chat, top };
        let subscribed = self.executor.execute::<Inbox>(me.account, me.request(command, payload)).await?;
        let still_may = self.must_not_be_banned(me, chat).await;
        if let Err(Error::Chat(chat::Rejection::Banned(_))) = still_may {
            self.unsubscribe(me, command, chat).await?;
        }
        still_may.map(|()| subscribed.position)
    }

    async fn unsubscribe(&self, me: Device, command: CommandId, chat: ChatId) -> Result<Done, Error> {
        let request = me.request(derived(command, "unsubscribe"), inbox::Command::Unsubscribe { chat });
        Ok(self.executor.execute::<Inbox>(me.account, request).await?)
    }
}
