//! What a contact remembers to decide on: its limits, and its newest sign-ins.

use serde::{Deserialize, Serialize};

use super::event::CodeMade;
use super::{Attempt, Command, Event, OPEN_MAX, Rejection, decide};
use crate::aggregate::{Aggregate, Context, Known};
use crate::event;
use crate::id::{NameKey, SignInId};
use crate::stream::Stream;
use crate::time::Timestamp;

/// A contact: limits are its own, so they hold for all sign-ins together, whichever process decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// When all codes are there again that may be made.
    pub(super) codes_full_at: Option<Timestamp>,
    /// When all tries are there again.
    pub(super) tries_full_at: Option<Timestamp>,
    /// When all sendings to the contact are there again.
    pub(super) sends_full_at: Option<Timestamp>,
    /// The newest sign-ins, oldest first; at most [`OPEN_MAX`].
    pub(super) attempts: Vec<Attempt>,
}

impl SignIn {
    /// A sign-in that is remembered.
    pub fn attempt(&self, sign_in: SignInId) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.id == sign_in)
    }

    fn attempt_mut(&mut self, sign_in: SignInId) -> Option<&mut Attempt> {
        self.attempts.iter_mut().find(|attempt| attempt.id == sign_in)
    }

    fn made(&mut self, code: &CodeMade) {
        self.codes_full_at = Some(code.codes_full_at);
        self.sends_full_at = code.sends_full_at.or(self.sends_full_at);
    }

    fn begin(&mut self, attempt: Attempt, now: Timestamp) {
        self.attempts.push(attempt);
        while self.attempts.len() > OPEN_MAX {
            let former = self.attempts.iter().take(OPEN_MAX).enumerate();
            let least = former.min_by_key(|(index, attempt)| (attempt.worth(now), *index));
            self.attempts.remove(least.map_or(0, |(index, _)| index));
        }
    }
}

impl Aggregate for SignIn {
    /// The contact's key.
    type Id = NameKey;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn new(_id: NameKey) -> Self {
        Self::default()
    }

    fn stream(id: &NameKey) -> Stream {
        Stream::SignIn(id.clone())
    }

    fn own(event: &event::Event) -> Option<&Event> {
        match event {
            event::Event::SignIn(event) => Some(event),
            event::Event::Chat(_)
            | event::Event::Account(_)
            | event::Event::Inbox(_)
            | event::Event::Name(_)
            | event::Event::Interactions(_)
            | event::Event::System(_) => None,
        }
    }

    fn size(&self) -> usize {
        // An attempt's hash is 64 digits beside it.
        size_of::<Self>() + self.attempts.len() * (size_of::<Attempt>() + 64)
    }

    fn decide(&self, context: &Context, command: &Command, _known: &Known) -> Result<Vec<Event>, Rejection> {
        decide::decide(self, &context.by, command)
    }

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::Begun(begun) => {
                self.made(&begun.code);
                self.begin(Attempt::begun(begun), begun.code.at);
            }
            Event::CodeMade(code) => {
                self.made(code);
                if let Some(attempt) = self.attempt_mut(code.sign_in) {
                    attempt.renew(code);
                }
            }
            Event::Failed(failed) => {
                self.tries_full_at = Some(failed.tries_full_at);
                if let Some(attempt) = self.attempt_mut(failed.sign_in) {
                    attempt.fail();
                }
            }
            Event::Proved(proved) => {
                if let Some(attempt) = self.attempt_mut(proved.sign_in) {
                    attempt.prove(proved);
                }
            }
            Event::Used(used) => {
                if let Some(attempt) = self.attempt_mut(used.sign_in) {
                    attempt.use_up(used.account);
                }
            }
        }
    }
}
