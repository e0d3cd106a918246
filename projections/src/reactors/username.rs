//! Usernames: claimed in the name's stream, adopted in the account's, then taken; or refused. Former ones are released.
//!
//! Between claim and adoption only the claim holds the name; if nothing comes of it, it expires. Only when the account says that it
//! goes by the name is it taken, and only when it says that it does not any more is it released.
//!
//! A fact may be answered long after newer ones: when it was parked, or all of the log is reacted to once more. So each command
//! names the fact that it answers, and the name stays held for the newest; what was claimed too long ago is claimed anew. Nothing is
//! claimed for who does not want it any more: another, who asks in that moment, would be refused for good.

use async_trait::async_trait;
use domain::account::event::{Username, UsernameChanged, UsernameRequested};
use domain::account::{self, Account};
use domain::event::Event;
use domain::fact::{Fact, FactRef};
use domain::id::{AccountId, NameKey};
use domain::name::{self, Name};
use domain::sealed::{Closed, Sealed};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::executor::Done;

use crate::reactor::{Context, Reactor, Trouble};

/// How long a claim that is not used holds a name, in seconds.
pub const CLAIM_SECONDS: i64 = 600;

/// How long a username that was given up rests, in seconds, unless it is configured: 30 days.
pub const REST_SECONDS: u32 = 30 * 86_400;

/// The reactor.
#[derive(Debug, Clone, Copy)]
pub struct Usernames {
    /// How long only its former holder may have a username that was given up, in seconds.
    pub rest_seconds: u32,
}

impl Default for Usernames {
    fn default() -> Self {
        Self {
            rest_seconds: REST_SECONDS,
        }
    }
}

#[async_trait]
impl Reactor for Usernames {
    fn name(&self) -> &'static str {
        "username"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        match stream {
            Stream::Account(_) => true,
            Stream::Chat(_) | Stream::Inbox(_) | Stream::SignIn(_) | Stream::Name(_) | Stream::Interactions(_) | Stream::System => false,
        }
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        let (Stream::Account(account), Event::Account(event)) = (&fact.stream, &fact.event) else {
            return Ok(());
        };
        match event {
            account::Event::UsernameRequested(requested) => requested_by(*account, requested, context).await,
            account::Event::UsernameChanged(changed) => changed_by(*account, changed, self.rest_seconds, context).await,
            account::Event::Registered(_)
            | account::Event::ProfileChanged(_)
            | account::Event::DeviceAuthorised(_)
            | account::Event::DeviceEnded(_)
            | account::Event::UsernameRefused(_)
            | account::Event::DeviceRenamed(_)
            | account::Event::AddressAdded(_)
            | account::Event::AddressDropped(_)
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
            | account::Event::ErasureCalledOff(_)
            | account::Event::ErasureBegun(_)
            | account::Event::Erased(_) => Ok(()),
        }
    }
}

async fn requested_by(account: AccountId, requested: &UsernameRequested, context: &Context) -> Result<(), Trouble> {
    let key = &requested.name;
    match claim("claim", account, key, context).await? {
        Claim::Made(attempt) => {
            let (steps, username) = (["adopt", "unclaim"].map(|step| attempt.of(step)), closed(&requested.username)?);
            adopt(steps, account, key, username, context).await?;
        }
        Claim::Taken => {
            let refuse = account::Command::RefuseUsername { name: key.clone() };
            // Who is gone needs no answer.
            let _ = context.command::<Account>("refuse", account, refuse).await?;
        }
        Claim::Unwanted => {}
    }
    Ok(())
}

fn closed(username: &Sealed<Username>) -> Result<&Closed, Trouble> {
    match username {
        Sealed::Closed(username) => Ok(username),
        Sealed::Open { .. } => Err(Trouble::Never("the log holds closed content only".to_owned())),
    }
}

async fn changed_by(account: AccountId, changed: &UsernameChanged, rest_seconds: u32, context: &Context) -> Result<(), Trouble> {
    if let (Some(key), Some(username)) = (&changed.name, &changed.username) {
        take_adopted(account, key, closed(username)?, context).await?;
    }
    match &changed.former {
        Some(key) => release("release", account, key, rest_seconds, context).await,
        None => Ok(()),
    }
}

/// Takes the adopted name. A claim that is gone is made again: when old facts are reacted to once more, a former
/// name's release may have gone before.
async fn take_adopted(account: AccountId, key: &NameKey, username: &Closed, context: &Context) -> Result<(), Trouble> {
    match take("take", account, key, context.fact(), context).await? {
        Ok(_) => {}
        Err(name::Rejection::NotClaimed) => take_again(account, key, username, context).await?,
        Err(rejection @ (name::Rejection::Taken | name::Rejection::ReactorsOnly)) => {
            tracing::warn!(account = account.get(), %rejection, "an adopted username was not taken");
        }
    }
    Ok(())
}

