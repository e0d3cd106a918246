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
    let (name, bio) = (name.as_str().to_owned(), None);
    let profile = Profile { name, bio };
    let registered = Event::Registered(Registered {
        bot,
        profile: Sealed::open(account.id, profile),
    });
    let reached = address.map(|address| addresses::added(account, address));
    Ok([registered].into_iter().chain(reached).collect())
}

/// Of what is kept of a profile, the decision must not know an older one.
pub(super) fn is_as_read(account: &Account, read_from: Option<&Sealed<Profile>>) -> Result<(), Rejection> {
    match (read_from, &account.profile) {
        (Some(read), Some(present)) if read != present => Err(Rejection::ProfileChanged),
        (Some(_) | None, _) => Ok(()),
    }
}

/// What is not said stays as it is.
pub(super) fn change(account: &Account, name: Option<&NameText>, bio: Option<&Option<BioText>>, present: &Profile) -> Vec<Event> {
    let profile = Profile {
        name: name.map_or_else(|| present.name.clone(), |name| name.as_str().to_owned()),
        bio: bio.map_or_else(|| present.bio.clone(), |bio| bio.as_ref().map(|bio| bio.as_str().to_owned())),
    };
    vec![Event::ProfileChanged(ProfileChanged {
        profile: Sealed::open(account.id, profile),
    })]
}
