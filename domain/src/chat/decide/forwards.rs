//! Sending messages on.

use std::collections::BTreeSet;

use super::messages::paced;
use super::messages::{first_contact, may_post, next};
use super::wishes::{may_be_named, may_write};
use super::{Asker, Decision, permitted, role_in_chat};
use crate::aggregate::Known;
use crate::chat::command::{Carried, Forward};
use crate::chat::event::{Forwarded, MessageSent};
use crate::chat::{Chat, Event, FORWARD_MAX, Permission, Rejection};
use crate::id::{ChatId, MessageId};
use crate::sealed::Sealed;

pub(super) fn forward(chat: &Chat, asker: Asker, forward: &Forward, known: &Known) -> Decision {
    let by = asker.by;
    let role = role_in_chat(chat, by)?;
    may_post(chat, role)?;
    permitted(chat, role, asker, Permission::Write)?;
    may_write(chat, asker, known)?;
    if forward.messages.len() > FORWARD_MAX {
        return Err(Rejection::TooManyMessages);
    }
    let slow_until = paced(chat, role, asker)?;
    // In slow mode one message is one too.
    if slow_until.is_some() && forward.messages.len() > 1 {
        let retry_after = chat.standing.pause.seconds();
        return Err(Rejection::SlowMode { retry_after });
    }
    let (mut events, mut top) = (Vec::from_iter(first_contact(chat)), chat.top);
    for id in BTreeSet::from_iter(&forward.messages) {
        let message = next(top)?;
        top = Some(message);
        let carried = carried(forward, *id)?;
        let origin = || Box::new(origin(chat.id, asker, (forward.from, &carried.origin), known));
        events.push(Event::MessageSent(MessageSent {
            kind: carried.kind,
            length: carried.length,
            entities: carried.entities.clone(),
            forwarded: (!forward.without_origin).then(origin),
            silent: forward.silent,
            slow_until,
            ..MessageSent::plain(message, by, Sealed::open(carried.of, carried.text.clone()))
        }));
    }
    if forward.messages.is_empty() {
        events.clear();
    }
    Ok(events)
}

/// A message that may be sent on.
fn carried(forward: &Forward, id: MessageId) -> Result<&Carried, Rejection> {
    let found = forward.found.get(&id).ok_or(Rejection::MessageNotFound(id))?;
    match found {
        None => Err(Rejection::MessageDeleted(id)),
        Some(carried) if carried.protected => Err(Rejection::ProtectedContent(id)),
        Some(carried) => Ok(carried),
    }
}

/// What is told of where it was said first: who, unless that account does not wish it, or a channel said it; the place, if readers can go there.
fn origin(to: ChatId, asker: Asker, (from, told): (ChatId, &Forwarded), known: &Known) -> Forwarded {
    let author = told.from.filter(|_| !matches!(told.chat, Some(ChatId::Channel(_))));
    let named = author.filter(|author| may_be_named(asker, *author, known));
    let is_own_notebook = to == ChatId::direct(asker.by, asker.by);
    let place = told.chat.zip(told.message);
    let place = place.filter(|(chat, _)| matches!(chat, ChatId::Channel(_)) || (is_own_notebook && *chat == from));
    Forwarded {
        from: named,
        hidden: told.hidden || (author.is_some() && named.is_none()),
        chat: place.map(|(chat, _)| chat),
        message: place.map(|(_, message)| message),
        sent_at: told.sent_at,
    }
}
