//! A chat's rules.

mod forwards;
mod members;
mod mentions;
mod messages;
mod pins;
mod reactions;
mod wishes;

use super::{Chat, Command, Event, Rejection, Right, Role};
use crate::actor::Actor;
use crate::aggregate::{Context, Known};
use crate::id::{AccountId, ChatId};

type Decision = Result<Vec<Event>, Rejection>;

pub(super) fn decide(chat: &Chat, context: &Context, command: &Command, known: &Known) -> Decision {
    let (by, rules) = asker(&context.by)?;
    match command {
        Command::Create(create) => members::create(chat, by, rules, create, known),
        Command::Rename { title } => members::rename(chat, by, rules, title),
        Command::Add { account } => members::add(chat, by, rules, *account, known),
        Command::Remove { account } => members::remove(chat, by, rules, *account),
        Command::Leave => members::leave(chat, by),
        Command::SetRole { account, role } => members::set_role(chat, by, *account, role),
        Command::Send(send) => messages::send(chat, by, rules, send, known),
        Command::Forward(forward) => forwards::forward(chat, by, rules, forward, known),
        Command::Edit(edit) => messages::edit(chat, (by, rules), edit, context.at, known),
        Command::Delete { messages } => messages::delete(chat, by, messages, known),
        Command::React { message, reactions } => reactions::react(chat, (by, rules), *message, reactions, known),
        Command::Pin { message } => pins::pin(chat, (by, rules), *message, known),
        Command::Unpin { message } => pins::unpin(chat, (by, rules), &[*message]),
        Command::UnpinAll => pins::unpin(chat, (by, rules), &chat.pins),
    }
}

/// Whose rules decide what somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// Those of here: roles and their rights, and what others wish.
    Own,
    /// Those of the place where it happened, which is told here: title, joins and removals stand as they were.
    Elsewhere,
}

fn asker(by: &Actor) -> Result<(AccountId, Rules), Rejection> {
    match by {
        Actor::Device(account, _) => Ok((*account, Rules::Own)),
        Actor::Import(account) => Ok((*account, Rules::Elsewhere)),
        Actor::Service(_) | Actor::Reactor(_) | Actor::Admin(..) => Err(Rejection::DevicesOnly),
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

/// Whether the asker may do what needs a right in a group; in an import, only whether the group exists.
fn may_in_group(chat: &Chat, by: AccountId, rules: Rules, right: Right) -> Result<(), Rejection> {
    match (rules, chat.id) {
        (Rules::Elsewhere, ChatId::Group(_)) if chat.exists => Ok(()),
        (Rules::Own | Rules::Elsewhere, _) => need(role_in_group(chat, by)?, right),
    }
}

fn need(role: &Role, right: Right) -> Result<(), Rejection> {
    if role.may(right) {
        Ok(())
    } else {
        Err(Rejection::MissingRight(right))
    }
}
