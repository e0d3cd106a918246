//! One sign-in: its newest code, and what came of it.

use serde::{Deserialize, Serialize};

use super::CodeHash;
use super::event::{Begun, CodeMade, Proved, Purpose};
use super::limits::Span;
use crate::id::{AccountId, SignInId};
use crate::time::Timestamp;

/// One sign-in of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which.
    pub(super) id: SignInId,
    purpose: Purpose,
    /// Of the newest code; the former are of no use.
    pub(super) code: CodeHash,
    /// While it is good.
    pub(super) good: Span,
    /// How many were made.
    pub(super) codes: u32,
    /// From the newest on until another may be asked for.
    pub(super) wait: Span,
    /// Wrong codes that were shown in the place of the newest.
    pub(super) wrong: u32,
    /// The right one was: while that may be used.
    proof: Option<Span>,
    used_by: Option<AccountId>,
}

impl Attempt {
    pub(super) fn begun(begun: &Begun) -> Self {
        let code = &begun.code;
        Self {
            id: code.sign_in,
            purpose: begun.purpose,
            code: code.code.clone(),
            good: Span::of(code.at, code.until),
            codes: 1,
            wait: Span::of(code.at, code.resend_at),
            wrong: 0,
            proof: None,
            used_by: None,
        }
    }

    pub(super) fn renew(&mut self, made: &CodeMade) {
        self.code = made.code.clone();
        self.good = Span::of(made.at, made.until);
        self.codes = self.codes.saturating_add(1);
        self.wait = Span::of(made.at, made.resend_at);
        self.wrong = 0;
    }

    pub(super) fn fail(&mut self) {
        self.wrong = self.wrong.saturating_add(1);
    }

    pub(super) fn prove(&mut self, proved: &Proved) {
        self.proof = Some(Span::of(proved.at, proved.until));
    }

    pub(super) fn use_up(&mut self, account: AccountId) {
        self.used_by = Some(account);
    }

    /// What it is for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Until when the newest code is good, unless it was shown.
    pub fn code_until(&self) -> Timestamp {
        self.good.until
    }

    /// When another code may be asked for.
    pub fn resend_at(&self) -> Timestamp {
        self.wait.until
    }

    /// Whether the newest code is still to be shown, and shown now would be looked at: one that is not needs no sending.
    pub fn awaits_code(&self, now: Timestamp) -> bool {
        !self.was_proved() && self.good.includes(now)
    }

    /// Whether the right code was ever shown.
    pub fn was_proved(&self) -> bool {
        self.proof.is_some()
    }

    /// Whether possession of the contact is proved now: by the right code, lately, and not used yet.
    pub fn is_proved(&self, now: Timestamp) -> bool {
        self.used_by.is_none() && self.proof.is_some_and(|proof| proof.includes(now))
    }

    /// Until when what was proved may be used; `None`: nothing was.
    pub fn proved_until(&self) -> Option<Timestamp> {
        self.proof.map(|proof| proof.until)
    }

    /// For whom it was used.
    pub fn used_by(&self) -> Option<AccountId> {
        self.used_by
    }

    /// How little is lost with it: of too many, the least goes.
    pub(super) fn worth(&self, now: Timestamp) -> u8 {
        match (self.awaits_code(now), self.is_proved(now)) {
            (_, true) => 2,
            (true, false) => 1,
            (false, false) => 0,
        }
    }
}
