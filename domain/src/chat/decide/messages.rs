//! A chat's messages: sending, editing, deleting.

use std::collections::BTreeSet;

use super::mentions::mentions;
use super::wishes::may_write;
use super::{Asker, Decision, Rules, need, permitted, role_in_chat};
use crate::aggregate::{Known, Messages};
use crate::chat::command::{Edit, Send};
use crate::chat::content::Text;
use crate::chat::event::{Created, MemberAdded, MessageEdited, MessageSent, MessagesDeleted};
use crate::chat::{Chat, DELETE_MAX, Event, Message, Permission, QUOTE_MAX, Rejection, Right, Role, SlowMode};
use crate::id::{ChatId, MessageId};
use crate::sealed::Sealed;
use crate::time::Timestamp;

pub(super) fn send(chat: &Chat, asker: Asker, send: &Send, known: &Known) -> Decision {
    let by = asker.by;
    let role = role_in_chat(chat, by)?;
    may_post(chat, role)?;
    permitted(chat, role, asker, Permission::Write)?;
    may_write(chat, asker, known)?;
    let slow_until = paced(chat, role, asker)?;
    let answered = send.reply_to.map(|id| undeleted(id, &known.messages)).transpose()?;
    // Whose post it is nobody is told.
    let answers = answered
        .filter(|_| !matches!(chat.id, ChatId::Channel(_)))
        .map(|original| original.from);
    let event = Event::MessageSent(MessageSent {
        kind: send.body.kind(),
        length: send.body.length(),
        entities: send.body.entities().to_vec(),
        reply_to: send.reply_to,
        answers,
        quote: send.quote,
        mentions: mentions(chat, by, answers, &send.body, &send.named),
        silent: send.silent,
        protected: send.protected,
        slow_until,
        quoted: quoted(send)?,
        ..MessageSent::plain(next(chat.top)?, by, Sealed::open(by, send.body.text()))
    });
    Ok(first_contact(chat).into_iter().chain([event]).collect())
}

/// The quoted words, sealed with the key of who wrote them.
fn quoted(send: &Send) -> Result<Option<Box<Sealed<Text>>>, Rejection> {
    let Some(quote) = send.quote else { return Ok(None) };
    let original = send.reply_to.ok_or(Rejection::QuoteWithoutReply)?;
    let fits = (1..=QUOTE_MAX).contains(&quote.length);
    let quoted = send.quoted.as_ref().filter(|_| fits).ok_or(Rejection::InvalidQuote(original))?;
    Ok(Some(Box::new(Sealed::open(quoted.of, Text::plain(&quoted.words)))))
}

/// The id of the message behind the chat's last one.
pub(super) fn next(top: Option<MessageId>) -> Result<MessageId, Rejection> {
    top.map_or(Some(MessageId::MIN), MessageId::next).ok_or(Rejection::Full)
}

pub(super) fn edit(chat: &Chat, asker: Asker, edit: &Edit, known: &Known) -> Decision {
    let by = asker.by;
    let role = role_in_chat(chat, by)?;
    let message = undeleted(edit.message, &known.messages)?;
    if message.from != by {
        may_edit_others(chat.id, role, edit.message)?;
    }
    permitted(chat, role, asker, Permission::Write)?;
    may_write(chat, asker, known)?;
    may_become(chat, asker, edit, message)?;
    Ok(vec![Event::MessageEdited(MessageEdited {
        message: edit.message,
        length: edit.body.length(),
        entities: edit.body.entities().to_vec(),
        mentions: mentions(chat, by, message.answers, &edit.body, &edit.named),
        text: Sealed::open(by, edit.body.text()),
    })])
}

/// In a channel only some admins post.
pub(super) fn may_post(chat: &Chat, role: &Role) -> Result<(), Rejection> {
    match chat.id {
        ChatId::Direct(..) | ChatId::Group(_) => Ok(()),
        ChatId::Channel(_) => need(role, Right::PostMessages),
    }
}

/// What a channel says, it says itself: who may edit does not need to have written it.
fn may_edit_others(chat: ChatId, role: &Role, message: MessageId) -> Result<(), Rejection> {
    match chat {
        ChatId::Direct(..) | ChatId::Group(_) => Err(Rejection::NotYourMessage(message)),
        ChatId::Channel(_) => need(role, Right::EditMessages),
    }
}

/// Whether one's own message may still be edited, and become this.
fn may_become(chat: &Chat, asker: Asker, edit: &Edit, message: &Message) -> Result<(), Rejection> {
    let is_own_notebook = chat.id == ChatId::direct(asker.by, asker.by);
    if message.service {
        Err(Rejection::ServiceMessage(edit.message))
    } else if message.carried {
        Err(Rejection::ForwardNotEdited(edit.message))
    } else if message.kind != edit.body.kind() {
        Err(Rejection::OtherKind(edit.message))
    } else if asker.rules == Rules::Own && !is_own_notebook && !edit.window.is_open(message.sent_at, asker.at) {
        Err(Rejection::EditTooLate(edit.message))
    } else {
        Ok(())
    }
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
pub(super) fn first_contact(chat: &Chat) -> Option<Event> {
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
pub(super) fn paced(chat: &Chat, role: &Role, asker: Asker) -> Result<Option<Timestamp>, Rejection> {
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
