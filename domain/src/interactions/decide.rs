//! Interactions' rules: the installation counts, accounts react.

use super::event::{Count, Counted, ReactionChanged};
use super::{COUNTED_MAX, Command, Event, REACTIONS_MAX, Rejection};
use crate::actor::{Actor, UPKEEP};
use crate::aggregate::Context;
use crate::id::{AccountId, MessageId};

pub(super) fn decide(context: &Context, command: &Command) -> Result<Vec<Event>, Rejection> {
    match (&context.by, command) {
        (Actor::Service(name), Command::Count { messages }) if name == UPKEEP => count(messages),
        (
            Actor::Device(account, _),
            Command::React {
                message,
                reactions,
                present,
                allowed: true,
            },
        ) => react(*account, *message, reactions, present),
        (Actor::Device(..), Command::React { allowed: false, .. }) => Err(Rejection::NotAllowed),
        (Actor::Device(..) | Actor::Service(_) | Actor::Reactor(_) | Actor::Import(_) | Actor::Admin(..), _) => Err(Rejection::NotYours),
    }
}

fn count(messages: &[Count]) -> Result<Vec<Event>, Rejection> {
    if messages.len() > COUNTED_MAX {
        return Err(Rejection::TooManyMessages);
    }
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let mut messages = messages.to_vec();
    messages.sort_by_key(|count| count.message);
    Ok(vec![Event::Counted(Counted { messages })])
}

fn react(account: AccountId, message: MessageId, wanted: &[String], present: &[String]) -> Result<Vec<Event>, Rejection> {
    let mut reactions: Vec<String> = Vec::new();
    for emoji in wanted {
        if !reactions.contains(emoji) {
            reactions.push(emoji.clone());
        }
        if reactions.len() > REACTIONS_MAX {
            return Err(Rejection::TooManyReactions);
        }
    }
    if reactions == present {
        return Ok(Vec::new());
    }
    Ok(vec![Event::ReactionChanged(ReactionChanged {
        message,
        account,
        reactions,
    })])
}
