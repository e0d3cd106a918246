//! Letting in: once all has been shown that is asked for, the sign-in is used, and a device authorised.

use domain::account::address::AddressUse;
use domain::account::factor::{Kind, PasswordSecret};
use domain::account::{self, Account, DeviceNameText, NameText, PlatformText};
use domain::event::Event;
use domain::id::{AccountId, CommandId, DeviceId};
use domain::sign_in::{self, Attempt};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::executor::{self, Done};

use super::step::{PasswordWanted, Step};
use super::{Visitor, asked};
use crate::Gateway;
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::Error;
use crate::factors::{self, Evidence};
use crate::rendering::Opener;
use crate::sequence::{Claim, Cursor};
use crate::token::{Secret, Token};

/// Who is to be let in, as they say themselves.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    /// What the device is called.
    pub(crate) device: DeviceNameText,
    /// What it runs on.
    pub(crate) platform: Option<PlatformText>,
    /// What they want to be called, should they be registered.
    pub(crate) called: Option<NameText>,
}

impl Gateway {
    /// Goes on as far as what was shown allows.
    pub(crate) async fn admit(&self, visitor: &Visitor, guest: &Guest) -> Result<Answer<Step>, Error> {
        let attempt = self.attempt(visitor).await?;
        let expires_at = self.proved(&attempt)?;
        if let Some(account) = attempt.used_by() {
            return self.authorise(visitor, expires_at, account, guest).await;
        }
        let Some(account) = self.account_of(visitor, guest.called.as_ref()).await? else {
            return Ok(Answer::ok(Step::Name { expires_at }));
        };
        let state = self.executor.look::<Account>(account).await?;
        if state.factors().missing(visitor.sign_in, self.clock.now()).next().is_some() {
            return self.factors(visitor, account, &state, expires_at).await.map(Answer::ok);
        }
        // Told to who has shown everything, and before the sign-in is spent on it.
        if state.is_suspended() {
            return Err(account::Rejection::Suspended.into());
        }
        self.use_up(visitor, account).await?;
        self.authorise(visitor, expires_at, account, guest).await
    }

    /// Until when what was proved may be used, or, used already, be gone on with. Not for ever: who learns of a sign-in later is not to go on with it.
    pub(super) fn proved(&self, attempt: &Attempt) -> Result<Timestamp, Error> {
        let now = self.clock.now();
        match attempt.proved_until() {
            None => Err(sign_in::Rejection::NotProved.into()),
            Some(until) if now < until && (attempt.is_proved(now) || attempt.used_by().is_some()) => Ok(until),
            Some(_) => Err(sign_in::Rejection::TooLate.into()),
        }
    }

    /// The account that the visitor has come to, who has proved to hold the contact but may have more to show.
    pub(crate) async fn recognised(&self, visitor: &Visitor) -> Result<Option<AccountId>, Error> {
        let attempt = self.attempt(visitor).await?;
        self.proved(&attempt)?;
        match attempt.used_by() {
            Some(account) => Ok(Some(account)),
            None => self.held_by(visitor).await,
        }
    }

    /// Has the visitor show a second factor of an account.
    pub(crate) async fn show(&self, visitor: &Visitor, account: AccountId, evidence: &Evidence, command: CommandId) -> Result<(), Error> {
        let mut changed = Error::Account(account::Rejection::FactorsChanged);
        for _ in 0..factors::TIMES {
            let state = self.executor.look::<Account>(account).await?;
            let payload = account::Command::ShowFactor {
                sign_in: visitor.sign_in,
                shown: self.compare(account, &state, evidence).await?,
                tries: self.factor_tries(),
            };
            match self.executor.execute::<Account>(account, asked(command, payload)).await {
                Err(error @ executor::Error::Rejected(account::Rejection::FactorsChanged)) => changed = error.into(),
                Err(error) => return Err(self.timed(error)),
                Ok(done) if factors::was_wrong(&done) => return Err(Error::WrongFactor),
                Ok(_) => return Ok(()),
            }
        }
        Err(changed)
    }

    async fn factors(&self, visitor: &Visitor, account: AccountId, state: &Account, expires_at: Timestamp) -> Result<Step, Error> {
        let missing: Vec<Kind> = state.factors().missing(visitor.sign_in, self.clock.now()).collect();
        let password = match state.factors().password() {
            Some(kept) if missing.contains(&Kind::Password) => {
                let opener = Opener::for_accounts(&self.keys, &[account]).await?;
                let kept = opener.open::<PasswordSecret>(&Stream::Account(account), kept);
                Some(PasswordWanted {
                    hint: kept.ok().and_then(|kept| kept.hint),
                    recovery: state.address(AddressUse::Recovery).is_some(),
                })
            }
            Some(_) | None => None,
        };
        Ok(Step::Factors {
            password,
            totp: missing.contains(&Kind::Totp),
            expires_at,
        })
    }

    /// Lets a device in, once for a sign-in.
    async fn authorise(&self, visitor: &Visitor, expires_at: Timestamp, account: AccountId, guest: &Guest) -> Result<Answer<Step>, Error> {
        let secret = Secret::new(self.clock.secret());
        let payload = account::Command::AuthoriseDevice {
            token: secret.hash(),
            name: guest.device.clone(),
            platform: guest.platform.clone(),
            sign_in: Some(visitor.sign_in),
        };
        let request = asked(visitor.command("authorise"), payload);
        let done = match self.executor.execute::<Account>(account, request).await {
            // They were changed in between.
            Err(executor::Error::Rejected(account::Rejection::FactorNeeded)) => {
                let state = self.executor.look::<Account>(account).await?;
                return self.factors(visitor, account, &state, expires_at).await.map(Answer::ok);
            }
            done => done?,
        };
        let device = authorised(&done)?;
        let step = Step::Done {
            account,
            device,
            token: (!done.repeated).then(|| Token::Device(account, device, secret).reveal()),
            repeated: done.repeated,
            cursor: self.begins_at(Device { account, device }, &done).await.into(),
        };
        Ok(Answer::created(step).at(done.position))
    }

    /// Where the updates of a device begin that has just been authorised: should the read models be slow, at the first.
    async fn begins_at(&self, device: Device, done: &Done) -> Cursor {
        if let Some(position) = done.position {
            // Else the token works a little later: better than no token.
            let _ = self.models.progress.wait(position, self.config.settle_max).await;
        }
        let newest = Claim {
            epoch: None,
            after: None,
            at: None,
        };
        self.cursor(device, newest)
            .await
            .map_or_else(|_| Cursor::default(), |start| start.head)
    }
}

fn authorised(done: &Done) -> Result<DeviceId, Error> {
    let device = done.facts.iter().find_map(|fact| match &fact.event {
        Event::Account(account::Event::DeviceAuthorised(authorised)) => Some(authorised.device),
        Event::Account(_)
        | Event::SignIn(_)
        | Event::Chat(_)
        | Event::Inbox(_)
        | Event::Name(_)
        | Event::Interactions(_)
        | Event::System(_) => None,
    });
    device.ok_or_else(|| Error::Internal("an authorisation without a device".to_owned()))
}
