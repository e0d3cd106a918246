//! An account's username: asked for here, had or refused by what its name's stream says.

use super::Decision;
use crate::account::event::{Username, UsernameChanged, UsernameRefused, UsernameRequested};
use crate::account::{Account, Event, Rejection, UsernameText};
use crate::id::NameKey;
use crate::sealed::{Closed, Sealed};

/// The newest request counts. Asking for the name in use is one only while it calls off another request.
pub(super) fn request(account: &Account, name: &NameKey, username: &UsernameText) -> Vec<Event> {
    if account.wanted.as_ref().or(account.username.as_ref()) == Some(name) {
        return Vec::new();
    }
    let username = Username {
        username: username.as_str().to_owned(),
    };
    vec![Event::UsernameRequested(UsernameRequested {
        name: name.clone(),
        username: Sealed::open(account.id, username),
    })]
}

/// Gives up the name in use and calls off a request.
pub(super) fn drop_it(account: &Account) -> Vec<Event> {
    if account.username.is_none() && account.wanted.is_none() {
        return Vec::new();
    }
    vec![Event::UsernameChanged(UsernameChanged {
        name: None,
        former: account.username.clone(),
        username: None,
    })]
}

/// Rejected where adopting the name would be.
pub(super) fn want(account: &Account, name: &NameKey) -> Decision {
    if [&account.wanted, &account.username]
        .into_iter()
        .flatten()
        .any(|known| known == name)
    {
        Ok(Vec::new())
    } else {
        Err(Rejection::NotRequested)
    }
}

/// A rejection tells the reactor to release its claim; so a name in use is never answered with one.
pub(super) fn adopt(account: &Account, name: &NameKey, username: &Closed) -> Decision {
    let in_use = account.username.as_ref() == Some(name);
    match (account.wanted.as_ref() == Some(name), in_use) {
        (true, _) => Ok(vec![Event::UsernameChanged(UsernameChanged {
            name: Some(name.clone()),
            former: account.username.clone().filter(|_| !in_use),
            username: Some(Sealed::Closed(username.clone())),
        })]),
        (false, true) => Ok(Vec::new()),
        (false, false) => Err(Rejection::NotRequested),
    }
}

pub(super) fn refuse(account: &Account, name: &NameKey) -> Vec<Event> {
    if account.wanted.as_ref() != Some(name) {
        return Vec::new();
    }
    vec![Event::UsernameRefused(UsernameRefused { name: name.clone() })]
}
