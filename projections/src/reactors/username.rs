//! Usernames of accounts and of channels: claimed in the name's stream, adopted in the account's or the chat's, then taken; or refused.
//! Former ones are released.
//!
//! Between claim and adoption only the claim holds the name; if nothing comes of it, it expires. Only when the holder says that it
//! goes by the name is it taken, and only when it says that it does not any more is it released.
//!
//! A fact may be answered long after newer ones: when it was parked, or all of the log is reacted to once more. So each command
//! names the fact that it answers, and the name stays held for the newest; what was claimed too long ago is claimed anew. Nothing is
//! claimed for who does not want it any more: another, who asks in that moment, would be refused for good.

use async_trait::async_trait;
use domain::account::event::{Username, UsernameChanged};
use domain::account::{self, Account};
use domain::actor::Actor;
use domain::chat::{self, Chat};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, NameKey};
use domain::name::{self, Holder};
use domain::sealed::{Closed, Sealed, SealedPart};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::executor::Done;

use super::claims::{self, CLAIM_SECONDS, release, take};
use crate::reactor::{Context, Reactor, Trouble};

/// Seconds of a day.
const DAY: u32 = 86_400;

/// The reactor.
#[derive(Debug, Clone, Copy)]
pub struct Usernames {
    /// How long only its former holder may have a username that was given up, in seconds.
    pub rest_seconds: u32,
}

impl Usernames {
    /// They rest for so many days.
    pub fn resting(days: u32) -> Self {
        Self {
            rest_seconds: days.saturating_mul(DAY),
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
            Stream::Account(_) | Stream::Chat(ChatId::Channel(_)) => true,
            Stream::Chat(_) | Stream::Inbox(_) | Stream::SignIn(_) | Stream::Name(_) | Stream::Interactions(_) | Stream::System => false,
        }
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        match (&fact.stream, &fact.event) {
            (Stream::Account(account), Event::Account(event)) => self.account(*account, event, context).await,
            (Stream::Chat(chat), Event::Chat(event)) => self.chat(*chat, &fact.by, event, context).await,
            (
                _,
                Event::Account(_)
                | Event::Chat(_)
                | Event::Inbox(_)
                | Event::SignIn(_)
                | Event::Name(_)
                | Event::Interactions(_)
                | Event::System(_),
            ) => Ok(()),
        }
    }
}

