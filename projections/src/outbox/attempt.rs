//! One attempt to deliver a code, and what becomes of its row.

use infra::delivery::{Message, Trouble};
use infra::seal::Passing;

use super::{Outbox, Parts, later};
use crate::state::outbox::Waiting;

/// How an attempt ends, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Somebody took it.
    Delivered,
    /// It is tried again.
    PutOff,
    /// It would never be taken.
    Refused,
    /// Its end came first.
    Expired,
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::PutOff => "put_off",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

/// Counts it.
pub(super) fn count(channel: &str, outcome: Outcome) {
    metrics::counter!("heliograph_deliveries_total", "channel" => channel.to_owned(), "outcome" => outcome.name()).increment(1);
}

impl Outbox {
    /// Tries to deliver a code that was claimed. Of whom it is for and what it says nothing is told.
    pub(super) async fn attempt(&self, claimed: Waiting) {
        let channel = claimed.channel.clone();
        match self.settle(&claimed, self.deliver(&claimed).await).await {
            Ok(outcome) => count(&channel, outcome),
            // The claim ends by itself, and it is tried again.
            Err(error) => tracing::warn!(channel, error.reason = %error, "what became of a code could not be noted"),
        }
    }

    async fn deliver(&self, claimed: &Waiting) -> Result<(), Trouble> {
        let message = self.read(claimed)?;
        let way = self.shared.parts.carriers.to(&message.to);
        let way = way.ok_or_else(|| Trouble::Lasting("the configuration names no way there".to_owned()))?;
        way.deliver(&message).await
    }

    /// What a row says.
    pub(super) fn read(&self, claimed: &Waiting) -> Result<Message, Trouble> {
        let opened = self
            .shared
            .parts
            .keys
            .open_passing(Passing::Outbox, &claimed.id.to_string(), &claimed.sealed);
        let message = opened.and_then(|plaintext| Message::read(&plaintext));
        message.ok_or_else(|| Trouble::Lasting("it does not open: it is of other keys, or damaged".to_owned()))
    }

    /// What becomes of the row.
    async fn settle(&self, claimed: &Waiting, delivered: Result<(), Trouble>) -> Result<Outcome, sqlx::Error> {
        let Parts { state, clock, retry, .. } = &self.shared.parts;
        let (channel, attempts) = (&claimed.channel, claimed.attempts);
        let outcome = match delivered {
            Ok(()) => Outcome::Delivered,
            Err(Trouble::Lasting(why)) => {
                tracing::error!(channel, attempts, why, "a code can't be delivered");
                Outcome::Refused
            }
            Err(Trouble::Passing(why)) => {
                let now = clock.now();
                let next_at = later(now, retry.after(attempts));
                if next_at < claimed.expires_at {
                    tracing::warn!(channel, attempts, why, "a code was not delivered; it is tried again");
                    state.put_off(claimed.id, attempts, next_at, now).await?;
                    return Ok(Outcome::PutOff);
                }
                tracing::error!(channel, attempts, why, "a code could not be delivered before its end");
                Outcome::Expired
            }
        };
        state.strike(claimed.id).await?;
        Ok(outcome)
    }
}
