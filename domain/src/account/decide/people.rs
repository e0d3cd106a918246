//! Whom an account knows, whom it wants nothing of, and who may do what with it.

use super::Decision;
use crate::account::event::{Blocked, ContactAdded, ContactName, ContactRemoved, PrivacyChanged};
use crate::account::privacy::Privacy;
use crate::account::{Account, BLOCKED_MAX, CONTACTS_MAX, ContactNameText, Event, Rejection};
use crate::id::AccountId;
use crate::sealed::Sealed;

/// What a contact is called is sealed: nobody here can tell whether it was called so before.
pub(super) fn add_contact(account: &Account, other: AccountId, name: Option<&ContactNameText>) -> Decision {
    must_be_another(account, other)?;
    match account.contacts.get(&other) {
        None if account.contacts.len() >= CONTACTS_MAX => return Err(Rejection::TooManyContacts),
        Some(false) if name.is_none() => return Ok(Vec::new()),
        None | Some(_) => {}
    }
    let name = name.map(|name| ContactName {
        name: name.as_str().to_owned(),
    });
    Ok(vec![Event::ContactAdded(ContactAdded {
        account: other,
        name: name.map(|name| Sealed::open(account.id, name)),
    })])
}

pub(super) fn remove_contact(account: &Account, other: AccountId) -> Vec<Event> {
    if !account.has_as_contact(other) {
        return Vec::new();
    }
    vec![Event::ContactRemoved(ContactRemoved { account: other })]
}

pub(super) fn block(account: &Account, other: AccountId) -> Decision {
    must_be_another(account, other)?;
    if account.has_blocked(other) {
        return Ok(Vec::new());
    }
    if account.blocked.len() >= BLOCKED_MAX {
        return Err(Rejection::TooManyBlocked);
    }
    Ok(vec![Event::Blocked(Blocked { account: other })])
}

pub(super) fn unblock(account: &Account, other: AccountId) -> Vec<Event> {
    if !account.has_blocked(other) {
        return Vec::new();
    }
    vec![Event::Unblocked(Blocked { account: other })]
}

pub(super) fn change_privacy(account: &Account, privacy: Privacy) -> Vec<Event> {
    if account.privacy == privacy {
        return Vec::new();
    }
    vec![Event::PrivacyChanged(PrivacyChanged { privacy })]
}

fn must_be_another(account: &Account, other: AccountId) -> Result<(), Rejection> {
    if account.id == other { Err(Rejection::Oneself) } else { Ok(()) }
}
