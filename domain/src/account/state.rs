//! What an account remembers to decide on: its active devices and its username's key.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Command, Event, Rejection, decide};
use crate::aggregate::{Aggregate, Context, Known};
use crate::event;
use crate::id::{AccountId, DeviceId, NameKey};
use crate::stream::Stream;

/// A person or a bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Which.
    pub(super) id: AccountId,
    /// Whether it has been registered.
    pub(super) exists: bool,
    /// Devices that may act for it now.
    pub(super) active: BTreeSet<DeviceId>,
    /// The newest device id ever given.
    pub(super) last_device: Option<DeviceId>,
    /// The username in use.
    pub(super) username: Option<NameKey>,
    /// The username asked for and not yet had or refused; the newest request counts.
    pub(super) wanted: Option<NameKey>,
}

impl Aggregate for Account {
    type Id = AccountId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn new(id: AccountId) -> Self {
        Self {
            id,
            exists: false,
            active: BTreeSet::new(),
            last_device: None,
            username: None,
            wanted: None,
        }
    }

    fn stream(id: &AccountId) -> Stream {
        Stream::Account(*id)
    }

    fn own(event: &event::Event) -> Option<&Event> {
        match event {
            event::Event::Account(event) => Some(event),
            event::Event::Chat(_) | event::Event::Inbox(_) | event::Event::Name(_) | event::Event::System(_) => None,
        }
    }

    fn decide(&self, context: &Context, command: &Command, _known: &Known) -> Result<Vec<Event>, Rejection> {
        decide::decide(self, &context.by, command)
    }

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::Registered(_) => self.exists = true,
            Event::ProfileChanged(_) => {}
            Event::DeviceAuthorised(authorised) => {
                self.active.insert(authorised.device);
                self.last_device = self.last_device.max(Some(authorised.device));
            }
            Event::DeviceEnded(ended) => {
                self.active.remove(&ended.device);
            }
            Event::UsernameRequested(requested) => self.wanted = Some(requested.name.clone()),
            Event::UsernameChanged(changed) => {
                self.username.clone_from(&changed.name);
                self.wanted = None;
            }
            Event::UsernameRefused(refused) => {
                if self.wanted.as_ref() == Some(&refused.name) {
                    self.wanted = None;
                }
            }
        }
    }
}
