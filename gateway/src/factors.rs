//! Second factors as somebody shows them, compared with what their account keeps.

use std::fmt;

use domain::account::factor::{Factor, PasswordSecret, RecoveryCodes, Shown, TotpSecret};
use domain::account::{self, Account};
use domain::event::Event;
use domain::id::{AccountId, CommandId};
use domain::sealed::Sealed;
use domain::sign_in::limits::Rate;
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::config::secret::Secret;
use infra::executor::{self, Done};
use infra::proof::{Password, RecoveryCode, Totp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;
use crate::rendering::{Opener, Shut};

/// How often what is shown is compared anew, should the account's factors change meanwhile.
pub(crate) const TIMES: usize = 3;

/// A factor that a request shows: one of these, where one is set.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GivenFactor {
    /// The password.
    #[schema(value_type = Option<String>)]
    password: Option<Secret>,
    /// The time-based one-time password of this moment.
    #[schema(value_type = Option<String>)]
    totp: Option<Secret>,
    /// A recovery code that was not used yet.
    #[schema(value_type = Option<String>)]
    recovery_code: Option<Secret>,
}

impl GivenFactor {
    /// The one that is shown, if any is.
    pub(crate) fn evidence(self) -> Result<Option<Evidence>, Error> {
        Evidence::parse(self.password, self.totp, self.recovery_code)
    }
}

/// A second factor that is shown. Never printed.
#[derive(Clone)]
pub(crate) enum Evidence {
    /// The password.
    Password(Password),
    /// A time-based one-time password.
    Totp(Secret),
    /// A recovery code.
    RecoveryCode(RecoveryCode),
}

impl Evidence {
    /// Takes what a request shows: one factor, or none.
    pub(crate) fn parse(password: Option<Secret>, totp: Option<Secret>, recovery_code: Option<Secret>) -> Result<Option<Self>, Error> {
        match (password, totp, recovery_code) {
            (None, None, None) => Ok(None),
            (Some(password), None, None) => Ok(Some(Self::Password(Password::parse(password.reveal().to_owned())?))),
            (None, Some(code), None) => Ok(Some(Self::Totp(code))),
            (None, None, Some(code)) => Ok(Some(Self::RecoveryCode(code.reveal().parse()?))),
            _ => Err(Error::InvalidRequest(
                "password, totp, recovery_code: only one of them at a time".to_owned(),
            )),
        }
    }

    /// As what it counts that is not compared: as a wrong one, which the account refuses, unless this very command was accepted before.
    fn of_no_use(&self, account: &Account, now: Timestamp) -> Shown {
        Shown {
            factor: match self {
                Self::Password(_) => Factor::Password,
                Self::Totp(_) => Factor::Totp,
                Self::RecoveryCode(_) => Factor::RecoveryCode,
            },
            revision: account.factors().revision(),
            right: false,
            step: None,
            code: None,
            now,
        }
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Evidence(***)")
    }
}

impl Gateway {
    /// How often a factor may be wrong.
    pub(crate) fn factor_tries(&self) -> Option<Rate> {
        self.config.sign_in.limits().tries
    }

    /// What is shown, compared with what the account keeps as it is now; not compared while there were too many wrong ones.
    pub(crate) async fn compare(&self, id: AccountId, account: &Account, evidence: &Evidence) -> Result<Shown, Error> {
        let factors = account.factors();
        let now = self.clock.now();
        if let Some(tries) = self.factor_tries()
            && tries.take(factors.tries_full_at(), now).is_err()
        {
            return Ok(evidence.of_no_use(account, now));
        }
        let revision = factors.revision();
        let not_set = || Error::Account(account::Rejection::FactorNotSet);
        let shown = |factor, right, step, code| Shown {
            factor,
            revision,
            right,
            step,
            code,
            now,
        };
        match evidence {
            Evidence::Password(password) => {
                let kept: PasswordSecret = self.kept(id, factors.password().ok_or_else(not_set)?).await?;
                let right = self.proofs.is_password(password, &kept.phc).await;
                let right = right.ok_or_else(|| Error::Internal("a password that is kept can't be read".to_owned()))?;
                Ok(shown(Factor::Password, right, None, None))
            }
            Evidence::Totp(code) => {
                let kept: TotpSecret = self.kept(id, &factors.totp().ok_or_else(not_set)?.secret).await?;
                let totp = Totp::of(&kept).ok_or_else(|| Error::Internal("a secret that is kept can't be read".to_owned()))?;
                let step = totp.step_of(code.reveal(), now);
                Ok(shown(Factor::Totp, step.is_some(), step, None))
            }
            Evidence::RecoveryCode(code) => {
                let codes = factors.totp().ok_or_else(not_set)?.codes.as_ref().ok_or_else(not_set)?;
                let kept: RecoveryCodes = self.kept(id, &codes.hashes).await?;
                let index = code.index_in(&kept);
                Ok(shown(Factor::RecoveryCode, index.is_some(), None, index))
            }
        }
    }

