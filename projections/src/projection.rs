//! What a read model is: rows that are a function of the log.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use domain::fact::{Fact, FactRef};
use infra::db::{Engine, Writes};
use sqlx::AnyConnection;

use crate::lane::Lane;

/// Facts to apply: whole commits, in log order. A released fact stands where its release does, so its
/// position may be smaller than its neighbours'.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The facts; shared by all lanes.
    pub facts: Vec<Arc<Fact>>,
}

/// Why a batch could not be applied. The transaction is rolled back in either case.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The database refused or can't be reached.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// This fact can't be applied by this projection, and never will be as things are: it is parked and skipped. To be
    /// refused by what the fact says, not by what rows say, so that all lanes refuse the same.
    #[error("the fact at {0:?} can't be applied: {1}")]
    Fact(FactRef, String),
}

/// A read model. The same log gives the same rows, however it is cut into batches or lanes.
///
/// The hot projections of a lane run one after the other, in the order of [`crate::read_models::hot`], in
/// one transaction per batch: each finds the others' rows as of the batch's start, or its end, by that order.
/// Current rows are read in bulk at the start of `apply` or kept in bounded caches; rows are written by a few
/// bulk statements per table.
#[async_trait]
pub trait Projection: Send + Debug {
    /// Its name in checkpoints and in parked facts; never changes.
    fn name(&self) -> &'static str;

    /// Rises when the same log gives other rows than before: the old rows are of no use then.
    fn version(&self) -> i32;

    /// Applies the lane's share of a batch. What it reads, it reads before it adds anything.
    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError>;

    /// Drops what is remembered of the rows: the transaction was rolled back, or somebody else wrote them.
    fn forget(&mut self);

    /// The transaction that `apply` was part of is committed.
    fn committed(&mut self) {}

    /// Following begins, behind what the rows say by now: others may have written them.
    async fn begins(&mut self, _lane: &Lane, _connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        Ok(())
    }

    /// Another process has applied the lane's share of a batch and committed it, and perhaps more since.
    async fn applied_elsewhere(
        &mut self,
        _lane: &Lane,
        _engine: Engine,
        _batch: &Batch,
        _connection: &mut AnyConnection,
    ) -> Result<(), sqlx::Error> {
        Ok(())
    }
}
