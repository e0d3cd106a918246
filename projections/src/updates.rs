//! Each device's updates, numbered 1, 2, 3 … without a gap.

use async_trait::async_trait;
use infra::db::Engine;
use sqlx::AnyConnection;

use crate::feed::Feed;
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};

/// Which facts make updates: another set starts a new epoch, and cursors of the old one start anew.
pub const EPOCH: i64 = 1;

/// The projection.
#[derive(Debug)]
pub struct Updates {
    feed: Feed,
}

impl Updates {
    /// Delivers what it has committed to `feed`.
    pub fn new(feed: Feed) -> Self {
        Self { feed }
    }
}

#[async_trait]
impl Projection for Updates {
    fn name(&self) -> &'static str {
        "updates"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, _lane: &Lane, _engine: Engine, _batch: &Batch, _tx: &mut AnyConnection) -> Result<(), ApplyError> {
        Ok(())
    }

    fn forget(&mut self) {}

    fn committed(&mut self) {}
}
