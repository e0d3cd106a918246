//! What an account is called as its own stream has it, and a change of one part of it, which keeps the others.

use domain::account::{self, Account, BioText, NameText, event::Profile};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, CommandId};
use domain::sealed::Sealed;
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::commit::{self, Read};
use infra::executor::{self, Done};

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;
use crate::rendering::{Opener, Shut};

/// How often the profile is looked at anew, at most: each time somebody else has changed it.
const TIMES: usize = 10;

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

/// Has parts of the caller's profile changed. What stays is what it is by then: should another device change it meanwhile, it is looked at again.
#[expect(clippy::option_option, reason = "what is kept, nothing and a text are three things")]
pub(crate) async fn change(
    gateway: &Gateway,
    me: Device,
    command: CommandId,
    name: Option<NameText>,
    bio: Option<Option<BioText>>,
) -> Result<Done, Error> {
    for _ in 0..TIMES {
        let account = gateway.executor.look::<Account>(me.account).await?;
        let read_from = account.profile().ok_or(Error::AccountNotFound(me.account))?.clone();
        let payload = account::Command::ChangeProfile {
            name: name.clone(),
            bio: bio.clone(),
            present: gateway.kept(me.account, &read_from).await?,
            read_from: Some(read_from),
        };
        match gateway.executor.execute::<Account>(me.account, me.request(command, payload)).await {
            Err(executor::Error::Rejected(account::Rejection::ProfileChanged)) => {}
            done => return Ok(done?),
        }
    }
    Err(Error::Unavailable("the profile keeps changing".to_owned()))
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
