//! Finding the fact that a projection fails on, and parking it.

use std::any::Any;
use std::sync::Arc;

use domain::fact::FactRef;

use super::Stop;
use super::attempt::{Attempt, Trial};
use super::commit::{Commit, Share};
use super::source;
use super::worker::Worker;
use crate::parking::Place;

/// A projection's failure.
#[derive(Debug)]
pub(super) struct Failure {
    projection: usize,
    at: Option<FactRef>,
    error: String,
}

impl Failure {
    /// On a fact that the projection names.
    pub(super) fn at(projection: usize, at: FactRef, error: String) -> Self {
        Self {
            projection,
            at: Some(at),
            error,
        }
    }

    /// On one of the facts.
    pub(super) fn anywhere(projection: usize, error: String) -> Self {
        Self {
            projection,
            at: None,
            error,
        }
    }

    /// Whether it is known which fact it is about.
    pub(super) fn is_pinned(&self) -> bool {
        self.at.is_some()
    }
}

/// Parks what the projection fails on: the fact it names, or the one with which it begins to fail.
pub(super) async fn park(worker: &mut Worker, share: &Share<'_>, commits: &[Arc<Commit>], failure: Failure) -> Result<(), Stop> {
    let name = worker.projections[failure.projection].name();
    let elusive = |error| Stop::Elusive(name, error);
    let place = match failure.at {
        Some(at) => place_of(worker, share, name, at),
        None => first_failing(worker, share, commits, failure.projection).await?,
    };
    let place = place.ok_or_else(|| elusive(failure.error.clone()))?;
    source::park(&*worker.parker, &worker.skips, name, place, &failure.error).await
}

/// Where the projection was given that fact.
fn place_of(worker: &Worker, share: &Share<'_>, name: &str, at: FactRef) -> Option<Place> {
    let places = share.items().iter().map(|item| item.place);
    places
        .filter(|place| place.fact == at)
        .find(|place| worker.skips.applies(name, *place))
}

async fn first_failing(worker: &mut Worker, share: &Share<'_>, commits: &[Arc<Commit>], projection: usize) -> Result<Option<Place>, Stop> {
    let name = worker.projections[projection].name();
    for (index, item) in share.items().iter().enumerate() {
        if !worker.skips.applies(name, item.place) {
            continue;
        }
        let trial = Trial {
            projection,
            facts: index + 1,
        };
        match worker.attempt(commits, Some(trial)).await? {
            Attempt::Failed(_) => return Ok(Some(item.place)),
            Attempt::Committed => {}
            Attempt::Lost => return Ok(None),
        }
    }
    Ok(None)
}

/// Whether the database refuses what it was given, so that trying again is of no use. Everything else is about the database.
pub(super) fn is_data(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            error.kind() != sqlx::error::ErrorKind::Other || error.code().is_some_and(|code| code.len() == 5 && code.starts_with("22"))
        }
        sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => true,
        _ => false,
    }
}

/// What a panic says, for operators.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", text.unwrap_or("(no message)"))
}
