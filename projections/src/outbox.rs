//! Codes on their way to people: kept until they are delivered, or of no use any more.
//!
//! What waits is a row of the operational state, encrypted. One process at a time claims it, for as long as an attempt may take: should it die,
//! the next one does. What could not be delivered is tried again after delays that grow, until the code's end. A row is gone as soon as
//! its code was delivered. Delivered at least once: who dies in between leaves the code to be sent again.
//!
//! A code is kept back here before it is made, and let go once it is: who dies in between has left it to whoever asks for the same again.

mod attempt;
#[cfg(test)]
mod tests;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use domain::id::{CommandId, SignInId};
use domain::time::Timestamp;
use infra::clock::Clock;
use infra::config;
use infra::contact::Contact;
use infra::delivery::{Carriers, Message};
use infra::seal::{Keys, Passing};
use tokio::sync::Notify;

use crate::state::State;
use crate::state::outbox::{KEPT_BACK, Waiting};

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

/// A code that is kept back until it is made.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The command that makes it.
    pub command: CommandId,
    /// What, and to whom.
    pub message: Message,
    /// Whether it is that of an earlier attempt at the command, of which nobody knows how it ended.
    pub is_earlier: bool,
}

/// How a code is to be delivered that was made.
#[derive(Debug, Clone, Copy)]
pub struct Letter {
    /// Whose code it is: it takes the place of an earlier one that still waits.
    pub sign_in: SignInId,
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

    /// Keeps a code back, no longer than until then: it is on disk when this returns. Where one is kept back for the same command, it is that one.
    pub async fn draft(&self, command: CommandId, message: Message, until: Timestamp) -> Result<Draft, sqlx::Error> {
        let Parts { state, keys, clock, .. } = &self.shared.parts;
        let id = clock.command_id().0;
        let kept = Waiting {
            sign_in: SignInId(command.0),
            id,
            channel: message.channel().to_owned(),
            sealed: keys.seal_passing(Passing::Outbox, &id.to_string(), &message.plaintext()),
            attempts: KEPT_BACK,
            next_at: until,
            expires_at: until,
        };
        let earlier = state.keep_back(&kept, clock.now()).await?;
        let earlier = earlier.and_then(|earlier| self.read(&earlier).ok());
        Ok(Draft {
            command,
            is_earlier: earlier.is_some(),
            message: earlier.unwrap_or(message),
        })
    }

    /// Takes a code that was made: it waits for its turn, on disk, when this returns.
    pub async fn post(&self, draft: &Draft, letter: Letter) -> Result<(), sqlx::Error> {
        let Parts { state, clock, .. } = &self.shared.parts;
        // What is to wait for as long as the code is good goes out only if it is hastened.
        let now = clock.now();
        let next_at = letter.not_before.unwrap_or(now).min(letter.expires_at);
        let kept = SignInId(draft.command.0);
        state.let_go(kept, letter.sign_in, next_at, letter.expires_at, now).await?;
        self.shared.wake.notify_one();
        Ok(())
    }

    /// Forgets a code that was not made.
    pub async fn discard(&self, draft: &Draft) -> Result<(), sqlx::Error> {
        self.call_off(SignInId(draft.command.0)).await
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
