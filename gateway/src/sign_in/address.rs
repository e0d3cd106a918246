//! Being reached elsewhere: an account gets a further address for a code that was sent there.
//!
//! One that is signed in with has a name, which is claimed before the account says that it is reached there, and taken at once. Whatever ends
//! this midway: an unused claim expires, and the reactor of addresses takes what the account says.

use domain::account::address::AddressUse;
use domain::account::{self, command::NewAddress};
use domain::id::CommandId;
use domain::name;
use infra::executor::Done;

use super::Visitor;
use super::registration::{CLAIM_SECONDS, reached};
use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;
use crate::factors::Evidence;

impl Gateway {
    /// Has the visitor's account be reached at the contact that they have proved to hold.
    pub(crate) async fn reach(
        &self,
        visitor: &Visitor,
        me: Device,
        purpose: AddressUse,
        given: Option<Evidence>,
        command: CommandId,
    ) -> Result<Done, Error> {
        self.proved(&self.attempt(visitor).await?)?;
        if purpose.has_a_name() {
            self.claim(visitor, me).await?;
        }
        self.use_up(visitor, me.account).await?;
        let tries = self.factor_tries();
        let set = |shown| account::Command::SetAddress {
            address: NewAddress {
                purpose,
                name: visitor.key.clone(),
                address: visitor.contact.as_str().to_owned(),
            },
            shown,
            tries,
        };
        let done = self.with_factor(me, command, given, set).await?;
        if purpose.has_a_name() {
            self.take(visitor, me, &done).await?;
        }
        Ok(done)
    }

    /// Keeps others out for a while. What the account holds already stays its own.
    async fn claim(&self, visitor: &Visitor, me: Device) -> Result<(), Error> {
        let claim = name::Command::Claim {
            holder: me.account.into(),
            fact: None,
            until: self.clock.now().plus_seconds(CLAIM_SECONDS),
        };
        if self.ask_name(visitor, claim).await? {
            Ok(())
        } else {
            Err(Error::AddressTaken)
        }
    }

    /// Takes the name for what the account has just said. What it said before is the reactor's: it may not hold any more.
    async fn take(&self, visitor: &Visitor, me: Device, done: &Done) -> Result<(), Error> {
        if let Some(fact) = reached(done).filter(|_| !done.repeated) {
            let take = name::Command::Take {
                holder: me.account.into(),
                fact: Some(fact),
            };
            // Where it is not claimed any more, the reactor claims it once more.
            let _ = self.ask_name(visitor, take).await?;
        }
        Ok(())
    }
}