/// Takes a name if the account still goes by it: its release may be long past, and would not come again.
async fn take_again(account: AccountId, key: &NameKey, username: &Closed, context: &Context) -> Result<(), Trouble> {
    if let Claim::Made(attempt) = claim("claim again", account, key, context).await? {
        let steps = ["adopt again", "unclaim"].map(|step| attempt.of(step));
        if adopt(steps, account, key, username, context).await? {
            let _ = take(&attempt.of("take again"), account, key, context.fact(), context).await?;
        }
    }
    Ok(())
}

/// Which claim of a reaction it is: what follows from each is a command of its own.
#[derive(Clone, Copy)]
struct Attempt(u32);

impl Attempt {
    fn of(self, step: &str) -> String {
        if self.0 == 1 {
            step.to_owned()
        } else {
            format!("{step} {}", self.0)
        }
    }
}

/// What came of claiming a name.
enum Claim {
    Made(Attempt),
    /// Another has it.
    Taken,
    /// The account does not want it any more, or is gone.
    Unwanted,
}

/// Claims the name, and for long enough for what follows: the first answer to a claim, had again, may be of one that has expired.
async fn claim(step: &str, account: AccountId, key: &NameKey, context: &Context) -> Result<Claim, Trouble> {
    let mut attempt = Attempt(1);
    loop {
        let want = account::Command::WantUsername { name: key.clone() };
        if context.command::<Account>(&attempt.of("want"), account, want).await?.is_err() {
            // What was claimed before is of no use.
            release(&attempt.of("unclaim"), account, key, 0, context).await?;
            return Ok(Claim::Unwanted);
        }
        let now = context.clock().now();
        let (fact, until) = (Some(context.fact()), now.plus_seconds(CLAIM_SECONDS));
        let claim = name::Command::Claim { account, fact, until };
        match context.command::<Name>(&attempt.of(step), key.clone(), claim).await? {
            Ok(done) if expires_before(&done, now.plus_seconds(CLAIM_SECONDS / 2)) => attempt.0 += 1,
            Ok(_) => return Ok(Claim::Made(attempt)),
            Err(name::Rejection::Taken) => return Ok(Claim::Taken),
            Err(rejection @ (name::Rejection::ReactorsOnly | name::Rejection::NotClaimed)) => {
                return Err(Trouble::Never(rejection.to_string()));
            }
        }
    }
}

/// Whether the answer is that of a claim which expires before then.
fn expires_before(done: &Done, then: Timestamp) -> bool {
    done.facts.iter().any(|fact| match &fact.event {
        Event::Name(name::Event::Claimed(claimed)) => claimed.until < then,
        Event::Name(name::Event::Taken(_) | name::Event::Released(_))
        | Event::Account(_)
        | Event::Chat(_)
        | Event::SignIn(_)
        | Event::Inbox(_)
        | Event::Interactions(_)
        | Event::System(_) => false,
    })
}

/// Has the account go by a claimed name. The name is taken at once, as of then: what the account says of it before that, and is
/// answered only later, does not release it. False: it does not want to, or is gone; then the claim is of no use.
async fn adopt(steps: [String; 2], account: AccountId, key: &NameKey, username: &Closed, context: &Context) -> Result<bool, Trouble> {
    let [adopt, unclaim] = steps;
    let command = account::Command::AdoptUsername {
        name: key.clone(),
        username: username.clone(),
    };
    let Ok(done) = context.command::<Account>(&adopt, account, command).await? else {
        release(&unclaim, account, key, 0, context).await?;
        return Ok(false);
    };
    if let Some(fact) = done.facts.last() {
        let _ = take(&format!("{adopt}, take"), account, key, fact.at, context).await?;
    }
    Ok(true)
}

async fn take(
    step: &str,
    account: AccountId,
    key: &NameKey,
    fact: FactRef,
    context: &Context,
) -> Result<Result<Done, name::Rejection>, Trouble> {
    let fact = Some(fact);
    let take = name::Command::Take { account, fact };
    context.command::<Name>(step, key.clone(), take).await
}

/// What was only claimed need not rest: nobody knew the account by it.
async fn release(step: &str, account: AccountId, key: &NameKey, rest_seconds: u32, context: &Context) -> Result<(), Trouble> {
    let release = name::Command::Release {
        account,
        fact: context.fact(),
        rest_seconds,
    };
    let released = context.command::<Name>(step, key.clone(), release).await?;
    released.map(|_| ()).map_err(|rejection| Trouble::Never(rejection.to_string()))
}
