//! A chat's rules.

mod members;
mod messages;

use super::{Chat, Command, Event, Rejection, Right, Role};
use crate::actor::Actor;
use crate::aggregate::{Context, Known};
use crate::id::{AccountId, ChatId};

type Decision = Result<Vec<Event>, Rejection>;

pub(super) fn decide(chat: &Chat, context: &Context, command: &Command, known: &Known) -> Decision {
    let by = asker(&context.by)?;
    match command {
        Command::Create(create) => members::create(chat, by, create),
        Command::Rename { title } => members::rename(chat, by, title),
        Command::Add { account } => members::add(chat, by, *account),
        Command::Remove { account } => members::remove(chat, by, *account),
        Command::Leave => members::leave(chat, by),
        Command::SetRole { account, role } => members::set_role(chat, by, *account, role),
        Command::Send(send) => messages::send(chat, by, send, known),
        Command::Edit { message, body } => messages::edit(chat, by, *message, body, known),
        Command::Delete { messages } => messages::delete(chat, by, messages, known),
    }
}

fn asker(by: &Actor) -> Result<AccountId, Rejection> {
    match by {
        Actor::Device(account, _) => Ok(*account),
        Actor::Service(_) | Actor::Reactor(_) => Err(Rejection::DevicesOnly),
    }
}

/// The asker's role in a group.
fn role_in_group(chat: &Chat, by: AccountId) -> Result<&Role, Rejection> {
    match chat.id {
        ChatId::Group(_) => chat.members.get(&by).map(|member| &member.role).ok_or(Rejection::NotAMember),
        ChatId::Direct(..) => Err(Rejection::NotAGroup),
        ChatId::Channel(_) => Err(Rejection::NoChannelsYet),
    }
}

/// The asker's role in a chat, which a direct chat's two sides have before it exists.
fn role_in_chat(chat: &Chat, by: AccountId) -> Result<&Role, Rejection> {
    match chat.id {
        ChatId::Direct(low, high) if by == low || by == high => Ok(&Role::Member),
        ChatId::Direct(..) => Err(Rejection::NotAMember),
        ChatId::Group(_) | ChatId::Channel(_) => role_in_group(chat, by),
    }
}

fn need(role: &Role, right: Right) -> Result<(), Rejection> {
    if role.may(right) {
        Ok(())
    } else {
        Err(Rejection::MissingRight(right))
    }
}
