//! Who asked for something.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, DeviceId};

/// Who asked. Stored as an object with just the fields that apply:
/// `{"account":77,"device":1}`, `{"service":"admin"}`, `{"reactor":"username"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub enum Actor {
    /// A person or a bot, from one of its devices.
    Device(AccountId, DeviceId),
    /// A holder of a service token: the operator's tools.
    Service(String),
    /// A reactor of the installation.
    Reactor(String),
}

impl Actor {
    /// The account, when a device asked.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Device(account, _) => Some(*account),
            Self::Service(_) | Self::Reactor(_) => None,
        }
    }

    /// The scope of its command ids, as a key: an account's devices share one. `77`, `service.admin`, `reactor.username`.
    pub fn scope(&self) -> String {
        match self {
            Self::Device(account, _) => account.to_string(),
            Self::Service(name) => format!("service.{name}"),
            Self::Reactor(name) => format!("reactor.{name}"),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<DeviceId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reactor: Option<String>,
}

impl From<Actor> for Wire {
    fn from(actor: Actor) -> Self {
        let mut wire = Self {
            account: None,
            device: None,
            service: None,
            reactor: None,
        };
        match actor {
            Actor::Device(account, device) => (wire.account, wire.device) = (Some(account), Some(device)),
            Actor::Service(name) => wire.service = Some(name),
            Actor::Reactor(name) => wire.reactor = Some(name),
        }
        wire
    }
}

impl TryFrom<Wire> for Actor {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        match (wire.account, wire.device, wire.service, wire.reactor) {
            (Some(account), Some(device), None, None) => Ok(Self::Device(account, device)),
            (None, None, Some(name), None) => Ok(Self::Service(name)),
            (None, None, None, Some(name)) => Ok(Self::Reactor(name)),
            _ => Err("an actor is an account with a device, a service or a reactor"),
        }
    }
}
