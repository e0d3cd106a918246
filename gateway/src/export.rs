//! What the server holds of an account, for itself to take away: one archive of JSON, written as it is taken in.
//!
//! The account as its stream says up to one position; messages up to there, as they are when they are written: what is deleted or erased
//! meanwhile is not brought back. Memory is bounded by a page, however slowly it is read.

mod archive;
mod life;
mod talk;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use domain::id::{AccountId, Position};
use futures::stream::unfold;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::Shared;
use crate::caller::Device;
use crate::error::Error;
use archive::{Archive, Broken};

/// Exports under way at a time: each has a thread of its own.
const AT_A_TIME: usize = 4;
/// When who finds too many under way may come again.
const AGAIN: Duration = Duration::from_secs(5);

/// Exports under way in this process.
#[derive(Debug)]
pub(crate) struct Exports {
    all: Arc<Semaphore>,
    whose: Mutex<HashSet<AccountId>>,
}

/// The right to one export; dropped, it is over.
#[derive(Debug)]
struct Turn {
    exports: Arc<Exports>,
    account: AccountId,
    _one_of_all: OwnedSemaphorePermit,
}

impl Exports {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            all: Arc::new(Semaphore::new(AT_A_TIME)),
            whose: Mutex::default(),
        })
    }

    /// Refused while the account has another, or too many others have.
    fn take(self: &Arc<Self>, account: AccountId) -> Result<Turn, Error> {
        let mut whose = self.whose();
        if whose.contains(&account) {
            return Err(Error::ExportUnderWay);
        }
        let one_of_all = Arc::clone(&self.all).try_acquire_owned();
        let one_of_all = one_of_all.map_err(|_| Error::Overloaded { retry_after: AGAIN })?;
        whose.insert(account);
        Ok(Turn {
            exports: Arc::clone(self),
            account,
            _one_of_all: one_of_all,
        })
    }

    fn whose(&self) -> MutexGuard<'_, HashSet<AccountId>> {
        self.whose.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.exports.whose().remove(&self.account);
    }
}

/// Begins to export what the server holds of the caller's account. A body that breaks off is no archive.
pub(crate) async fn begin(gateway: &Shared, me: Device) -> Result<Body, Error> {
    let turn = gateway.exports.take(me.account)?;
    let until = gateway.log.end().await?.ok_or(Error::Behind)?;
    gateway.level().await?;
    let (archive, bytes) = Archive::begin();
    let export = Export {
        gateway: Shared::clone(gateway),
        me,
        until,
        archive,
        looked: Instant::now(),
    };
    tokio::spawn(async move {
        export.write().await;
        drop(turn);
    });
    let bytes = unfold(bytes, |mut bytes| async move { bytes.recv().await.map(|piece| (piece, bytes)) });
    Ok(Body::from_stream(bytes))
}

/// An export under way.
struct Export {
    gateway: Shared,
    me: Device,
    /// What came behind this is not part of it.
    until: Position,
    archive: Archive,
    /// When it was last looked whether the device may go on.
    looked: Instant,
}

impl Export {
    /// Writes all of it, or as much as the server and the client allow.
    async fn write(mut self) {
        let gateway = Shared::clone(&self.gateway);
        let written = tokio::select! {
            written = self.whole() => written,
            () = gateway.stopping.cancelled() => Err(Broken::Stopping),
        };
        match written {
            Ok(()) => self.archive.finish().await,
            Err(broken) => self.archive.break_off(broken).await,
        }
    }

    async fn whole(&mut self) -> Result<(), Broken> {
        self.life().await?;
        self.talk().await
    }

    /// A file of JSON.
    async fn file(&mut self, name: &str, content: &impl Serialize) -> Result<(), Broken> {
        let text = serde_json::to_vec_pretty(content).map_err(|error| Broken::Failed(error.to_string()))?;
        self.archive.file(name).await?;
        self.archive.write(text).await
    }

    /// Whether the device may go on: looked at every so often, for this may take its time.
    async fn may_go_on(&mut self) -> Result<(), Broken> {
        if self.looked.elapsed() >= self.gateway.config.token_cache {
            self.looked = Instant::now();
            self.gateway.still(self.me).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: i64) -> AccountId {
        AccountId::try_from(number).unwrap()
    }

    #[test]
    fn an_account_has_one_export_at_a_time_and_all_have_few() {
        let exports = Exports::new();
        let first = exports.take(account(1)).unwrap();
        assert!(matches!(exports.take(account(1)), Err(Error::ExportUnderWay)));
        drop(first);
        let many = i64::try_from(AT_A_TIME).unwrap();
        let all: Vec<_> = (1..=many).map(|number| exports.take(account(number)).unwrap()).collect();
        assert!(matches!(exports.take(account(many + 1)), Err(Error::Overloaded { .. })));
        drop(all);
        assert!(exports.take(account(many + 1)).is_ok());
    }
}
