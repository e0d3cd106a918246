//! The factors of an account: what is kept of them, sealed, and which sign-in has shown which.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::account::event::{FactorFailed, FactorPassed, RecoveryCodesMade, TotpSet};
use crate::account::factor::{Factor, Kind, PasswordSecret, RecoveryCodes, TotpSecret};
use crate::account::{PASS_SECONDS, PASSES_MAX};
use crate::id::SignInId;
use crate::sealed::Sealed;
use crate::time::Timestamp;

/// What is asked for beside the code, when a device signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factors {
    revision: u32,
    password: Option<Sealed<PasswordSecret>>,
    totp: Option<Totp>,
    tries_full_at: Option<Timestamp>,
    passes: Vec<Pass>,
}

/// A time-based one-time password that is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totp {
    /// Its secret.
    pub secret: Sealed<TotpSecret>,
    /// The newest time step whose code was used: that one and older ones are of no use.
    pub last_step: i64,
    /// What stands for it.
    pub codes: Option<Codes>,
}

/// Recovery codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codes {
    /// Their hashes.
    pub hashes: Sealed<RecoveryCodes>,
    /// How many there were.
    pub count: u32,
    /// Indices of those that were used.
    pub used: BTreeSet<u32>,
}

/// What a sign-in has shown, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pass {
    sign_in: SignInId,
    shown: BTreeMap<Kind, Timestamp>,
}

impl Totp {
    /// How many recovery codes were not used yet.
    pub fn codes_left(&self) -> u32 {
        self.codes.as_ref().map_or(0, Codes::left)
    }
}

impl Codes {
    fn left(&self) -> u32 {
        self.count.saturating_sub(u32::try_from(self.used.len()).unwrap_or(u32::MAX))
    }
}

impl Factors {
    /// Of the kept secrets: rises with each change of them.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// The password, if one is set.
    pub fn password(&self) -> Option<&Sealed<PasswordSecret>> {
        self.password.as_ref()
    }

    /// The time-based one-time password, if one is set.
    pub fn totp(&self) -> Option<&Totp> {
        self.totp.as_ref()
    }

    /// When all tries are there again; `None`: none was taken.
    pub fn tries_full_at(&self) -> Option<Timestamp> {
        self.tries_full_at
    }

    /// What is set, and so is asked for.
    pub fn set(&self) -> impl Iterator<Item = Kind> {
        let password = self.password.is_some().then_some(Kind::Password);
        let totp = self.totp.is_some().then_some(Kind::Totp);
        password.into_iter().chain(totp)
    }

    /// What is set and was not shown by this sign-in of late.
    pub fn missing(&self, sign_in: SignInId, now: Timestamp) -> impl Iterator<Item = Kind> {
        self.set().filter(move |kind| !self.has_passed(sign_in, *kind, now))
    }

    /// Whether a sign-in has shown a factor of this kind of late.
    pub fn has_passed(&self, sign_in: SignInId, kind: Kind, now: Timestamp) -> bool {
        let of_it = self.passes.iter().filter(|pass| pass.sign_in == sign_in);
        of_it
            .filter_map(|pass| pass.shown.get(&kind))
            .any(|at| now <= at.plus_seconds(PASS_SECONDS))
    }

    /// Whether a code that is right is so for the first time.
    pub(in crate::account) fn is_fresh(&self, step: i64) -> bool {
        self.totp.as_ref().is_some_and(|totp| totp.last_step < step)
    }

    /// Whether a recovery code is one that was never used.
    pub(in crate::account) fn is_unused(&self, code: u32) -> bool {
        let codes = self.totp.as_ref().and_then(|totp| totp.codes.as_ref());
        codes.is_some_and(|codes| code < codes.count && !codes.used.contains(&code))
    }

    pub(super) fn set_password(&mut self, password: Option<&Sealed<PasswordSecret>>) {
        self.password = password.cloned();
        self.changed(Kind::Password);
    }

    pub(super) fn set_totp(&mut self, set: Option<&TotpSet>) {
        self.totp = set.map(|set| Totp {
            secret: set.totp.clone(),
            last_step: set.step,
            codes: None,
        });
        self.changed(Kind::Totp);
    }

    pub(super) fn set_codes(&mut self, made: &RecoveryCodesMade) {
        if let Some(totp) = &mut self.totp {
            totp.codes = Some(Codes {
                hashes: made.codes.clone(),
                count: made.count,
                used: BTreeSet::new(),
            });
        }
        self.revision = self.revision.saturating_add(1);
    }

    /// What was shown of the former is worth nothing for the new one.
    fn changed(&mut self, kind: Kind) {
        self.revision = self.revision.saturating_add(1);
        for pass in &mut self.passes {
            pass.shown.remove(&kind);
        }
    }

    pub(super) fn passed(&mut self, passed: &FactorPassed) {
        if let Some(totp) = &mut self.totp {
            totp.last_step = totp.last_step.max(passed.step.unwrap_or(totp.last_step));
            if let (Some(codes), Some(code)) = (&mut totp.codes, passed.code) {
                codes.used.insert(code);
            }
        }
        if let Some(sign_in) = passed.sign_in {
            self.passed_by(sign_in, passed.factor, passed.at);
        }
    }

    fn passed_by(&mut self, sign_in: SignInId, factor: Factor, at: Timestamp) {
        let mut pass = self.taken_out(sign_in).unwrap_or(Pass {
            sign_in,
            shown: BTreeMap::new(),
        });
        pass.shown.insert(factor.kind(), at);
        self.passes.push(pass);
        if self.passes.len() > PASSES_MAX {
            self.passes.remove(0);
        }
    }

    pub(super) fn failed(&mut self, failed: &FactorFailed) {
        self.tries_full_at = Some(failed.tries_full_at);
    }

    /// A device was let in by it.
    pub(super) fn used(&mut self, sign_in: SignInId) {
        drop(self.taken_out(sign_in));
    }

    fn taken_out(&mut self, sign_in: SignInId) -> Option<Pass> {
        let at = self.passes.iter().position(|pass| pass.sign_in == sign_in)?;
        Some(self.passes.remove(at))
    }

    /// About how many bytes it takes beside itself.
    pub(super) fn size(&self) -> usize {
        self.set().count() * 1_024 + self.passes.len() * 256
    }
}
