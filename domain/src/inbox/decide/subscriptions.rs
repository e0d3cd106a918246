//! Channels are followed, or not.

use super::Decision;
use crate::id::{ChatId, MessageId};
use crate::inbox::event::{Subscribed, Unsubscribed};
use crate::inbox::{Event, Inbox, Rejection, SUBSCRIPTIONS_MAX, UNSUBSCRIBED_AT_ONCE};

pub(super) fn subscribe(inbox: &Inbox, chat: ChatId, top: Option<MessageId>) -> Decision {
    match chat {
        ChatId::Channel(_) if inbox.subscribed.contains(&chat) => Ok(Vec::new()),
        ChatId::Channel(_) if inbox.subscribed.len() >= SUBSCRIPTIONS_MAX => Err(Rejection::TooManySubscriptions),
        ChatId::Channel(_) => Ok(vec![Event::Subscribed(Subscribed { chat, after: top })]),
        ChatId::Group(_) | ChatId::Direct(..) => Err(Rejection::NotAChannel),
    }
}

pub(super) fn unsubscribe(inbox: &Inbox, chat: ChatId) -> Vec<Event> {
    if inbox.subscribed.contains(&chat) {
        vec![Event::Unsubscribed(Unsubscribed { chat })]
    } else {
        Vec::new()
    }
}

pub(super) fn unsubscribe_all(inbox: &Inbox) -> Vec<Event> {
    let some = inbox.subscribed.iter().take(UNSUBSCRIBED_AT_ONCE);
    some.map(|chat| Event::Unsubscribed(Unsubscribed { chat: *chat })).collect()
}
