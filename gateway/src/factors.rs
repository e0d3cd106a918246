//! The second factor, as a device shows it where it changes what a factor guards.

use std::fmt;

use domain::account::factor::{Factor, Shown};
use domain::account::state::factors::Factors;
use domain::account::{self, Account};
use domain::event::Event;
use domain::id::{AccountId, CommandId};
use domain::sealed::Sealed;
use domain::stream::Stream;
use infra::executor::{self, Done};
use infra::proof::{Password, RecoveryCode, Totp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;
use crate::rendering::{Opener, Shut};

/// How often what is shown is compared again, where what is kept changes meanwhile.
const TRIES: u32 = 3;

/// A factor that is shown: one of these, where one is set.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GivenFactor {
    /// The password.
    password: Option<String>,
    /// The time-based one-time password of this moment.
    totp: Option<String>,
    /// A recovery code that was not used yet.
    recovery_code: Option<String>,
}

impl fmt::Debug for GivenFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenFactor").finish_non_exhaustive()
    }
}

impl GivenFactor {
    /// The one that is shown, if any is.
    fn only(&self) -> Result<Option<(Factor, &str)>, Error> {
        let given = [
            (Factor::Password, &self.password),
            (Factor::Totp, &self.totp),
            (Factor::RecoveryCode, &self.recovery_code),
        ];
        let mut given = given.into_iter().filter_map(|(factor, text)| Some((factor, text.as_deref()?)));
        match (given.next(), given.next()) {
            (only, None) => Ok(only),
            (_, Some(_)) => Err(Error::InvalidRequest("password, totp, recovery_code: show one of them".to_owned())),
        }
    }
}

impl Gateway {
    /// What is shown, compared with what the account keeps by now; `None`: nothing is.
    pub(crate) async fn shown(&self, id: AccountId, given: &GivenFactor) -> Result<Option<Shown>, Error> {
        let Some((factor, text)) = given.only()? else { return Ok(None) };
        let account = self.executor.look::<Account>(id).await?;
        let kept = Kept {
            gateway: self,
            opener: Opener::for_accounts(&self.keys, &[id]).await?,
            factors: account.factors(),
            id,
        };
        let mut shown = Shown {
            factor,
            revision: account.factors().revision(),
            right: false,
            step: None,
            code: None,
        };
        match factor {
            Factor::Password => shown.right = kept.is_password(text).await?,
            Factor::Totp => shown.step = kept.step_of(text)?,
            Factor::RecoveryCode => shown.code = kept.index_of(text)?,
        }
        shown.right |= shown.step.is_some() || shown.code.is_some();
        Ok(Some(shown))
    }

    /// Has something changed that needs a factor where one is set.
    pub(crate) async fn with_factor(
        &self,
        me: Device,
        command: CommandId,
        given: &GivenFactor,
        change: impl Fn(Option<Shown>) -> account::Command,
    ) -> Result<Done, Error> {
        for _ in 0..TRIES {
            let change = change(self.shown(me.account, given).await?);
            match self.executor.execute::<Account>(me.account, me.request(command, change)).await {
                Err(executor::Error::Rejected(account::Rejection::FactorsChanged)) => {}
                Err(error) => return Err(error.into()),
                Ok(done) if was_wrong(&done) => return Err(Error::WrongFactor),
                Ok(done) => return Ok(done),
            }
        }
        Err(Error::Unavailable("the second factor keeps changing".to_owned()))
    }
}

/// Whether all that happened is that what was shown was wrong.
fn was_wrong(done: &Done) -> bool {
    let failed = |fact: &domain::fact::Fact| matches!(&fact.event, Event::Account(account::Event::FactorFailed(_)));
    done.facts.iter().any(|fact| failed(fact))
}

/// What an account keeps of its factors.
struct Kept<'a> {
    gateway: &'a Gateway,
    opener: Opener<'a>,
    factors: &'a Factors,
    id: AccountId,
}

impl Kept<'_> {
    async fn is_password(&self, text: &str) -> Result<bool, Error> {
        let Some(kept) = self.factors.password() else { return Ok(false) };
        let kept = self.open(kept)?;
        // What can't be a password is no right one.
        let Ok(shown) = Password::parse(text.to_owned()) else {
            return Ok(false);
        };
        let is_right = self.gateway.proofs.is_password(&shown, &kept.phc).await;
        is_right.ok_or_else(|| Error::Internal("a password's hash can't be read".to_owned()))
    }

    fn step_of(&self, text: &str) -> Result<Option<i64>, Error> {
        let Some(kept) = self.factors.totp() else { return Ok(None) };
        let kept = Totp::of(&self.open(&kept.secret)?);
        let kept = kept.ok_or_else(|| Error::Internal("a one-time password's secret can't be read".to_owned()))?;
        Ok(kept.step_of(text, self.gateway.clock.now()))
    }

    fn index_of(&self, text: &str) -> Result<Option<u32>, Error> {
        let codes = self.factors.totp().and_then(|totp| totp.codes.as_ref());
        let (Some(codes), Ok(shown)) = (codes, text.parse::<RecoveryCode>()) else {
            return Ok(None);
        };
        Ok(shown.index_in(&self.open(&codes.hashes)?))
    }

    fn open<T: DeserializeOwned + Clone>(&self, kept: &Sealed<T>) -> Result<T, Error> {
        let opened = self.opener.open(&Stream::Account(self.id), kept);
        opened.map_err(|shut| match shut {
            Shut::Erased => Error::AccountErased(self.id),
            Shut::Unreadable => Error::KeyLost(self.id),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(json: &str) -> GivenFactor {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn one_factor_is_shown_or_none_and_none_of_it_is_printed() {
        assert!(matches!(given("{}").only(), Ok(None)));
        let password = given(r#"{"password":"correct horse"}"#);
        assert!(matches!(password.only(), Ok(Some((Factor::Password, "correct horse")))));
        assert!(given(r#"{"password":"correct horse","totp":"123456"}"#).only().is_err());
        assert!(!format!("{password:?}").contains("horse"));
    }
}
