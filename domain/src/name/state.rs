//! Who holds a unique name.

use serde::{Deserialize, Serialize};

use super::{Command, Event, Holder, Rejection, decide};
use crate::aggregate::{Aggregate, Context, Known};
use crate::event;
use crate::fact::FactRef;
use crate::id::NameKey;
use crate::stream::Stream;
use crate::time::Timestamp;

/// Who holds a unique name, if anybody does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// Nobody.
    Free,
    /// Nobody; until then only its former holder may claim it.
    Resting {
        /// Who held it.
        #[serde(flatten)]
        holder: Holder,
        /// When anybody may claim it.
        until: Timestamp,
    },
    /// Nobody else, until the claim expires.
    Claimed {
        /// Who claimed it.
        #[serde(flatten)]
        holder: Holder,
        /// When somebody else may claim it.
        until: Timestamp,
        /// The newest of its facts that asked for it.
        #[serde(default)]
        fact: Option<FactRef>,
    },
    /// In use.
    Taken {
        /// By whom.
        #[serde(flatten)]
        holder: Holder,
        /// The newest of its facts that asked for it, or said that it is used.
        #[serde(default)]
        fact: Option<FactRef>,
    },
}

impl Aggregate for Name {
    type Id = NameKey;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn new(_id: NameKey) -> Self {
        Self::Free
    }

    fn stream(id: &NameKey) -> Stream {
        Stream::Name(id.clone())
    }

    fn own(event: &event::Event) -> Option<&Event> {
        match event {
            event::Event::Name(event) => Some(event),
            event::Event::Chat(_)
            | event::Event::Account(_)
            | event::Event::SignIn(_)
            | event::Event::Inbox(_)
            | event::Event::Interactions(_)
            | event::Event::System(_) => None,
        }
    }

    fn decide(&self, context: &Context, command: &Command, _known: &Known) -> Result<Vec<Event>, Rejection> {
        decide::decide(self, context, command)
    }

    fn evolve(&mut self, event: &Event) {
        *self = match event {
            Event::Claimed(claimed) => Self::Claimed {
                holder: claimed.holder(),
                until: claimed.until,
                fact: claimed.fact,
            },
            Event::Taken(held) => Self::Taken {
                holder: held.holder(),
                fact: held.fact,
            },
            Event::Released(held) => match held.rests_until {
                Some(until) => Self::Resting {
                    holder: held.holder(),
                    until,
                },
                None => Self::Free,
            },
        }
    }
}
