//! An inbox's rules: marks only rise, and never beyond what was sent; channels are followed or not.

use super::event::{Read, Subscribed, Unsubscribed};
use super::{Command, Event, Inbox, Rejection, SUBSCRIPTIONS_MAX};
use crate::actor::Actor;
use crate::aggregate::Context;
use crate::id::{ChatId, MessageId};

pub(super) fn decide(inbox: &Inbox, context: &Context, command: &Command) -> Result<Vec<Event>, Rejection> {
    match (&context.by, command) {
        (Actor::Device(account, _) | Actor::Import(account), _) if *account == inbox.account => {}
        (Actor::Reactor(_), Command::Unsubscribe { .. }) => {}
        (Actor::Device(..) | Actor::Import(_) | Actor::Admin(..) | Actor::Service(_) | Actor::Reactor(_), _) => {
            return Err(Rejection::NotYours);
        }
    }
    match command {
        Command::Read { chat, up_to, top } => read(inbox, *chat, *up_to, *top),
        Command::Subscribe { chat, top } => subscribe(inbox, *chat, *top),
        Command::Unsubscribe { chat } => Ok(unsubscribe(inbox, *chat)),
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

fn subscribe(inbox: &Inbox, chat: ChatId, top: Option<MessageId>) -> Result<Vec<Event>, Rejection> {
    match chat {
        ChatId::Channel(_) if inbox.subscribed.contains(&chat) => Ok(Vec::new()),
        ChatId::Channel(_) if inbox.subscribed.len() >= SUBSCRIPTIONS_MAX => Err(Rejection::TooManySubscriptions),
        ChatId::Channel(_) => Ok(vec![Event::Subscribed(Subscribed { chat, after: top })]),
        ChatId::Group(_) | ChatId::Direct(..) => Err(Rejection::NotAChannel),
    }
}

fn unsubscribe(inbox: &Inbox, chat: ChatId) -> Vec<Event> {
    if inbox.subscribed.contains(&chat) {
        vec![Event::Unsubscribed(Unsubscribed { chat })]
    } else {
        Vec::new()
    }
}
