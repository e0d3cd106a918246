//! What the installation remembers of itself: the parked facts, the tokens that are good.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Command, Event, Rejection, decide};
use crate::aggregate::{Aggregate, Context, Known};
use crate::event;
use crate::id::{Position, ServiceTokenId};
use crate::stream::Stream;

/// The installation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// Facts that projections go on without.
    pub(super) parked: BTreeSet<Parked>,
    /// Tokens that were issued and not ended; some may have expired.
    pub(super) tokens: BTreeSet<ServiceTokenId>,
    /// The newest token that was ever issued.
    pub(super) last_token: Option<ServiceTokenId>,
}

/// A fact that a projection goes on without.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Parked {
    /// The projection.
    pub projection: String,
    /// The fact's commit.
    pub position: Position,
    /// The fact's index in it.
    pub index: u32,
}

impl Aggregate for System {
    /// There is one.
    type Id = ();
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    const STATE_VERSION: u32 = 2;

    fn new((): ()) -> Self {
        Self::default()
    }

    fn stream((): &()) -> Stream {
        Stream::System
    }

    fn own(event: &event::Event) -> Option<&Event> {
        match event {
            event::Event::System(event) => Some(event),
            event::Event::Chat(_)
            | event::Event::Account(_)
            | event::Event::SignIn(_)
            | event::Event::Inbox(_)
            | event::Event::Name(_)
            | event::Event::Interactions(_) => None,
        }
    }

    fn decide(&self, context: &Context, command: &Command, _known: &Known) -> Result<Vec<Event>, Rejection> {
        decide::decide(self, context, command)
    }

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::FactParked(parked) => {
                self.parked.insert(Parked {
                    projection: parked.projection.clone(),
                    position: parked.position,
                    index: parked.index,
                });
            }
            Event::FactReleased(released) => {
                self.parked.remove(&Parked {
                    projection: released.projection.clone(),
                    position: released.position,
                    index: released.index,
                });
            }
            Event::TokenIssued(issued) => {
                self.tokens.insert(issued.token);
                self.last_token = self.last_token.max(Some(issued.token));
            }
            Event::TokenEnded(ended) => {
                self.tokens.remove(&ended.token);
            }
        }
    }
}
