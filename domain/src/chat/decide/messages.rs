//! A chat's messages: sending, editing, deleting.

use std::collections::BTreeSet;

use super::wishes::may_write;
use super::{Decision, Rules, need, role_in_chat};
use crate::aggregate::{Known, Messages};
use crate::chat::command::Send;
use crate::chat::event::{Created, MemberAdded, MessageEdited, MessageSent, MessagesDeleted};
use crate::chat::{Body, Chat, DELETE_MAX, Event, Message, Rejection, Right, Role};
use crate::id::{AccountId, ChatId, MessageId};
use crate::sealed::Sealed;

pub(super) fn send(chat: &Chat, by: AccountId, rules: Rules, send: &Send, known: &Known) -> Decision {
    role_in_chat(chat, by)?;
    may_write(chat, by, rules, known)?;
    if let Some(original) = send.reply_to {
        undeleted(original, &known.messages)?;
    }
    let message = chat.top.map_or(Some(MessageId::MIN), MessageId::next).ok_or(Rejection::Full)?;
    let event = Event::MessageSent(MessageSent {
        message,
        from: by,
        length: send.body.length(),
        entities: send.body.entities().to_vec(),
        reply_to: send.reply_to,
        text: Sealed::open(by, send.body.text().clone()),
    });
    Ok(first_contact(chat).into_iter().chain([event]).collect())
}

pub(super) fn edit(chat: &Chat, (by, rules): (AccountId, Rules), message: MessageId, body: &Body, known: &Known) -> Decision {
    role_in_chat(chat, by)?;
    if undeleted(message, &known.messages)?.from != by {
        return Err(Rejection::NotYourMessage(message));
    }
    may_write(chat, by, rules, known)?;
    Ok(vec![Event::MessageEdited(MessageEdited {
        message,
        length: body.length(),
        entities: body.entities().to_vec(),
        text: Sealed::open(by, body.text().clone()),
    })])
}

pub(super) fn delete(chat: &Chat, by: AccountId, messages: &[MessageId], known: &Known) -> Decision {
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
                .map(|account| MemberAdded {
                    account,
                    role: Role::Member,
                    after: None,
                })
                .collect(),
            title: None,
        })),
        ChatId::Direct(..) | ChatId::Group(_) | ChatId::Channel(_) => None,
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
