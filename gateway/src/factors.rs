//! Second factors as somebody shows them, compared with what their account keeps.

use std::fmt;

use domain::account::factor::{Factor, PasswordSecret, RecoveryCodes, Shown, TotpSecret};
use domain::account::{self, Account};
use domain::id::AccountId;
use domain::sealed::Sealed;
use domain::stream::Stream;
use infra::config::secret::Secret;
use infra::proof::{Password, RecoveryCode, Totp};
use serde::de::DeserializeOwned;

use crate::Gateway;
use crate::error::Error;
use crate::rendering::{Opener, Shut};

/// How often what is shown is compared anew, should the account's factors change meanwhile.
pub(crate) const TIMES: usize = 3;

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
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Evidence(***)")
    }
}

impl Gateway {
    /// What is shown, compared with what the account keeps as it is now; refused without comparing while there were too many wrong ones.
    pub(crate) async fn compare(&self, id: AccountId, account: &Account, evidence: &Evidence) -> Result<Shown, Error> {
        let factors = account.factors();
        let now = self.clock.now();
        if let Some(tries) = self.config.sign_in.limits().tries
            && let Err(retry_at) = tries.take(factors.tries_full_at(), now)
        {
            return Err(self.timed(account::Rejection::TooManyTries { retry_at }));
        }
        let revision = factors.revision();
        let not_set = || Error::Account(account::Rejection::FactorNotSet);
        let shown = |factor, right, step, code| Shown {
            factor,
            revision,
            right,
            step,
            code,
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

    /// What an account keeps, opened.
    pub(crate) async fn kept<T: DeserializeOwned + Clone>(&self, id: AccountId, sealed: &Sealed<T>) -> Result<T, Error> {
        let opener = Opener::for_accounts(&self.keys, &[id]).await?;
        opener.open(&Stream::Account(id), sealed).map_err(|shut| match shut {
            Shut::Erased => Error::AccountErased(id),
            Shut::Unreadable => Error::KeyLost(id),
        })
    }
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
