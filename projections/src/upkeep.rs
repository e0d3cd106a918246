//! Upkeep: what time brings. Every so often each chore looks for what is due, and issues commands for it.
//!
//! Any number of processes may keep the same house: a command's id is made of the chore and of what is due, so that all of them together
//! act once. A chore looks at rows, which may be a little behind; whether its command is still right, the aggregate decides.

mod chore;
mod counts;
mod erasures;
mod idle;
mod views;

use std::time::Duration;

use infra::clock::Clock;
use infra::executor::Executor;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub use chore::{Chore, Round, Trouble};
pub use counts::{COUNT_SECONDS, Counts};
pub use erasures::{DueErasures, ForgetErased, LeaveErased};
pub use idle::IdleDevices;
pub use views::ClearViews;

use crate::read_models::ReadModels;

/// Seconds of a day.
const DAY: i64 = 24 * 3600;

/// Does chores, now and then.
#[derive(Debug)]
pub struct Upkeep {
    /// What is looked for, in this order.
    pub chores: Vec<Box<dyn Chore>>,
    /// Where a chore looks.
    pub models: ReadModels,
    /// Decides what a chore asks for.
    pub executor: Executor,
    /// Says what is due.
    pub clock: Clock,
}

impl Upkeep {
    /// Does all chores every so often until `shutdown`. A chore that fails keeps no other from being done, and is tried again the next time.
    pub async fn keep(self, every: Duration, shutdown: CancellationToken) {
        let kept = async {
            loop {
                sleep(every).await;
                self.round().await;
            }
        };
        shutdown.run_until_cancelled(kept).await;
    }

    /// Does each chore once, with what is due now.
    pub async fn round(&self) {
        for chore in &self.chores {
            let round = Round::new(self, chore.name());
            let ended = chore.perform(&round).await;
            let (chore, done) = (chore.name(), round.done());
            if done > 0 {
                tracing::info!(chore, done, "what was due is done");
            }
            if let Err(error) = ended {
                tracing::warn!(chore, %error, "what is due has to wait");
            }
        }
    }
}