    /// Has something changed that needs a factor where one is set: what is shown is compared with what the account keeps by now.
    pub(crate) async fn with_factor(
        &self,
        me: Device,
        command: CommandId,
        given: Option<Evidence>,
        change: impl Fn(Option<Shown>) -> account::Command,
    ) -> Result<Done, Error> {
        for _ in 0..TIMES {
            let shown = match &given {
                Some(evidence) => {
                    let account = self.executor.look::<Account>(me.account).await?;
                    match self.compare(me.account, &account, evidence).await {
                        // Perhaps this very command removed it, and is asked again: the account knows.
                        Err(Error::Account(account::Rejection::FactorNotSet)) => Some(evidence.of_no_use(&account, self.clock.now())),
                        shown => Some(shown?),
                    }
                }
                None => None,
            };
            let request = me.request(command, change(shown));
            match self.executor.execute::<Account>(me.account, request).await {
                Err(executor::Error::Rejected(account::Rejection::FactorsChanged)) => {}
                Err(executor::Error::Rejected(rejection)) => return Err(self.timed(rejection)),
                Err(error) => return Err(error.into()),
                Ok(done) if was_wrong(&done) => return Err(Error::WrongFactor),
                Ok(done) => return Ok(done),
            }
        }
        Err(Error::Unavailable("the second factor keeps changing".to_owned()))
    }

    /// What an account keeps, opened.
    pub(crate) async fn kept<T: DeserializeOwned + Clone>(&self, id: AccountId, sealed: &Sealed<T>) -> Result<T, Error> {
        let opener = Opener::for_accounts(&self.keys, &[id]).await?;
        opener.open(&Stream::Account(id), sealed).map_err(|shut| match shut {
            Shut::Erased => Error::AccountErased(id),
            Shut::Unreadable => Error::KeyLost(id),
        })
    }
}

/// Whether all that happened is that what was shown was wrong.
pub(crate) fn was_wrong(done: &Done) -> bool {
    let failed = |event: &Event| matches!(event, Event::Account(account::Event::FactorFailed(_)));
    done.facts.iter().any(|fact| failed(&fact.event))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(password: Option<&str>, totp: Option<&str>, recovery_code: Option<&str>) -> Result<Option<Evidence>, Error> {
        let [password, totp, recovery_code] = [password, totp, recovery_code].map(|text| text.map(|text| Secret::from(text.to_owned())));
        Evidence::parse(password, totp, recovery_code)
    }

    #[test]
    fn one_factor_is_shown_at_a_time() {
        assert!(matches!(parsed(None, None, None), Ok(None)));
        assert!(matches!(parsed(Some("correct horse"), None, None), Ok(Some(Evidence::Password(_)))));
        assert!(matches!(parsed(None, Some("123456"), None), Ok(Some(Evidence::Totp(_)))));
        let both = parsed(Some("correct horse"), Some("123456"), None);
        assert!(matches!(both, Err(Error::InvalidRequest(_))));
        assert!(matches!(parsed(None, None, Some("?")), Err(Error::InvalidRecoveryCode(_))));
    }

    #[test]
    fn what_is_shown_is_not_printed() {
        let printed = format!("{:?}", parsed(Some("correct horse"), None, None));
        assert!(!printed.contains("horse"), "{printed}");
    }
}
