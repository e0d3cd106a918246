//! Parking: a fact that can't be read, or that a projection can't apply, stops nothing else.
//!
//! It is recorded as parked in the stream `system`, and skipped: now, and at the same place whenever the read models are made anew. Once it is
//! released there, it is applied at the release's place.

use std::fmt::Debug;

use async_trait::async_trait;
use domain::actor::Actor;
use domain::system::{self, Parked, System};
use infra::clock::Clock;
use infra::executor::{Error, Executor, Request};

mod skips;

pub use skips::{Place, Skips};

/// Stands for all projections: the fact can't be read.
pub const ALL: &str = "*";

/// Records that a fact is parked.
#[async_trait]
pub trait Parker: Send + Sync + Debug {
    /// Records it, durably, before it answers. What is parked already stays so. `Err`: not now.
    async fn park(&self, fact: Parked, error: &str) -> Result<(), String>;
}

/// Parks by commands to the aggregate `system`.
#[derive(Debug, Clone)]
pub struct ByCommand {
    /// Decides them.
    pub executor: Executor,
    /// Makes their ids.
    pub clock: Clock,
}

#[async_trait]
impl Parker for ByCommand {
    async fn park(&self, fact: Parked, error: &str) -> Result<(), String> {
        let request = Request {
            by: Actor::Reactor("parking".to_owned()),
            command: self.clock.command_id(),
            payload: system::Command::Park {
                fact,
                error: error.to_owned(),
            },
            sent_at: None,
            trace: None,
        };
        let done = self.executor.execute::<System>((), request).await;
        done.map(|_| ()).map_err(|error: Error<system::Rejection>| error.to_string())
    }
}
