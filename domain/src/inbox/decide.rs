//! An inbox's rules: marks only rise, and never beyond what was sent.

use super::event::Read;
use super::{Command, Event, Inbox, Rejection};
use crate::actor::Actor;
use crate::aggregate::Context;
use crate::id::{ChatId, MessageId};

pub(super) fn decide(inbox: &Inbox, context: &Context, command: &Command) -> Result<Vec<Event>, Rejection> {
    match &context.by {
        Actor::Device(account, _) | Actor::Import(account) if *account == inbox.account => {}
        Actor::Device(..) | Actor::Import(_) | Actor::Admin(..) | Actor::Service(_) | Actor::Reactor(_) => return Err(Rejection::NotYours),
    }
    match command {
        Command::Read { chat, up_to, top } => read(inbox, *chat, *up_to, *top),
    }
}

fn read(inbox: &Inbox, chat: ChatId, up_to: MessageId, top: Option<MessageId>) -> Result<Vec<Event>, Rejection> {
    // First of all: a mark that another said as well, or that was raised meanwhile, gets its answer again, whatever has become of the chat.
    if inbox.read.get(&chat).is_some_and(|mark| *mark >= up_to) {
        return Ok(Vec::new());
    }
    if Some(up_to) > top {
        return Err(Rejection::NotSentYet(up_to));
    }
    Ok(vec![Event::Read(Read { chat, up_to })])
}
