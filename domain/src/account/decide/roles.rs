//! How an account stands with the installation: whether it administers it, and whether it may act.

use super::{Asker, Decision};
use crate::account::event::{Demoted, Promoted, Restored, Suspended};
use crate::account::{Account, Event, Rejection};

pub(super) fn promote(account: &Account) -> Vec<Event> {
    if account.admin {
        return Vec::new();
    }
    vec![Event::Promoted(Promoted {})]
}

pub(super) fn demote(account: &Account) -> Vec<Event> {
    if !account.admin {
        return Vec::new();
    }
    vec![Event::Demoted(Demoted {})]
}

/// Admins keep neither each other nor themselves from acting: that is the operator's.
pub(super) fn suspend(account: &Account, asker: Asker) -> Decision {
    if account.suspended {
        return Ok(Vec::new());
    }
    if account.admin && asker == Asker::Admin {
        return Err(Rejection::IsAdmin);
    }
    Ok(vec![Event::Suspended(Suspended {})])
}

pub(super) fn restore(account: &Account) -> Vec<Event> {
    if !account.suspended {
        return Vec::new();
    }
    vec![Event::Restored(Restored {})]
}
