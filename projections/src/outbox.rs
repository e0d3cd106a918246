//! Codes on their way to people: kept until they are delivered, or of no use any more.
//!
//! What waits is a row of the operational state, encrypted. One process at a time claims it, for as long as an attempt may take: should it die,
//! the next one does. What could not be delivered is tried again after delays that grow, until the code's end. A row is gone as soon as
//! its code was delivered. Delivered at least once: who dies in between leaves the code to be sent again.

mod attempt;
#[cfg(test)]
mod tests;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use domain::id::SignInId;
use domain::time::Timestamp;
use infra::clock::Clock;
use infra::config;
use infra::contact::Contact;
use infra::delivery::{Carriers, Message};
use infra::seal::{Keys, Passing};
use tokio::sync::Notify;

use crate::state::State;
use crate::state::outbox::Waiting;

/// Where codes wait. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Outbox {
    shared: Arc<Shared>,
}

/// What an outbox is made of.
#[derive(Debug)]
pub struct Parts {
    /// Holds what waits.
    pub state: State,
    /// Encrypt it.
    pub keys: Keys,
    /// The ways to people.
    pub carriers: Carriers,
    /// Time and chance.
    pub clock: Clock,
    /// How often what fails is tried again.
    pub retry: Retry,
}

/// How often what fails is tried again.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// How long one attempt may take.
    pub attempt: Duration,
    /// Until the second attempt; until each further one twice as long.
    pub first: Duration,
    /// Between two attempts, at most.
    pub most: Duration,
}

/// A code to be delivered.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Whose code it is: it takes the place of an earlier one that still waits.
    pub sign_in: SignInId,
    /// What, and to whom.
    pub message: Message,
    /// When; `None`: at once.
    pub not_before: Option<Timestamp>,
    /// The code's end: later it is not delivered.
    pub expires_at: Timestamp,
}

struct Shared {
    parts: Parts,
    wake: Notify,
}

impl Retry {
    /// As configured.
    pub fn of(config: &config::delivery::Delivery) -> Self {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Self {
            attempt: seconds(config.attempt_seconds),
            first: seconds(config.retry_seconds),
            most: seconds(config.retry_seconds_max),
        }
    }

    /// How long to wait behind so many attempts.
    fn after(self, attempts: i64) -> Duration {
        let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(20);
        self.first.saturating_mul(1 << doublings).min(self.most)
    }
}

impl Outbox {
    /// An outbox that nobody empties until it [runs](Self::run).
    pub fn new(parts: Parts) -> Self {
        let wake = Notify::new();
        Self {
            shared: Arc::new(Shared { parts, wake }),
        }
    }

    /// Whether there is a way to a contact at all.
    pub fn reaches(&self, to: &Contact) -> bool {
        self.shared.parts.carriers.to(to).is_some()
    }

    /// Takes a letter: it is on disk when this returns.
    pub async fn post(&self, letter: &Letter) -> Result<(), sqlx::Error> {
        let Parts { state, keys, clock, .. } = &self.shared.parts;
        let id = clock.command_id().0;
        // What is to wait for as long as the code is good goes out only if it is hastened.
        let now = clock.now();
        let next_at = letter.not_before.unwrap_or(now).min(letter.expires_at);
        let waiting = Waiting {
            sign_in: letter.sign_in,
            id,
            channel: letter.message.channel().to_owned(),
            sealed: keys.seal_passing(Passing::Outbox, &id.to_string(), &letter.message.plaintext()),
            attempts: 0,
            next_at,
            expires_at: letter.expires_at,
        };
        state.put_out(&waiting, now).await?;
        self.shared.wake.notify_one();
        Ok(())
    }

    /// What waits for a sign-in is delivered now, if nobody has begun to. Whichever code it is: one that came meanwhile is not lost.
    pub async fn hasten(&self, sign_in: SignInId) -> Result<(), sqlx::Error> {
        let Parts { state, clock, .. } = &self.shared.parts;
        state.hasten(sign_in, clock.now()).await?;
        self.shared.wake.notify_one();
        Ok(())
    }

    /// What still waits for a sign-in is not delivered: it was proved already. What is being delivered at this moment may arrive.
    pub async fn call_off(&self, sign_in: SignInId) -> Result<(), sqlx::Error> {
        self.shared.parts.state.call_off(sign_in).await.map(drop)
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("carriers", &self.shared.parts.carriers)
            .finish_non_exhaustive()
    }
}

/// An instant so much later.
fn later(now: Timestamp, by: Duration) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
}
