//! The second factor: what is asked for beside the code, and what it guards.

use super::Decision;
use crate::account::address::AddressUse;
use crate::account::event::{FactorFailed, FactorPassed, FactorRemoved, PasswordSet, RecoveryCodesMade, TotpSet};
use crate::account::factor::{Factor, Kind, PasswordSecret, RecoveryCodes, Shown, TotpSecret};
use crate::account::{Account, Event, Rejection};
use crate::id::{NameKey, SignInId};
use crate::sealed::Sealed;
use crate::sign_in::limits::Rate;
use crate::time::Timestamp;

/// A factor that is shown, or none, and how often one may be wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof<'a> {
    pub(super) account: &'a Account,
    pub(super) now: Timestamp,
    pub(super) shown: Option<Shown>,
    pub(super) tries: Option<Rate>,
}

impl Proof<'_> {
    /// What happens where a factor is shown: one of this kind, if that is set, else any that is. A wrong one has only itself told.
    pub(super) fn then(self, kind: Option<Kind>, events: impl IntoIterator<Item = Event>) -> Decision {
        let set: Vec<Kind> = self.account.factors.set().collect();
        if set.is_empty() {
            return Ok(events.into_iter().collect());
        }
        let shown = self.shown.ok_or(Rejection::FactorNeeded)?;
        let asked = kind.filter(|kind| set.contains(kind));
        if asked.is_some_and(|asked| asked != shown.factor.kind()) {
            return Err(Rejection::FactorNeeded);
        }
        let judged = self.judge(shown, None)?;
        let passed = matches!(judged, Event::FactorPassed(_));
        let events = events.into_iter().filter(|_| passed);
        Ok([judged].into_iter().chain(events).collect())
    }

    /// What is to be told of a factor that is shown, unless there were too many wrong ones of late.
    fn judge(self, shown: Shown, sign_in: Option<SignInId>) -> Result<Event, Rejection> {
        let factors = &self.account.factors;
        let tries_full_at = self.take_a_try(shown.now)?;
        if !factors.set().any(|kind| kind == shown.factor.kind()) {
            return Err(Rejection::FactorNotSet);
        }
        if shown.revision != factors.revision() {
            return Err(Rejection::FactorsChanged);
        }
        let (factor, at) = (shown.factor, self.now);
        Ok(if self.is_right(shown) {
            Event::FactorPassed(FactorPassed {
                factor,
                at,
                sign_in,
                step: shown.step.filter(|_| factor == Factor::Totp),
                code: shown.code.filter(|_| factor == Factor::RecoveryCode),
            })
        } else {
            Event::FactorFailed(FactorFailed {
                factor,
                at,
                tries_full_at,
                sign_in,
            })
        })
    }

    /// When all tries are there again, if the one that is shown is wrong.
    fn take_a_try(self, now: Timestamp) -> Result<Timestamp, Rejection> {
        match self.tries {
            Some(tries) => tries
                .take(self.account.factors.tries_full_at(), now)
                .map_err(|retry_at| Rejection::TooManyTries { retry_at }),
            None => Ok(now),
        }
    }

    /// What was used before is as good as wrong.
    fn is_right(self, shown: Shown) -> bool {
        let factors = &self.account.factors;
        shown.right
            && match shown.factor {
                Factor::Password => true,
                Factor::Totp => shown.step.is_some_and(|step| factors.is_fresh(step)),
                Factor::RecoveryCode => shown.code.is_some_and(|code| factors.is_unused(code)),
            }
    }
}

pub(super) fn set_password(account: &Account, password: &PasswordSecret, proof: Proof<'_>) -> Decision {
    let password = Sealed::open(account.id, password.clone());
    proof.then(Some(Kind::Password), [Event::PasswordSet(PasswordSet { password })])
}

pub(super) fn remove_password(account: &Account, proof: Proof<'_>) -> Decision {
    if account.factors.password().is_none() {
        return Ok(Vec::new());
    }
    proof.then(Some(Kind::Password), [Event::PasswordRemoved(FactorRemoved { recovered_by: None })])
}

/// Whether the sign-in holds the recovery address, its own stream says; the account may have another one by now.
pub(super) fn recover_password(account: &Account, sign_in: SignInId, address: &NameKey) -> Decision {
    if account.address(AddressUse::Recovery).is_none_or(|kept| kept.name != *address) {
        return Err(Rejection::NoRecovery);
    }
    if account.factors.password().is_none() {
        return Ok(Vec::new());
    }
    let recovered_by = Some(sign_in);
    Ok(vec![Event::PasswordRemoved(FactorRemoved { recovered_by })])
}

pub(super) fn set_totp(account: &Account, totp: &TotpSecret, step: Option<i64>, codes: &RecoveryCodes, proof: Proof<'_>) -> Decision {
    let step = step.ok_or(Rejection::WrongCode)?;
    let totp = Sealed::open(account.id, totp.clone());
    let set = Event::TotpSet(TotpSet { step, totp });
    proof.then(Some(Kind::Totp), [set, codes_made(account, codes)])
}

pub(super) fn remove_totp(account: &Account, proof: Proof<'_>) -> Decision {
    if account.factors.totp().is_none() {
        return Ok(Vec::new());
    }
    proof.then(Some(Kind::Totp), [Event::TotpRemoved(FactorRemoved { recovered_by: None })])
}

pub(super) fn make_codes(account: &Account, codes: &RecoveryCodes, proof: Proof<'_>) -> Decision {
    if account.factors.totp().is_none() {
        return Err(Rejection::FactorNotSet);
    }
    proof.then(Some(Kind::Totp), [codes_made(account, codes)])
}

fn codes_made(account: &Account, codes: &RecoveryCodes) -> Event {
    Event::RecoveryCodesMade(RecoveryCodesMade {
        count: u32::try_from(codes.hashes.len()).unwrap_or(u32::MAX),
        codes: Sealed::open(account.id, codes.clone()),
    })
}

/// What a sign-in has shown already need not be shown again.
pub(super) fn show(sign_in: SignInId, proof: Proof<'_>) -> Decision {
    let shown = proof.shown.ok_or(Rejection::FactorNeeded)?;
    if proof.account.factors.has_passed(sign_in, shown.factor.kind(), proof.now) {
        return Ok(Vec::new());
    }
    Ok(vec![proof.judge(shown, Some(sign_in))?])
}
