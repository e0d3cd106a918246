//! The end of an account: asked for, called off, begun, finished.

use super::factors::Proof;
use super::{Asker, Decision, addresses, devices, username};
use crate::account::event::{EndReason, Erased, ErasureBegun, ErasureCalledOff, ErasureScheduled};
use crate::account::{Account, Erasure, Event, Rejection};
use crate::time::Timestamp;

/// Asked for again, it does not come any later.
pub(super) fn schedule(account: &Account, due_at: Timestamp, proof: Proof<'_>) -> Decision {
    if account.erasure.is_some() {
        return Ok(Vec::new());
    }
    proof.then(None, [Event::ErasureScheduled(ErasureScheduled { due_at })])
}

pub(super) fn call_off(account: &Account) -> Vec<Event> {
    if account.erasure.is_none() {
        return Vec::new();
    }
    vec![Event::ErasureCalledOff(ErasureCalledOff {})]
}

/// The operator need not wait for what the account asked for, nor be asked.
pub(super) fn begin(account: &Account, asker: Asker, now: Timestamp) -> Decision {
    let is_due = matches!(account.erasure, Some(Erasure::Scheduled(due_at)) if due_at <= now);
    if !is_due && asker != Asker::Operator {
        return Err(Rejection::ErasureNotDue);
    }
    let ended = devices::end_all(account, EndReason::Erasure);
    let released = addresses::drop_all(account).chain(username::drop_it(account));
    Ok(ended.chain(released).chain([Event::ErasureBegun(ErasureBegun {})]).collect())
}

pub(super) fn finish(account: &Account) -> Decision {
    match account.erasure {
        None | Some(Erasure::Scheduled(_)) => Err(Rejection::ErasureNotDue),
        Some(Erasure::Begun) => Ok(vec![Event::Erased(Erased {})]),
        Some(Erasure::Finished) => Ok(Vec::new()),
    }
}
