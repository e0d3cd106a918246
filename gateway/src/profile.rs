//! What an account is called as its own stream has it: for a change of one part of it, which keeps the others.

use domain::account::{self, event::Profile};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::AccountId;
use domain::sealed::Sealed;
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::commit::{self, Read};

use crate::Gateway;
use crate::error::Error;
use crate::rendering::{Opener, Shut};

/// What an account was called, and since when, by what it was told in order; `Err`: what can't be read.
pub(crate) async fn history(gateway: &Gateway, account: AccountId) -> Result<Vec<(Timestamp, Result<Profile, Shut>)>, Error> {
    let stream = Stream::Account(account);
    let mut profiles = Vec::new();
    for record in gateway.log.read(&stream, None).await? {
        let commit = commit::decode(&record).map_err(|error| Error::Internal(error.to_string()))?;
        let facts = commit.facts.into_iter().filter_map(|read| match read {
            Read::Fact(fact) => Some(fact),
            Read::Unreadable(..) => None,
        });
        profiles.extend(facts.filter_map(|fact| Some((fact.happened_at(), told(&fact)?.clone()))));
    }
    let opener = Opener::for_accounts(&gateway.keys, &[account]).await?;
    let readable = profiles.into_iter().map(|(at, profile)| (at, opener.open(&stream, &profile)));
    Ok(readable.collect())
}

/// What an account is called now.
pub(crate) async fn present(gateway: &Gateway, account: AccountId) -> Result<Profile, Error> {
    match history(gateway, account).await?.pop() {
        Some((_, Ok(profile))) => Ok(profile),
        Some((_, Err(Shut::Erased))) => Err(Error::AccountErased(account)),
        Some((_, Err(Shut::Unreadable))) => Err(Error::KeyLost(account)),
        None => Err(Error::AccountNotFound(account)),
    }
}

/// The profile that a fact tells.
pub(crate) fn told(fact: &Fact) -> Option<&Sealed<Profile>> {
    match &fact.event {
        Event::Account(account::Event::Registered(registered)) => Some(&registered.profile),
        Event::Account(account::Event::ProfileChanged(changed)) => Some(&changed.profile),
        Event::Account(_)
        | Event::Chat(_)
        | Event::Inbox(_)
        | Event::SignIn(_)
        | Event::Name(_)
        | Event::Interactions(_)
        | Event::System(_) => None,
    }
}
