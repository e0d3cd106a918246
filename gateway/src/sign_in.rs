//! Signing in: whoever proves to hold a phone number or an e-mail address is let into the account that it leads to.
//!
//! The contact's own stream decides on codes, its name on whose it is, the account on what else has to be shown. Every step may be asked
//! again, at any process, and goes on where the last attempt ended: what was done already is not done twice.
//!
//! Until somebody has proved to hold a contact, what is done and told is the same whosever it is.

mod address;
mod admission;
mod codes;
mod recovery;
mod registration;
mod step;
mod telling;

use std::time::Duration;

use domain::account;
use domain::actor::{Actor, SIGN_IN};
use domain::id::{CommandId, NameKey, SignInId};
use domain::sign_in::event::Purpose;
use domain::sign_in::{self, Attempt, SignIn};
use domain::time::Timestamp;
use infra::contact::Contact;
use infra::executor::Request;
use infra::seal::Keys;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::Gateway;
use crate::error::Error;

pub(crate) use admission::Guest;
pub(crate) use codes::{Made, Way, begin, resend};
pub(crate) use recovery::recover;
pub(crate) use step::Step;

/// Namespace of sign-ins' ids (version 5).
const SIGN_INS: Uuid = Uuid::from_u128(0x6865_6c69_6f67_7261_7068_0073_6967_6e00);
/// Namespace of their commands' ids.
const COMMANDS: Uuid = Uuid::from_u128(0x6865_6c69_6f67_7261_7068_0073_6967_6e01);

/// What is asked before anything is proved is answered at whole steps of this much time.
const STEP: Duration = Duration::from_millis(100);

/// Somebody who says that a contact is theirs.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// The contact.
    pub(crate) contact: Contact,
    /// Its key, which nobody outside can make: so nobody can make the ids that are made of it.
    pub(crate) key: NameKey,
    /// What for.
    pub(crate) purpose: Purpose,
    /// The sign-in by which they prove it.
    pub(crate) sign_in: SignInId,
}

impl Visitor {
    /// Who goes on with a sign-in.
    pub(crate) fn of(keys: &Keys, contact: Contact, purpose: Purpose, sign_in: SignInId) -> Self {
        let key = contact.key(keys);
        Self {
            contact,
            key,
            purpose,
            sign_in,
        }
    }

    /// Who begins one: the same one for the same cause.
    pub(crate) fn begun_by(keys: &Keys, contact: Contact, purpose: Purpose, cause: Uuid) -> Self {
        let key = contact.key(keys);
        let sign_in = SignInId(Uuid::new_v5(&SIGN_INS, format!("{key}.{cause}").as_bytes()));
        Self::of(keys, contact, purpose, sign_in)
    }

    /// The id of a step's command; what a caller gave is good for this sign-in only.
    pub(crate) fn command(&self, step: &str) -> CommandId {
        let name = format!("{}.{}.{step}", self.key, self.sign_in);
        CommandId(Uuid::new_v5(&COMMANDS, name.as_bytes()))
    }
}

/// A command of the service that lets people in.
pub(crate) fn asked<C>(command: CommandId, payload: C) -> Request<C> {
    Request {
        by: Actor::Service(SIGN_IN.to_owned()),
        command,
        payload,
        sent_at: None,
        trace: infra::trace::here(),
    }
}

impl Gateway {
    /// The same error; where waiting helps, with how long.
    pub(crate) fn timed(&self, error: impl Into<Error>) -> Error {
        let error = error.into();
        let retry_at = match &error {
            Error::SignIn(rejection) => rejection.retry_at(),
            Error::Account(account::Rejection::TooManyTries { retry_at }) => Some(*retry_at),
            _ => None,
        };
        match retry_at {
            Some(retry_at) => Error::Later {
                error: Box::new(error),
                retry_after: between(self.clock.now(), retry_at),
            },
            None => error,
        }
    }

    /// How far the visitor's sign-in is. One that was begun for something else is none.
    async fn attempt(&self, visitor: &Visitor) -> Result<Attempt, Error> {
        let contact = self.executor.look::<SignIn>(visitor.key.clone()).await?;
        let attempt = contact.attempt(visitor.sign_in);
        let attempt = attempt.filter(|attempt| attempt.purpose() == visitor.purpose);
        Ok(attempt.cloned().ok_or(sign_in::Rejection::NotFound)?)
    }
}

/// Answers at whole steps of time, so that the little by which one contact's stream is read faster than another's can't be told.
pub(crate) async fn evenly<T>(answer: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let answer = answer.await;
    let steps = begun.elapsed().as_nanos().div_ceil(STEP.as_nanos()).max(1);
    sleep_until(begun + STEP * u32::try_from(steps).unwrap_or(1)).await;
    answer
}

/// How long it is until then.
fn between(now: Timestamp, then: Timestamp) -> Duration {
    Duration::from_micros(u64::try_from(then.0.saturating_sub(now.0)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(contact: &str, sign_in: u128) -> Visitor {
        Visitor {
            contact: Contact::phone("+49 151 23456789").unwrap(),
            key: contact.repeat(64).parse().unwrap(),
            purpose: Purpose::SignIn,
            sign_in: SignInId(Uuid::from_u128(sign_in)),
        }
    }

    #[test]
    fn a_steps_id_is_of_its_contact_its_sign_in_and_its_step() {
        let first = visitor("a", 1).command("use");
        assert_eq!(first, visitor("a", 1).command("use"));
        for other in [
            visitor("b", 1).command("use"),
            visitor("a", 2).command("use"),
            visitor("a", 1).command("try"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn nothing_of_a_contact_is_printed() {
        let printed = format!("{:?}", visitor("a", 1));
        assert!(!printed.contains("151"), "{printed}");
    }

    #[tokio::test(start_paused = true)]
    async fn answers_come_at_whole_steps_of_time() {
        for (takes, comes_after) in [(0, 100), (1, 100), (99, 100), (101, 200), (250, 300)] {
            let begun = Instant::now();
            evenly(tokio::time::sleep(Duration::from_millis(takes))).await;
            assert_eq!(begun.elapsed().as_millis(), comes_after, "{takes}");
        }
    }

    #[test]
    fn what_is_over_is_not_waited_for() {
        assert_eq!(between(Timestamp(5), Timestamp(1_000_005)), Duration::from_secs(1));
        assert_eq!(between(Timestamp(5), Timestamp(4)), Duration::ZERO);
    }
}
