//! Each device's updates, numbered 1, 2, 3 … without a gap, in the order of the log.
//!
//! A fact takes its numbers from its public part alone: a chat's facts, unless it has a [sequence of its own](crate::sequences), go to all devices of those who are members then
//! (a removal to the removed too, a joining to the new one too), an account's and its inbox's facts to that account's devices; how far it has read a direct
//! chat, to both sides'. A device's
//! sequence begins behind the fact that authorised it and stops at the one that ended it.

mod audience;
pub(crate) mod cache;
mod place;
mod read;
mod recipients;
mod refs;
pub mod retention;
mod round;
mod stored;

use async_trait::async_trait;
use domain::id::AccountId;
use infra::db::{Engine, Writes};
use sqlx::AnyConnection;

use crate::directory;
use crate::feed::{Feed, Told};
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
pub use place::{Place, last, place, recorded_at};
pub use read::{Entry, Page, ReadError, head, reacted_message, read};

pub(crate) use read::{included, render};
use recipients::Recipients;
pub(crate) use refs::{pack, unpack};
use round::Round;

/// Which facts make updates: another set starts a new epoch, and cursors of the old one start anew.
pub const EPOCH: i64 = 2;

/// The projection. Applies before `dialogs`: it takes memberships as they were before the batch from there, and
/// follows the batch's own changes in memory.
#[derive(Debug)]
pub struct Updates {
    feed: Feed,
    recipients: Recipients,
    told: Option<Told>,
}

impl Updates {
    /// Delivers what it has committed to `feed`.
    pub fn new(feed: Feed) -> Self {
        Self {
            feed,
            recipients: Recipients::new(),
            told: None,
        }
    }
}

#[async_trait]
impl Projection for Updates {
    fn name(&self) -> &'static str {
        "updates"
    }

    fn version(&self) -> i32 {
        2
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        self.recipients.load(lane, writes.engine, batch, writes.as_before()).await?;
        let round = Round::number(*lane, batch, &mut self.recipients)?;
        round.write(writes).await?;
        self.told = Some(round.told);
        Ok(())
    }

    fn forget(&mut self) {
        self.recipients.forget();
        self.told = None;
    }

    fn committed(&mut self) {
        if let Some(told) = self.told.take() {
            self.feed.publish(&told);
        }
    }

    async fn begins(&mut self, lane: &Lane, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        let gone = directory::gone(connection).await?;
        let own: Vec<AccountId> = gone.into_iter().filter(|account| lane.owns_account(*account)).collect();
        self.feed.erase(&own);
        Ok(())
    }

    async fn applied_elsewhere(
        &mut self,
        lane: &Lane,
        engine: Engine,
        batch: &Batch,
        connection: &mut AnyConnection,
    ) -> Result<(), sqlx::Error> {
        self.feed.erase(&recipients::gone(*lane, batch));
        if self.feed.is_deserted() {
            return Ok(());
        }
        let concerned = self.recipients.concerned(lane, engine, batch, connection).await?;
        // The rows go on changing without being followed here.
        self.recipients.forget();
        self.feed.missed_by(&concerned);
        Ok(())
    }
}
