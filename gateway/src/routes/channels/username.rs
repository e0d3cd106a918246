//! `/v1/chats/{chat}/username`: claiming a channel's username is decided by the name itself; the outcome follows.

use std::time::Duration;

use axum::extract::State;
use domain::account::UsernameText;
use domain::chat::{self, Chat};
use domain::event::Event;
use domain::id::{AccountId, ChatId, CommandId, NameKey, Position};
use domain::stream::Stream;
use domain::text::InvalidText;
use infra::commit;
use infra::executor::Done;
use projections::{chats, members};
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};
use utoipa::ToSchema;

use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, Path};
use crate::{Gateway, Shared};

/// How often the channel is looked at for an outcome.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A username that a channel is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedChannelUsername {
    /// Without `@`: 5 to 32 letters a-z, digits and underscores, a letter first.
    username: String,
}

/// What became of the wish.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelUsernameOutcome {
    /// As it was asked for.
    username: String,
    /// Whether the outcome is not known yet; `chat_username_changed` follows, if it can be had.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pending: bool,
}

/// A username that may be asked for.
pub(super) fn parse(text: &str) -> Result<UsernameText, Error> {
    let username = UsernameText::parse(text).map_err(|invalid| Error::Text("username", invalid))?;
    if username.is_reserved() {
        return Err(Error::Text("username", InvalidText::ReservedUsername));
    }
    Ok(username)
}

/// Asks for a username for a channel, which makes it public, and waits, a few seconds at most, for the outcome.
#[utoipa::path(put, path = "/v1/chats/{chat}/username", tag = "channels", params(("chat" = String, Path)), request_body = WantedChannelUsername,
    responses((status = 200, body = ChannelUsernameOutcome), (status = 202, body = ChannelUsernameOutcome), (status = 409, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn request(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(wanted): Json<WantedChannelUsername>,
) -> Result<Answer<ChannelUsernameOutcome>, Error> {
    let username = parse(&wanted.username)?;
    let name = gateway.keys.name_key("username", &username.canonical());
    gateway.may_be_public(me, chat).await?;
    let asked = gateway.ask_for_username(me, command, chat, username).await?;
    let outcome = |pending| ChannelUsernameOutcome {
        username: wanted.username.clone(),
        pending,
    };
    if asked.facts.is_empty() && !asked.repeated {
        return Ok(Answer::ok(outcome(false)).at(asked.position));
    }
    let settled = timeout(gateway.config.settle_max, settled(&gateway, chat, &name, asked.position)).await;
    match settled.ok().transpose()? {
        Some(position) => Ok(Answer::ok(outcome(false)).at(Some(position))),
        None => Ok(Answer::accepted(outcome(true)).at(asked.position)),
    }
}

/// Gives a channel's username up: nobody finds it any more, nor follows it but by a link.
#[utoipa::path(delete, path = "/v1/chats/{chat}/username", tag = "channels", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn drop(me: Device, State(gateway): State<Shared>, Bare { command, of: chat }: Bare<ChatId>) -> Result<Answer<()>, Error> {
    let request = me.request(command, chat::Command::DropUsername);
    let dropped = gateway.executor.execute::<Chat>(chat, request).await?;
    Ok(done(dropped.position))
}

impl Gateway {
    /// Refuses a username to a channel whose owner has as many public ones as one may. Who may not ask for one learns nothing of that.
    async fn may_be_public(&self, me: Device, chat: ChatId) -> Result<(), Error> {
        self.level().await?;
        let db = &self.models.db;
        if members::role(db, chat, me.account).await?.is_none() {
            return Ok(());
        }
        let is_public = chats::chat(db, chat).await?.is_some_and(|chat| chat.username.is_some());
        match members::owner(db, chat).await?.filter(|_| !is_public) {
            Some(owner) => self.may_own_public(owner, chat).await,
            None => Ok(()),
        }
    }

    /// Refuses an account that owns as many channels with a username as one may, this one apart.
    pub(super) async fn may_own_public(&self, owner: AccountId, chat: ChatId) -> Result<(), Error> {
        if chats::public_of(&self.models.db, owner, chat).await? >= self.config.public_channels {
            return Err(Error::TooManyUsernames);
        }
        Ok(())
    }

    /// Asks for a username for a channel.
    pub(super) async fn ask_for_username(
        &self,
        me: Device,
        command: CommandId,
        chat: ChatId,
        username: UsernameText,
    ) -> Result<Done, Error> {
        let name = self.keys.name_key("username", &username.canonical());
        let payload = chat::Command::RequestUsername { name, username };
        Ok(self.executor.execute::<Chat>(chat, me.request(command, payload)).await?)
    }
}

/// Waits for what the name's own stream decides.
async fn settled(gateway: &Shared, chat: ChatId, name: &NameKey, asked: Option<Position>) -> Result<Position, Error> {
    loop {
        if let Some(position) = told(gateway, chat, name, asked).await? {
            return Ok(position);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// What became of the wish for a name, behind `asked`; the first outcome counts.
async fn told(gateway: &Shared, chat: ChatId, name: &NameKey, asked: Option<Position>) -> Result<Option<Position>, Error> {
    for record in gateway.log.read(&Stream::Chat(chat), asked).await? {
        let commit = commit::decode(&record).map_err(|error| Error::Internal(error.to_string()))?;
        for read in &commit.facts {
            let commit::Read::Fact(fact) = read else { continue };
            match &fact.event {
                Event::Chat(chat::Event::UsernameRefused(refused)) if refused.name == *name => return Err(Error::UsernameTaken),
                Event::Chat(chat::Event::UsernameChanged(changed)) if changed.name.as_ref() == Some(name) => {
                    return Ok(Some(record.position));
                }
                _ => {}
            }
        }
    }
    Ok(None)
}
