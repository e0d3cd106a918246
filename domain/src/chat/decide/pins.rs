//! Pinning messages, and taking them down.

use std::collections::BTreeSet;

use super::messages::undeleted;
use super::wishes::may_write;
use super::{Asker, Decision, permitted_in_group, role_in_chat, service_message};
use crate::aggregate::Known;
use crate::chat::event::{MessagePinned, MessagesUnpinned};
use crate::chat::{Chat, Event, PINS_MAX, Permission, Rejection};
use crate::id::{ChatId, MessageId};

pub(super) fn pin(chat: &Chat, asker: Asker, message: MessageId, known: &Known) -> Decision {
    may_pin(chat, asker)?;
    if undeleted(message, &known.messages)?.service {
        return Err(Rejection::ServiceMessage(message));
    }
    if chat.pins.contains(&message) {
        return Ok(Vec::new());
    }
    may_write(chat, asker, known)?;
    if chat.pins.len() >= PINS_MAX {
        return Err(Rejection::TooManyPins);
    }
    let service = said_in(chat, asker);
    Ok(vec![Event::MessagePinned(MessagePinned { message, service })])
}

/// The service message that says it: where many are, what everybody should see.
fn said_in(chat: &Chat, asker: Asker) -> Option<MessageId> {
    match chat.id {
        ChatId::Group(_) => service_message(chat, asker),
        ChatId::Direct(..) | ChatId::Channel(_) => None,
    }
}

/// Those of them that are pinned.
pub(super) fn unpin(chat: &Chat, asker: Asker, messages: &[MessageId]) -> Decision {
    may_pin(chat, asker)?;
    let pinned: BTreeSet<MessageId> = messages.iter().copied().filter(|message| chat.pins.contains(message)).collect();
    if pinned.is_empty() {
        return Ok(Vec::new());
    }
    let messages = pinned.into_iter().collect();
    Ok(vec![Event::MessagesUnpinned(MessagesUnpinned { messages })])
}

/// Either side of a direct chat may pin in it.
fn may_pin(chat: &Chat, asker: Asker) -> Result<(), Rejection> {
    match chat.id {
        ChatId::Direct(..) => role_in_chat(chat, asker.by).map(|_| ()),
        ChatId::Group(_) | ChatId::Channel(_) => permitted_in_group(chat, asker, Permission::PinMessages),
    }
}
