//! Usernames: claimed in the name's stream, adopted in the account's, then taken; or refused. Former ones are released.
//!
//! Between claim and adoption only the claim holds the name; if nothing comes of it, it expires. Only when the account says that it
//! goes by the name is it taken, and only when it says that it does not any more is it released.

use async_trait::async_trait;
use domain::account::event::{Username, UsernameChanged, UsernameRequested};
use domain::account::{self, Account};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, NameKey};
use domain::name::{self, Name};
use domain::sealed::{Closed, Sealed};
use domain::stream::Stream;

use crate::reactor::{Context, Reactor, Trouble};

/// How long a claim that is not used holds a name, in seconds.
pub const CLAIM_SECONDS: i64 = 600;

/// The reactor.
#[derive(Debug, Clone, Copy)]
pub struct Usernames;

#[async_trait]
impl Reactor for Usernames {
    fn name(&self) -> &'static str {
        "username"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        match stream {
            Stream::Account(_) => true,
            Stream::Chat(_) | Stream::Inbox(_) | Stream::Name(_) | Stream::System => false,
        }
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        let (Stream::Account(account), Event::Account(event)) = (&fact.stream, &fact.event) else {
            return Ok(());
        };
        match event {
            account::Event::UsernameRequested(requested) => requested_by(*account, requested, context).await,
            account::Event::UsernameChanged(changed) => changed_by(*account, changed, context).await,
            account::Event::Registered(_)
            | account::Event::ProfileChanged(_)
            | account::Event::DeviceAuthorised(_)
            | account::Event::DeviceEnded(_)
            | account::Event::UsernameRefused(_) => Ok(()),
        }
    }
}

async fn requested_by(account: AccountId, requested: &UsernameRequested, context: &Context) -> Result<(), Trouble> {
    let key = &requested.name;
    let outcome = match context.command::<Name>("claim", key.clone(), claim(account, context)).await? {
        Ok(_) => adopt(requested)?,
        Err(name::Rejection::Taken) => account::Command::RefuseUsername { name: key.clone() },
        Err(rejection @ (name::Rejection::ReactorsOnly | name::Rejection::NotClaimed)) => {
            return Err(Trouble::Never(rejection.to_string()));
        }
    };
    let step = if matches!(outcome, account::Command::AdoptUsername { .. }) {
        "adopt"
    } else {
        "refuse"
    };
    if context.command::<Account>(step, account, outcome).await?.is_err() {
        // The account does not want it any more, or is gone: the claim is of no use.
        release("unclaim", account, key, context).await?;
    }
    Ok(())
}

fn adopt(requested: &UsernameRequested) -> Result<account::Command, Trouble> {
    Ok(account::Command::AdoptUsername {
        name: requested.name.clone(),
        username: closed(&requested.username)?.clone(),
    })
}

fn closed(username: &Sealed<Username>) -> Result<&Closed, Trouble> {
    match username {
        Sealed::Closed(username) => Ok(username),
        Sealed::Open { .. } => Err(Trouble::Never("the log holds closed content only".to_owned())),
    }
}

async fn changed_by(account: AccountId, changed: &UsernameChanged, context: &Context) -> Result<(), Trouble> {
    if let (Some(key), Some(username)) = (&changed.name, &changed.username) {
        take(account, key, closed(username)?, context).await?;
    }
    match &changed.former {
        Some(key) => release("release", account, key, context).await,
        None => Ok(()),
    }
}

/// Takes the adopted name. A claim that is gone is made again: when old facts are reacted to once more, a former
/// name's release may have gone before.
async fn take(account: AccountId, key: &NameKey, username: &Closed, context: &Context) -> Result<(), Trouble> {
    let taken = context
        .command::<Name>("take", key.clone(), name::Command::Take { account })
        .await?;
    if taken == Err(name::Rejection::NotClaimed) {
        let claimed = context.command::<Name>("claim again", key.clone(), claim(account, context)).await?;
        if claimed.is_ok() {
            take_if_in_use(account, key, username, context).await?;
        }
    } else if let Err(rejection) = taken {
        tracing::warn!(account = account.get(), %rejection, "an adopted username was not taken");
    }
    Ok(())
}

/// Takes a claimed name if the account still goes by it: its release may be long past, and would not come again.
async fn take_if_in_use(account: AccountId, key: &NameKey, username: &Closed, context: &Context) -> Result<(), Trouble> {
    let adopt = account::Command::AdoptUsername {
        name: key.clone(),
        username: username.clone(),
    };
    if context.command::<Account>("adopt again", account, adopt).await?.is_err() {
        return release("unclaim", account, key, context).await;
    }
    let _ = context
        .command::<Name>("take again", key.clone(), name::Command::Take { account })
        .await?;
    Ok(())
}

fn claim(account: AccountId, context: &Context) -> name::Command {
    name::Command::Claim {
        account,
        until: context.clock().now().plus_seconds(CLAIM_SECONDS),
    }
}

async fn release(step: &str, account: AccountId, key: &NameKey, context: &Context) -> Result<(), Trouble> {
    let released = context
        .command::<Name>(step, key.clone(), name::Command::Release { account })
        .await?;
    released.map(|_| ()).map_err(|rejection| Trouble::Never(rejection.to_string()))
}
