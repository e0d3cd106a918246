//! What groups have beside members and messages: settings, bans and restrictions, invite links, requests to join.

pub(super) mod bans;
pub(super) mod joining;
pub(super) mod links;
pub(super) mod requests;
pub(super) mod restrictions;
pub(super) mod settings;

use domain::chat::{Chat, Command, Rejection, Right};
use domain::id::{ChatId, CommandId};
use projections::members;

use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::Error;

/// Has something done in a chat, of which there is nothing to tell.
async fn have(gateway: &Shared, me: Device, command: CommandId, chat: ChatId, payload: Command) -> Result<Answer<()>, Error> {
    let made = gateway.executor.execute::<Chat>(chat, me.request(command, payload)).await?;
    Ok(done(made.position))
}

/// Refuses to show what only those with a right see.
async fn must_have(gateway: &Shared, me: Device, chat: ChatId, right: Right) -> Result<(), Error> {
    gateway.must_be_in(me, chat).await?;
    let role = members::role(&gateway.models.db, chat, me.account)
        .await?
        .ok_or(Error::ChatNotFound)?;
    match chat {
        ChatId::Direct(..) => Err(Rejection::NotAGroup.into()),
        ChatId::Group(_) | ChatId::Channel(_) if role.may(right) => Ok(()),
        ChatId::Group(_) | ChatId::Channel(_) => Err(Rejection::MissingRight(right).into()),
    }
}
