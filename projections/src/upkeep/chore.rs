//! A chore, and a round of it: what it looks at, and how it issues commands.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use domain::actor::{Actor, UPKEEP};
use domain::aggregate::Aggregate;
use domain::id::CommandId;
use domain::time::Timestamp;
use infra::executor::{self, Executor, Request};
use uuid::Uuid;

use super::Upkeep;
use crate::read_models::ReadModels;

/// Namespace of upkeep's command ids (version 5).
const COMMANDS: Uuid = Uuid::from_u128(0x6865_6c69_6f67_7261_7068_0075_706b_6565);

/// Something that becomes due with time.
#[async_trait]
pub trait Chore: Send + Sync + Debug {
    /// Its name, in its command ids and in what is logged. Never changes.
    fn name(&self) -> &'static str;

    /// Looks for what is due, and issues a command for each. Being given up anywhere loses nothing: the next round finds the rest.
    async fn perform(&self, round: &Round<'_>) -> Result<(), Trouble>;
}

/// Why a round of a chore ended before everything was done that is due.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A database.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    /// The executor takes no commands at present.
    #[error("{0}")]
    Unavailable(String),
}

/// A round of a chore.
#[derive(Debug)]
pub struct Round<'a> {
    /// The time by which it is decided what is due, the same for the whole round.
    pub now: Timestamp,
    /// Where it looks.
    pub models: &'a ReadModels,
    executor: &'a Executor,
    chore: &'static str,
    done: AtomicU64,
}

impl<'a> Round<'a> {
    pub(super) fn new(upkeep: &'a Upkeep, chore: &'static str) -> Self {
        Self {
            now: upkeep.clock.now(),
            models: &upkeep.models,
            executor: &upkeep.executor,
            chore,
            done: AtomicU64::new(0),
        }
    }

    /// How many commands made something happen.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Issues a command. `due` says what is due, and since when: the same in each process, another when it becomes due for another time. An answer
    /// that waiting does not change is none of the chore's business: what it is about is left as it is.
    pub async fn command<A: Aggregate>(&self, due: &str, id: A::Id, payload: A::Command) -> Result<(), Trouble> {
        let request = Request {
            by: Actor::Service(UPKEEP.to_owned()),
            command: self.command_id(due),
            payload,
            sent_at: None,
            trace: infra::trace::here(),
        };
        match self.executor.execute::<A>(id, request).await {
            Ok(done) if done.repeated || done.facts.is_empty() => Ok(()),
            Ok(_) => {
                self.done.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(error @ (executor::Error::Overloaded { .. } | executor::Error::Unavailable(_))) => {
                Err(Trouble::Unavailable(error.to_string()))
            }
            Err(error @ (executor::Error::Rejected(_) | executor::Error::Erased(_) | executor::Error::KeyLost(_))) => {
                tracing::debug!(chore = self.chore, error = %error, "what seemed due is not done");
                Ok(())
            }
            Err(error @ (executor::Error::Reused | executor::Error::TooLarge { .. } | executor::Error::Internal(_))) => {
                tracing::warn!(chore = self.chore, error = %error, "what is due can't be done");
                Ok(())
            }
        }
    }

    fn command_id(&self, due: &str) -> CommandId {
        let name = format!("{}.{due}", self.chore);
        CommandId(Uuid::new_v5(&COMMANDS, name.as_bytes()))
    }
}
