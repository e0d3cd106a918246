//! Whose command ids they are.

use domain::actor::Actor;
use domain::id::{AccountId, CommandId};

/// A command's id within the scope of who asked: what makes it unique.
pub(super) type CommandKey = (Scope, CommandId);

/// The scope of an actor's command ids ([`Actor::scope`]), quick to compare.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// An account's devices share one.
    Account(AccountId),
    /// A service's or a reactor's.
    Named(String),
}

impl From<&Actor> for Scope {
    fn from(by: &Actor) -> Self {
        match by {
            Actor::Device(account, _) | Actor::Admin(account, _) => Self::Account(*account),
            Actor::Service(_) | Actor::Import(_) | Actor::Reactor(_) => Self::Named(by.scope()),
        }
    }
}
