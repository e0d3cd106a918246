//! How far a chat is read, and what of it is hidden.

use std::collections::BTreeSet;

use super::Decision;
use crate::id::{ChatId, MessageId};
use crate::inbox::event::{Cleared, MarkedUnread, MessagesHidden, Read};
use crate::inbox::{Event, HIDE_MAX, Inbox, Rejection};

pub(super) fn read(inbox: &Inbox, chat: ChatId, up_to: MessageId, top: Option<MessageId>) -> Decision {
    // First of all: a mark that another said as well, or that was raised meanwhile, gets its answer again, whatever has become of the chat.
    if inbox.read.get(&chat).is_some_and(|mark| *mark >= up_to) {
        return Ok(mark_unread(inbox, chat, false));
    }
    if Some(up_to) > top {
        return Err(Rejection::NotSentYet(up_to));
    }
    Ok(vec![Event::Read(Read { chat, up_to })])
}

/// What is hidden one by one is not in the state, so what is hidden already is hidden once more.
pub(super) fn hide(inbox: &Inbox, chat: ChatId, messages: &[MessageId], top: Option<MessageId>) -> Decision {
    if messages.len() > HIDE_MAX {
        return Err(Rejection::TooManyMessages);
    }
    let cleared = inbox.cleared.get(&chat).copied();
    let hidden: BTreeSet<MessageId> = messages.iter().copied().filter(|message| Some(*message) > cleared).collect();
    let Some(last) = hidden.last().copied() else {
        return Ok(Vec::new());
    };
    if Some(last) > top {
        return Err(Rejection::NotSentYet(last));
    }
    let messages = hidden.into_iter().collect();
    Ok(vec![Event::MessagesHidden(MessagesHidden { chat, messages })])
}

pub(super) fn clear(inbox: &Inbox, chat: ChatId, up_to: Option<MessageId>, top: Option<MessageId>) -> Decision {
    let Some(up_to) = up_to.or(top) else { return Ok(Vec::new()) };
    if inbox.cleared.get(&chat).is_some_and(|mark| *mark >= up_to) {
        return Ok(Vec::new());
    }
    if Some(up_to) > top {
        return Err(Rejection::NotSentYet(up_to));
    }
    Ok(vec![Event::Cleared(Cleared { chat, up_to })])
}

/// One's own message ends a mark, too, which the state does not know of: so marking it once more is an event.
pub(super) fn mark_unread(inbox: &Inbox, chat: ChatId, unread: bool) -> Vec<Event> {
    if !unread && !inbox.marked_unread.contains(&chat) {
        return Vec::new();
    }
    vec![Event::MarkedUnread(MarkedUnread { chat, unread })]
}
