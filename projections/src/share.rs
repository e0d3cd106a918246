//! A lane's share of a batch, and what projections write of its facts.

use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId};
use domain::sealed::Sealed;
use domain::stream::Stream;
use domain::{chat, inbox, interactions};

use crate::lane::Lane;
use crate::projection::{ApplyError, Batch};

/// The chat whose stream a fact is in.
pub(crate) fn chat(fact: &Fact) -> Option<ChatId> {
    match fact.stream {
        Stream::Chat(chat) => Some(chat),
        Stream::Account(_) | Stream::Inbox(_) | Stream::SignIn(_) | Stream::Name(_) | Stream::Interactions(_) | Stream::System => None,
    }
}

/// The account whose inbox's stream a fact is in.
pub(crate) fn inbox(fact: &Fact) -> Option<AccountId> {
    match fact.stream {
        Stream::Inbox(account) => Some(account),
        Stream::Chat(_) | Stream::Account(_) | Stream::SignIn(_) | Stream::Name(_) | Stream::Interactions(_) | Stream::System => None,
    }
}

/// The events of the lane's chats.
pub(crate) fn chat_events(lane: Lane, batch: &Batch) -> impl Iterator<Item = (&Fact, ChatId, &chat::Event)> {
    let of_chats = batch.facts.iter().filter_map(|fact| match &fact.event {
        Event::Chat(event) => Some((&**fact, chat(fact)?, event)),
        Event::Account(_) | Event::Inbox(_) | Event::SignIn(_) | Event::Name(_) | Event::Interactions(_) | Event::System(_) => None,
    });
    of_chats.filter(move |(_, chat, _)| lane.owns_chat(*chat))
}

/// What happens in a chat.
pub(crate) enum Happening<'a> {
    /// In its own stream.
    Chat(&'a chat::Event),
    /// To its messages, where many follow.
    Interactions(&'a interactions::Event),
}

/// What happens in the lane's chats and to their messages, in the log's order.
pub(crate) fn happenings(lane: Lane, batch: &Batch) -> impl Iterator<Item = (&Fact, ChatId, Happening<'_>)> {
    let told = batch.facts.iter().filter_map(|fact| match (&fact.stream, &fact.event) {
        (Stream::Chat(chat), Event::Chat(event)) => Some((&**fact, *chat, Happening::Chat(event))),
        (Stream::Interactions(chat), Event::Interactions(event)) => Some((&**fact, *chat, Happening::Interactions(event))),
        (
            _,
            Event::Chat(_)
            | Event::Account(_)
            | Event::Inbox(_)
            | Event::SignIn(_)
            | Event::Name(_)
            | Event::Interactions(_)
            | Event::System(_),
        ) => None,
    });
    told.filter(move |(_, chat, _)| lane.owns_chat(*chat))
}

/// What became of subscriptions to the lane's channels.
pub(crate) fn subscriptions(lane: Lane, batch: &Batch) -> impl Iterator<Item = (ChatId, Subscription)> {
    let told = batch.facts.iter().filter_map(|fact| match &fact.event {
        Event::Inbox(inbox::Event::Subscribed(subscribed)) => Some((subscribed.chat, Subscription::Begun)),
        Event::Inbox(inbox::Event::Unsubscribed(unsubscribed)) => Some((unsubscribed.chat, Subscription::Ended)),
        Event::Inbox(_)
        | Event::Chat(_)
        | Event::Account(_)
        | Event::SignIn(_)
        | Event::Name(_)
        | Event::Interactions(_)
        | Event::System(_) => None,
    });
    told.filter(move |(chat, _)| lane.owns_chat(*chat))
}

/// What became of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subscription {
    Begun,
    Ended,
}

/// A sealed part as its column holds it. Open content is never written: such a fact can't be applied.
pub(crate) fn closed<T>(fact: &Fact, part: &Sealed<T>) -> Result<String, ApplyError> {
    match part {
        Sealed::Closed(closed) => json(fact, closed),
        Sealed::Open { .. } => Err(ApplyError::Fact(fact.at, "its sealed part is open".to_owned())),
    }
}

/// A part of a fact as its JSON column holds it.
pub(crate) fn json<T: serde::Serialize>(fact: &Fact, part: &T) -> Result<String, ApplyError> {
    serde_json::to_string(part).map_err(|error| ApplyError::Fact(fact.at, error.to_string()))
}
