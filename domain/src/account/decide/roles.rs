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
    admins_are_the_operators(account, asker)?;
    Ok(vec![Event::Suspended(Suspended {})])
}

/// Whom the operator keeps from acting no other admin helps.
pub(super) fn restore(account: &Account, asker: Asker) -> Decision {
    if !account.suspended {
        return Ok(Vec::new());
    }
    admins_are_the_operators(account, asker)?;
    Ok(vec![Event::Restored(Restored {})])
}

fn admins_are_the_operators(account: &Account, asker: Asker) -> Result<(), Rejection> {
    if account.admin && asker == Asker::Admin {
        return Err(Rejection::IsAdmin);
    }
    Ok(())
}
