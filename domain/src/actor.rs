//! Who asked for something.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, DeviceId};

/// Who asked. Stored as an object with just the fields that apply:
/// `{"account":77,"device":1}`, `{"account":77,"device":1,"service":"admin"}`, `{"service":"admin"}`, `{"reactor":"username"}`, `{"account":77,"service":"import"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub enum Actor {
    /// A person or a bot, from one of its devices.
    Device(AccountId, DeviceId),
    /// A holder of a service token: the operator's tools.
    Service(String),
    /// A reactor of the installation.
    Reactor(String),
    /// An import, which tells what the account did elsewhere.
    Import(AccountId),
    /// An admin: an account that was promoted, from one of its devices, in its role. Whoever makes one has checked that it is.
    Admin(AccountId, DeviceId),
}

/// The service that lets people in, as an actor.
pub const SIGN_IN: &str = "sign-in";

/// The service that does what time brings: ends idle devices, begins erasures that are due.
pub const UPKEEP: &str = "upkeep";

/// The service that the operator is, as an actor; of an admin, too.
pub const ADMIN: &str = "admin";

/// The service that imports, as an actor: by itself for accounts, on behalf of an account in chats. Its command ids are one
/// scope, and are remembered for ever.
pub const IMPORT: &str = "import";

impl Actor {
    /// The account that asked, or in whose name an import did.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Device(account, _) | Self::Import(account) | Self::Admin(account, _) => Some(*account),
            Self::Service(_) | Self::Reactor(_) => None,
        }
    }

    /// The scope of its command ids, as a key: an account's devices share one. `77`, `service.admin`, `reactor.username`;
    /// what is imported has one, whoever's it is: `service.import`.
    pub fn scope(&self) -> String {
        match self {
            Self::Device(account, _) | Self::Admin(account, _) => account.to_string(),
            Self::Service(name) => format!("service.{name}"),
            Self::Import(_) => format!("service.{IMPORT}"),
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
            Actor::Admin(account, device) => {
                (wire.account, wire.device, wire.service) = (Some(account), Some(device), Some(ADMIN.to_owned()));
            }
            Actor::Service(name) => wire.service = Some(name),
            Actor::Reactor(name) => wire.reactor = Some(name),
            Actor::Import(account) => (wire.account, wire.service) = (Some(account), Some(IMPORT.to_owned())),
        }
        wire
    }
}

impl TryFrom<Wire> for Actor {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        match (wire.account, wire.device, wire.service, wire.reactor) {
            (Some(account), Some(device), None, None) => Ok(Self::Device(account, device)),
            (Some(account), Some(device), Some(name), None) if name == ADMIN => Ok(Self::Admin(account, device)),
            (Some(account), None, Some(name), None) if name == IMPORT => Ok(Self::Import(account)),
            (None, None, Some(name), None) => Ok(Self::Service(name)),
            (None, None, None, Some(name)) => Ok(Self::Reactor(name)),
            _ => Err("an actor is an account with a device, a service, a reactor or an account with the service import"),
        }
    }
}
