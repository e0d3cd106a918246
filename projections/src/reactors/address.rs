//! Addresses: who signs in with one is the account that holds its name, so a name is taken when an account says that it is reached there,
//! and released when it says that it is not any more.
//!
//! Whoever lets people in claims the name before the account says so, and takes it at once; this completes what it left undone when it
//! died. What was never said by an account, for it died before that, is a claim that expires. Nobody signs in with a recovery address: it
//! has no name.
//!
//! A fact may be answered long after newer ones, as with [usernames](super::username): so each command names the fact that it answers,
//! and nothing is claimed for who is not reached there any more. Another, whose number it is now, would be let into that account.

use async_trait::async_trait;
use domain::account::event::{AddressAdded, AddressDropped};
use domain::account::{self, Account};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, NameKey};
use domain::name;
use domain::stream::Stream;

use super::claims::{claim, is_account, release, take};
use crate::reactor::{Context, Reactor, Trouble};

/// The reactor.
#[derive(Debug, Clone, Copy)]
pub struct Addresses;

#[async_trait]
impl Reactor for Addresses {
    fn name(&self) -> &'static str {
        "address"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        is_account(stream)
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        let (Stream::Account(account), Event::Account(event)) = (&fact.stream, &fact.event) else {
            return Ok(());
        };
        match event {
            account::Event::AddressAdded(added) => added_by(*account, added, context).await,
            account::Event::AddressDropped(dropped) => dropped_by(*account, dropped, context).await,
            // Being erased drops all addresses, one by one.
            account::Event::ErasureBegun(_)
            | account::Event::Erased(_)
            | account::Event::Registered(_)
            | account::Event::ProfileChanged(_)
            | account::Event::DeviceAuthorised(_)
            | account::Event::DeviceEnded(_)
            | account::Event::UsernameRequested(_)
            | account::Event::UsernameChanged(_)
            | account::Event::UsernameRefused(_)
            | account::Event::DeviceRenamed(_)
            | account::Event::PasswordSet(_)
            | account::Event::PasswordRemoved(_)
            | account::Event::TotpSet(_)
            | account::Event::TotpRemoved(_)
            | account::Event::RecoveryCodesMade(_)
            | account::Event::FactorPassed(_)
            | account::Event::FactorFailed(_)
            | account::Event::ContactAdded(_)
            | account::Event::ContactRemoved(_)
            | account::Event::Blocked(_)
            | account::Event::Unblocked(_)
            | account::Event::PrivacyChanged(_)
            | account::Event::Promoted(_)
            | account::Event::Demoted(_)
            | account::Event::Suspended(_)
            | account::Event::Restored(_)
            | account::Event::ErasureScheduled(_)
            | account::Event::ErasureCalledOff(_) => Ok(()),
        }
    }
}

async fn added_by(account: AccountId, added: &AddressAdded, context: &Context) -> Result<(), Trouble> {
    if !added.purpose.has_a_name() {
        return Ok(());
    }
    match take("take", account.into(), &added.name, context.fact(), context).await? {
        Err(name::Rejection::NotClaimed) => take_again(account, &added.name, context).await,
        taken => told(account, taken),
    }
}

/// The claim is gone: the account may have dropped the address since, and the release of that may be long past.
async fn take_again(account: AccountId, key: &NameKey, context: &Context) -> Result<(), Trouble> {
    let want = account::Command::WantAddress { name: key.clone() };
    if context.command::<Account>("want", account, want).await?.is_err() {
        return Ok(());
    }
    match claim("claim", account.into(), key, context).await? {
        Ok(_) => told(account, take("take again", account.into(), key, context.fact(), context).await?),
        refused => told(account, refused),
    }
}

/// Where the name is another's, who held the address later, that is whom it leads to. The account lists it for nothing, and may drop it.
fn told<T>(account: AccountId, answer: Result<T, name::Rejection>) -> Result<(), Trouble> {
    match answer {
        Ok(_) => Ok(()),
        Err(rejection @ (name::Rejection::Taken | name::Rejection::NotClaimed)) => {
            tracing::warn!(account = account.get(), %rejection, "an account's address does not lead to it");
            Ok(())
        }
        Err(rejection @ name::Rejection::ReactorsOnly) => Err(Trouble::Never(rejection.to_string())),
    }
}

/// It does not rest: whoever proves to hold the address may have it at once, as numbers change hands.
async fn dropped_by(account: AccountId, dropped: &AddressDropped, context: &Context) -> Result<(), Trouble> {
    if !dropped.purpose.has_a_name() {
        return Ok(());
    }
    release("release", account.into(), &dropped.name, 0, context).await
}
