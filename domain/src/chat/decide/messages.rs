//! A chat's messages: sending, editing, deleting.

use std::collections::BTreeSet;

use super::wishes::may_write;
use super::{Asker, Decision, Rules, need, next_message, permitted, role_in_chat};
use crate::aggregate::{Known, Messages};
use crate::chat::command::Send;
use crate::chat::event::{Created, MemberAdded, MessageEdited, MessageSent, MessagesDeleted};
use crate::chat::{Body, Chat, DELETE_MAX, Event, Message, Permission, Rejection, Right, Role, SlowMode};
use crate::id::{ChatId, MessageId};
use crate::sealed::Sealed;
use crate::time::Timestamp;

pub(super) fn send(chat: &Chat, asker: Asker, send: &Send, known: &Known) -> Decision {
    let by = asker.by;
    let role = role_in_chat(chat, by)?;
    permitted(chat, role, asker, Permission::Write)?;
    may_write(chat, asker, known)?;
    let slow_until = paced(chat, role, asker)?;
    if let Some(original) = send.reply_to {
        undeleted(original, &known.messages)?;
    }
    let message = next_message(chat).ok_or(Rejection::Full)?;
    let event = Event::MessageSent(MessageSent {
        message,
        from: by,
        length: send.body.length(),
        entities: send.body.entities().to_vec(),
        reply_to: send.reply_to,
        slow_until,
        text: Sealed::open(by, send.body.text().clone()),
    });
    Ok(first_contact(chat).into_iter().chain([event]).collect())
}

pub(super) fn edit(chat: &Chat, asker: Asker, message: MessageId, body: &Body, known: &Known) -> Decision {
    let by = asker.by;
    let role = role_in_chat(chat, by)?;
    let edited = undeleted(message, &known.messages)?;
    if edited.from != by {
        return Err(Rejection::NotYourMessage(message));
    }
    if edited.service {
        return Err(Rejection::ServiceMessage(message));
    }
    permitted(chat, role, asker, Permission::Write)?;
    may_write(chat, asker, known)?;
    Ok(vec![Event::MessageEdited(MessageEdited {
        message,
        length: body.length(),
        entities: body.entities().to_vec(),
        text: Sealed::open(by, body.text().clone()),
    })])
}

pub(super) fn delete(chat: &Chat, asker: Asker, messages: &[MessageId], known: &Known) -> Decision {
    let by = asker.by;
    let role = role_in_chat(chat, by)?;
    if messages.len() > DELETE_MAX {
        return Err(Rejection::TooManyMessages);
    }
    let mut deleted = BTreeSet::new();
    for id in messages {
        let message = existing(*id, &known.messages)?;
        if message.deleted {
            continue;
        }
        if message.from != by {
            may_delete_others(chat.id, role)?;
        }
        deleted.insert(*id);
    }
    if deleted.is_empty() {
        return Ok(Vec::new());
    }
    let messages = deleted.into_iter().collect();
    Ok(vec![Event::MessagesDeleted(MessagesDeleted { messages })])
}

/// A direct chat comes into being with its first message; saved messages have one member.
fn first_contact(chat: &Chat) -> Option<Event> {
    match chat.id {
        ChatId::Direct(low, high) if !chat.exists => Some(Event::Created(Created {
            members: BTreeSet::from([low, high])
                .into_iter()
                .map(|account| MemberAdded::at_first(account, Role::Member))
                .collect(),
            title: None,
        })),
        ChatId::Direct(..) | ChatId::Group(_) | ChatId::Channel(_) => None,
    }
}

/// In slow mode: until when the asker says nothing more. It is not for those who lead the group, and not for what happened elsewhere.
fn paced(chat: &Chat, role: &Role, asker: Asker) -> Result<Option<Timestamp>, Rejection> {
    let pause = chat.standing.pause;
    if pause.is_off() || role.leads() || asker.rules == Rules::Elsewhere {
        return Ok(None);
    }
    match chat.standing.quiet.get(&asker.by) {
        Some(until) if *until > asker.at => Err(Rejection::SlowMode {
            retry_after: u32::try_from((until.0 - asker.at.0 + 999_999) / 1_000_000).unwrap_or(SlowMode::MAX),
        }),
        Some(_) | None => Ok(Some(asker.at.plus_seconds(pause.seconds().into()))),
    }
}

fn existing(id: MessageId, messages: &Messages) -> Result<&Message, Rejection> {
    messages.get(&id).ok_or(Rejection::MessageNotFound(id))
}

pub(super) fn undeleted(id: MessageId, messages: &Messages) -> Result<&Message, Rejection> {
    let message = existing(id, messages)?;
    if message.deleted {
        return Err(Rejection::MessageDeleted(id));
    }
    Ok(message)
}

/// Either side of a direct chat may delete everything in it.
fn may_delete_others(chat: ChatId, role: &Role) -> Result<(), Rejection> {
    match chat {
        ChatId::Direct(..) => Ok(()),
        ChatId::Group(_) | ChatId::Channel(_) => need(role, Right::DeleteMessages),
    }
}
