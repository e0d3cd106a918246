//! Pinning messages, and taking them down.

use std::collections::BTreeSet;

use super::messages::undeleted;
use super::wishes::may_write;
use super::{Decision, Rules, may_in_group, role_in_chat};
use crate::aggregate::Known;
use crate::chat::event::{MessagePinned, MessagesUnpinned};
use crate::chat::{Chat, Event, PINS_MAX, Rejection, Right};
use crate::id::{AccountId, ChatId, MessageId};

pub(super) fn pin(chat: &Chat, (by, rules): (AccountId, Rules), message: MessageId, known: &Known) -> Decision {
    may_pin(chat, by, rules)?;
    undeleted(message, &known.messages)?;
    if chat.pins.contains(&message) {
        return Ok(Vec::new());
    }
    may_write(chat, by, rules, known)?;
    if chat.pins.len() >= PINS_MAX {
        return Err(Rejection::TooManyPins);
    }
    Ok(vec![Event::MessagePinned(MessagePinned { message, service: None })])
}

/// Those of them that are pinned.
pub(super) fn unpin(chat: &Chat, (by, rules): (AccountId, Rules), messages: &[MessageId]) -> Decision {
    may_pin(chat, by, rules)?;
    let pinned: BTreeSet<MessageId> = messages.iter().copied().filter(|message| chat.pins.contains(message)).collect();
    if pinned.is_empty() {
        return Ok(Vec::new());
    }
    let messages = pinned.into_iter().collect();
    Ok(vec![Event::MessagesUnpinned(MessagesUnpinned { messages })])
}

/// Either side of a direct chat may pin in it.
fn may_pin(chat: &Chat, by: AccountId, rules: Rules) -> Result<(), Rejection> {
    match chat.id {
        ChatId::Direct(..) => role_in_chat(chat, by).map(|_| ()),
        ChatId::Group(_) | ChatId::Channel(_) => may_in_group(chat, by, rules, Right::PinMessages),
    }
}
