//! What a chat's interactions remember to decide on: nothing. What was counted is in the read models.

use serde::{Deserialize, Serialize};

use super::{Command, Event, Rejection, decide};
use crate::aggregate::{Aggregate, Context, Known};
use crate::event;
use crate::id::ChatId;
use crate::stream::Stream;

/// What many do with a chat's messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interactions {
    /// Whose.
    chat: ChatId,
}

impl Aggregate for Interactions {
    type Id = ChatId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn new(chat: ChatId) -> Self {
        Self { chat }
    }

    fn stream(id: &ChatId) -> Stream {
        Stream::Interactions(*id)
    }

    fn own(event: &event::Event) -> Option<&Event> {
        match event {
            event::Event::Interactions(event) => Some(event),
            event::Event::Chat(_)
            | event::Event::Account(_)
            | event::Event::SignIn(_)
            | event::Event::Inbox(_)
            | event::Event::Name(_)
            | event::Event::System(_) => None,
        }
    }

    fn decide(&self, context: &Context, command: &Command, _known: &Known) -> Result<Vec<Event>, Rejection> {
        decide::decide(context, command)
    }

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::Counted(_) | Event::ReactionChanged(_) => {}
        }
    }
}
