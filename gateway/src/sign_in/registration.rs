//! Whose a contact is; who comes for the first time is registered: claim the contact's name, register, take the name.
//!
//! The account's id is drawn from the sign-in. So whatever ends this midway, the same sign-in goes on, and the reactor of addresses takes what was
//! left claimed. Of two that race for one contact one claims it; the other waits, and comes into that one's account.

use std::time::Duration;

use domain::account::command::NewAddress;
use domain::account::{self, Account, NameText};
use domain::event::Event;
use domain::fact::FactRef;
use domain::id::{AccountId, CommandId};
use domain::name::{self, Name};
use infra::executor::{self, Done};
use tokio::time::{Instant, sleep};

use super::{Visitor, asked};
use crate::Gateway;
use crate::error::Error;

/// How long a claim that nobody uses keeps others out, in seconds: much longer than registering takes.
pub(super) const CLAIM_SECONDS: i64 = 60;
/// How often it is looked what came of another's claim.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often an id is drawn before the server gives up: a collision comes once in a blue moon.
const DRAWS: u32 = 8;

/// Whom a contact leads to.
enum Lead {
    To(AccountId),
    /// To somebody who is about to come into being, or is reached there no more: soon it is known.
    Soon,
    Nowhere,
}

impl Gateway {
    /// The account that the visitor's contact leads to. `None`: to none yet, and who would be registered has not said what to be called.
    pub(super) async fn account_of(&self, visitor: &Visitor, called: Option<&NameText>) -> Result<Option<AccountId>, Error> {
        let give_up = Instant::now() + self.config.settle_max;
        loop {
            match self.lead(visitor).await? {
                Lead::To(account) => return Ok(Some(account)),
                Lead::Nowhere if !self.config.sign_in.registration => return Err(Error::RegistrationClosed),
                Lead::Nowhere => match called {
                    None => return Ok(None),
                    Some(called) => {
                        if let Some(account) = self.register(visitor, called).await? {
                            return Ok(Some(account));
                        }
                    }
                },
                Lead::Soon => {}
            }
            if Instant::now() >= give_up {
                return Err(Error::Unavailable("another sign-in is about to register the contact".to_owned()));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// The account that the contact leads to now; `None`: none.
    pub(crate) async fn held_by(&self, visitor: &Visitor) -> Result<Option<AccountId>, Error> {
        match self.lead(visitor).await? {
            Lead::To(account) => Ok(Some(account)),
            Lead::Soon | Lead::Nowhere => Ok(None),
        }
    }

    async fn lead(&self, visitor: &Visitor) -> Result<Lead, Error> {
        let now = self.clock.now();
        match self.executor.look::<Name>(visitor.key.clone()).await? {
            // What the account says counts: an address that it dropped leads to it no more, also while its name waits to be released.
            Name::Taken { holder, .. } if !self.is_reached(holder.account, visitor).await? => Ok(Lead::Soon),
            Name::Taken { holder, .. } => Ok(Lead::To(holder.account)),
            Name::Claimed { holder, until, .. } if until > now && !self.draws(visitor).any(|own| own == holder.account) => Ok(Lead::Soon),
            Name::Resting { until, .. } if until > now => Ok(Lead::Soon),
            Name::Free | Name::Claimed { .. } | Name::Resting { .. } => Ok(Lead::Nowhere),
        }
    }

    /// Whether an account is reached at the visitor's contact. One that is being erased has dropped it.
    async fn is_reached(&self, account: AccountId, visitor: &Visitor) -> Result<bool, Error> {
        let account = self.executor.look::<Account>(account).await?;
        let address = account.address(visitor.contact.sign_in_use());
        Ok(address.is_some_and(|kept| kept.name == visitor.key))
    }

    /// Registers the visitor. `None`: another was faster, or too much time went by; whom it leads to has to be looked at again.
    async fn register(&self, visitor: &Visitor, called: &NameText) -> Result<Option<AccountId>, Error> {
        let (account, exists) = self.own_account(visitor).await?;
        let claim = name::Command::Claim {
            holder: account.into(),
            fact: None,
            until: self.clock.now().plus_seconds(CLAIM_SECONDS),
        };
        if !self.ask_name(visitor, claim).await? {
            return Ok(None);
        }
        let fact = if exists {
            None
        } else {
            self.bring_into_being(visitor, account, called).await?
        };
        let holder = account.into();
        let take = name::Command::Take { holder, fact };
        Ok(self.ask_name(visitor, take).await?.then_some(account))
    }

    /// The id that the visitor's account gets, or has: whether it came into being already.
    async fn own_account(&self, visitor: &Visitor) -> Result<(AccountId, bool), Error> {
        for id in self.draws(visitor) {
            let account = self.executor.look::<Account>(id).await?;
            if !account.exists() {
                return Ok((id, false));
            }
            let address = account.address(visitor.contact.sign_in_use());
            if address.is_some_and(|kept| kept.name == visitor.key) {
                return Ok((id, true));
            }
        }
        Err(Error::Internal("no free account id could be drawn".to_owned()))
    }

    fn draws(&self, visitor: &Visitor) -> impl Iterator<Item = AccountId> {
        let range = AccountId::MAX.get().cast_unsigned();
        let (keys, from) = (self.keys.clone(), CommandId(visitor.sign_in.0));
        (0..DRAWS).map(move |attempt| {
            let drawn = keys.draw("sign_in", from, attempt) % range + 1;
            AccountId::try_from(drawn.cast_signed()).expect("1 ..= MAX is an account id")
        })
    }

    /// Registers an account that is reached at the contact; where in the log it says so, if that is known.
    async fn bring_into_being(&self, visitor: &Visitor, account: AccountId, called: &NameText) -> Result<Option<FactRef>, Error> {
        let register = account::Command::Register {
            bot: false,
            name: called.clone(),
            address: Some(NewAddress {
                purpose: visitor.contact.sign_in_use(),
                name: visitor.key.clone(),
                address: visitor.contact.as_str().to_owned(),
            }),
        };
        let request = asked(self.clock.command_id(), register);
        match self.executor.execute::<Account>(account, request).await {
            Ok(done) => Ok(reached(&done)),
            // The same sign-in was asked to go on twice at once.
            Err(executor::Error::Rejected(account::Rejection::AlreadyExists)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the contact's name did what it was asked.
    pub(super) async fn ask_name(&self, visitor: &Visitor, command: name::Command) -> Result<bool, Error> {
        let request = asked(self.clock.command_id(), command);
        match self.executor.execute::<Name>(visitor.key.clone(), request).await {
            Ok(_) => Ok(true),
            Err(executor::Error::Rejected(name::Rejection::Taken | name::Rejection::NotClaimed)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Where in the log an account says that it is reached at an address.
pub(super) fn reached(done: &Done) -> Option<FactRef> {
    let reached = done
        .facts
        .iter()
        .find(|fact| matches!(&fact.event, Event::Account(account::Event::AddressAdded(_))));
    reached.map(|fact| fact.at)
}
