//! Coming into being, and what an account is called.

use super::{Decision, addresses};
use crate::account::command::NewAddress;
use crate::account::event::{Profile, ProfileChanged, Registered};
use crate::account::{Account, BioText, Event, NameText, Rejection};
use crate::sealed::Sealed;

pub(super) fn register(account: &Account, bot: bool, name: &NameText, address: Option<&NewAddress>) -> Decision {
    if account.exists {
        return Err(Rejection::AlreadyExists);
    }
    let registered = Event::Registered(Registered {
        bot,
        profile: profile(account, name, None),
    });
    let reached = address.map(|address| addresses::added(account, address));
    Ok([registered].into_iter().chain(reached).collect())
}

pub(super) fn change(account: &Account, name: &NameText, bio: Option<&BioText>) -> Vec<Event> {
    vec![Event::ProfileChanged(ProfileChanged {
        profile: profile(account, name, bio),
    })]
}

fn profile(account: &Account, name: &NameText, bio: Option<&BioText>) -> Sealed<Profile> {
    let profile = Profile {
        name: name.as_str().to_owned(),
        bio: bio.map(|bio| bio.as_str().to_owned()),
    };
    Sealed::open(account.id, profile)
}