impl Usernames {
    async fn account(self, account: AccountId, event: &account::Event, context: &Context) -> Result<(), Trouble> {
        let holder = Holder::from(account);
        match event {
            account::Event::UsernameRequested(requested) => requested_by(holder, &requested.name, &requested.username, context).await,
            account::Event::UsernameChanged(UsernameChanged { name, former, username }) => {
                changed_by(
                    holder,
                    (name.as_ref(), username.as_ref()),
                    former.as_ref(),
                    self.rest_seconds,
                    context,
                )
                .await
            }
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

    /// A channel's name is asked for by somebody, and had by the channel.
    async fn chat(self, chat: ChatId, by: &Actor, event: &chat::Event, context: &Context) -> Result<(), Trouble> {
        match event {
            chat::Event::UsernameRequested(requested) => {
                let Some(account) = by.account() else { return Ok(()) };
                let holder = Holder { account, chat: Some(chat) };
                requested_by(holder, &requested.name, &requested.username, context).await
            }
            chat::Event::UsernameChanged(chat::event::UsernameChanged { name, former, username }) => {
                let of = |username: &Sealed<Username>| SealedPart::of(username);
                // Whoever asked: the name is the chat's.
                let account = username.as_ref().map(of).or_else(|| by.account()).unwrap_or(AccountId::MIN);
                let holder = Holder { account, chat: Some(chat) };
                changed_by(
                    holder,
                    (name.as_ref(), username.as_ref()),
                    former.as_ref(),
                    self.rest_seconds,
                    context,
                )
                .await
            }
            chat::Event::Created(_)
            | chat::Event::Renamed(_)
            | chat::Event::MemberAdded(_)
            | chat::Event::MemberRemoved(_)
            | chat::Event::MemberLeft(_)
            | chat::Event::RoleChanged(_)
            | chat::Event::MessageSent(_)
            | chat::Event::MessageEdited(_)
            | chat::Event::MessagesDeleted(_)
            | chat::Event::ReactionChanged(_)
            | chat::Event::MessagePinned(_)
            | chat::Event::MessagesUnpinned(_)
            | chat::Event::Described(_)
            | chat::Event::PermissionsChanged(_)
            | chat::Event::MemberRestricted(_)
            | chat::Event::MemberBanned(_)
            | chat::Event::MemberUnbanned(_)
            | chat::Event::SlowModeChanged(_)
            | chat::Event::ProtectionChanged(_)
            | chat::Event::LinkMade(_)
            | chat::Event::LinkChanged(_)
            | chat::Event::LinkRevoked(_)
            | chat::Event::JoinRequested(_)
            | chat::Event::JoinDeclined(_)
            | chat::Event::SequenceBegun(_)
            | chat::Event::UsernameRefused(_) => Ok(()),
        }
    }
}

async fn requested_by(holder: Holder, key: &NameKey, username: &Sealed<Username>, context: &Context) -> Result<(), Trouble> {
    match claim("claim", holder, key, context).await? {
        Claim::Made(attempt) => {
            let (steps, username) = (["adopt", "unclaim"].map(|step| attempt.of(step)), closed(username)?);
            adopt(steps, holder, key, username, context).await?;
        }
        Claim::Taken => {
            refuse(holder, key, context).await?;
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

async fn changed_by(
    holder: Holder,
    adopted: (Option<&NameKey>, Option<&Sealed<Username>>),
    former: Option<&NameKey>,
    rest_seconds: u32,
    context: &Context,
) -> Result<(), Trouble> {
    if let (Some(key), Some(username)) = adopted {
        take_adopted(holder, key, closed(username)?, context).await?;
    }
    match former {
        Some(key) => release("release", holder, key, rest_seconds, context).await,
        None => Ok(()),
    }
}

/// Takes the adopted name. A claim that is gone is made again: when old facts are reacted to once more, a former
/// name's release may have gone before.
async fn take_adopted(holder: Holder, key: &NameKey, username: &Closed, context: &Context) -> Result<(), Trouble> {
    match take("take", holder, key, context.fact(), context).await? {
        Ok(_) => {}
        Err(name::Rejection::NotClaimed) => take_again(holder, key, username, context).await?,
        Err(rejection @ (name::Rejection::Taken | name::Rejection::ReactorsOnly)) => {
            tracing::warn!(account = holder.account.get(), %rejection, "an adopted username was not taken");
        }
    }
    Ok(())
}

/// Takes a name if the holder still goes by it: its release may be long past, and would not come again.
async fn take_again(holder: Holder, key: &NameKey, username: &Closed, context: &Context) -> Result<(), Trouble> {
    if let Claim::Made(attempt) = claim("claim again", holder, key, context).await? {
        let steps = ["adopt again", "unclaim"].map(|step| attempt.of(step));
        if adopt(steps, holder, key, username, context).await? {
            let _ = take(&attempt.of("take again"), holder, key, context.fact(), context).await?;
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
    /// The holder does not want it any more, or is gone.
    Unwanted,
}

/// Claims the name, and for long enough for what follows: the first answer to a claim, had again, may be of one that has expired.
async fn claim(step: &str, holder: Holder, key: &NameKey, context: &Context) -> Result<Claim, Trouble> {
    let mut attempt = Attempt(1);
    loop {
        if !is_wanted(&attempt.of("want"), holder, key, context).await? {
            // What was claimed before is of no use, and need not rest: nobody knew its holder by it.
            release(&attempt.of("unclaim"), holder, key, 0, context).await?;
            return Ok(Claim::Unwanted);
        }
        let soon = context.clock().now().plus_seconds(CLAIM_SECONDS / 2);
        match claims::claim(&attempt.of(step), holder, key, context).await? {
            Ok(done) if expires_before(&done, soon) => attempt.0 += 1,
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

/// Has the holder go by a claimed name. The name is taken at once, as of then: what it says of it before that, and is
/// answered only later, does not release it. False: it does not want to, or is gone; then the claim is of no use.
async fn adopt(steps: [String; 2], holder: Holder, key: &NameKey, username: &Closed, context: &Context) -> Result<bool, Trouble> {
    let [adopt, unclaim] = steps;
    let Some(done) = adopted(&adopt, holder, key, username, context).await? else {
        release(&unclaim, holder, key, 0, context).await?;
        return Ok(false);
    };
    if let Some(fact) = done.facts.last() {
        let _ = take(&format!("{adopt}, take"), holder, key, fact.at, context).await?;
    }
    Ok(true)
}

/// Whether the holder has asked for the name, or goes by it.
async fn is_wanted(step: &str, holder: Holder, key: &NameKey, context: &Context) -> Result<bool, Trouble> {
    let name = key.clone();
    if let Some(chat) = holder.chat {
        let want = chat::Command::WantUsername { name };
        Ok(context.command::<Chat>(step, chat, want).await?.is_ok())
    } else {
        let want = account::Command::WantUsername { name };
        Ok(context.command::<Account>(step, holder.account, want).await?.is_ok())
    }
}

/// `None`: the holder does not want the name any more, or is gone.
async fn adopted(step: &str, holder: Holder, key: &NameKey, username: &Closed, context: &Context) -> Result<Option<Done>, Trouble> {
    let (name, username) = (key.clone(), username.clone());
    if let Some(chat) = holder.chat {
        let adopt = chat::Command::AdoptUsername { name, username };
        Ok(context.command::<Chat>(step, chat, adopt).await?.ok())
    } else {
        let adopt = account::Command::AdoptUsername { name, username };
        Ok(context.command::<Account>(step, holder.account, adopt).await?.ok())
    }
}

async fn refuse(holder: Holder, key: &NameKey, context: &Context) -> Result<(), Trouble> {
    let name = key.clone();
    // Who is gone needs no answer.
    if let Some(chat) = holder.chat {
        let refuse = chat::Command::RefuseUsername { name };
        let _ = context.command::<Chat>("refuse", chat, refuse).await?;
    } else {
        let refuse = account::Command::RefuseUsername { name };
        let _ = context.command::<Account>("refuse", holder.account, refuse).await?;
    }
    Ok(())
}
