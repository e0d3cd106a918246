//! Turns at replaying the past: few at a time, one at a time for each account, and no long queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::id::AccountId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::error::Error;

/// Replays under way at a time: each may hold a long chat in memory.
const AT_A_TIME: usize = 2;
/// Replays of one account, under way or waiting.
const OF_ONE: usize = 4;
/// Replays of all, under way or waiting.
const OF_ALL: usize = 32;
/// When who finds the queue full may come again.
const AGAIN: Duration = Duration::from_secs(1);

/// Turns at replaying the past.
#[derive(Debug)]
pub(crate) struct Turns {
    all: Semaphore,
    /// By account; of those who read the log all are one.
    queue: Mutex<HashMap<Option<AccountId>, Own>>,
}

/// An account's replays, under way or waiting.
#[derive(Debug)]
struct Own {
    turn: Arc<Semaphore>,
    replays: usize,
}

/// A turn; dropped, it is over.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    _all: SemaphorePermit<'a>,
    _own: OwnedSemaphorePermit,
    _place: InQueue<'a>,
}

/// A place in the queue, kept until the turn is over.
#[derive(Debug)]
struct InQueue<'a> {
    turns: &'a Turns,
    account: Option<AccountId>,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self {
            all: Semaphore::new(AT_A_TIME),
            queue: Mutex::default(),
        }
    }

    /// Waits for the account's turn; refused where too many wait already.
    pub(crate) async fn take(&self, account: Option<AccountId>) -> Result<Turn<'_>, Error> {
        let (own, place) = self.stand_in_line(account).ok_or(Error::Overloaded { retry_after: AGAIN })?;
        let own = own.acquire_owned().await.expect("turns are never closed");
        let all = self.all.acquire().await.expect("turns are never closed");
        Ok(Turn {
            _all: all,
            _own: own,
            _place: place,
        })
    }

    fn stand_in_line(&self, account: Option<AccountId>) -> Option<(Arc<Semaphore>, InQueue<'_>)> {
        let mut queue = self.queue();
        let of_all: usize = queue.values().map(|own| own.replays).sum();
        let of_one = queue.get(&account).map_or(0, |own| own.replays);
        if of_all >= OF_ALL || of_one >= OF_ONE {
            return None;
        }
        let own = queue.entry(account).or_insert_with(|| Own {
            turn: Arc::new(Semaphore::new(1)),
            replays: 0,
        });
        own.replays += 1;
        Some((Arc::clone(&own.turn), InQueue { turns: self, account }))
    }

    fn queue(&self) -> MutexGuard<'_, HashMap<Option<AccountId>, Own>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InQueue<'_> {
    fn drop(&mut self) {
        let mut queue = self.turns.queue();
        if let Some(own) = queue.get_mut(&self.account) {
            own.replays -= 1;
            if own.replays == 0 {
                queue.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn account(number: i64) -> Option<AccountId> {
        AccountId::try_from(number).ok()
    }

    #[tokio::test]
    async fn an_account_has_one_turn_at_a_time_and_leaves_the_others_theirs() {
        let turns = Turns::new();
        let first = turns.take(account(1)).await.unwrap();
        let mut waiting: Vec<_> = (1..OF_ONE).map(|_| Box::pin(turns.take(account(1)))).collect();
        assert!(waiting.iter_mut().all(|turn| turn.now_or_never().is_none()));
        assert!(matches!(turns.take(account(1)).await, Err(Error::Overloaded { .. })));
        let other = turns.take(account(2)).await.unwrap();
        drop(first);
        assert!(waiting[0].as_mut().now_or_never().is_some());
        drop((other, waiting));
        assert!(turns.queue().is_empty());
    }

    #[tokio::test]
    async fn the_queue_is_short() {
        let turns = Turns::new();
        let many = i64::try_from(OF_ALL).unwrap();
        let mut all: Vec<_> = (1..=many).map(|number| Box::pin(turns.take(account(number)))).collect();
        let begun: Vec<_> = all.iter_mut().map(FutureExt::now_or_never).collect();
        assert_eq!(begun.iter().flatten().count(), AT_A_TIME);
        assert!(matches!(turns.take(account(many + 1)).await, Err(Error::Overloaded { .. })));
        drop((all, begun));
        turns.take(account(many + 1)).await.unwrap();
    }
}
