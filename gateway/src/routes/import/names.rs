//! What accounts are called, and since when: a name of an earlier time does not take the place of a later one.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::account::NameText;
use domain::account::event::Profile;
use domain::id::AccountId;
use domain::time::Timestamp;

use super::operation::{Deed, Operation, named};
use crate::Gateway;
use crate::error::Error;
use crate::profile;

/// What those are called whom an import called otherwise.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<AccountId, Called>);

/// What an account is called.
#[derive(Debug)]
struct Called {
    /// Since when.
    at: Timestamp,
    /// The names that it got at that time, in order; `None`: one that can't be read.
    names: Vec<Option<String>>,
    /// What it says of itself.
    bio: Option<String>,
}

impl Names {
    /// Whether an operation changes what somebody is called, or is about something else: false where the name is passed over.
    pub(super) async fn take(&mut self, gateway: &Gateway, operation: &Operation) -> Result<bool, Error> {
        let (Deed::Call { name, unless_later }, Some(by)) = (&operation.deed, operation.by) else {
            return Ok(true);
        };
        let name = named(name)?;
        let at = operation.at.unwrap_or_else(|| gateway.clock.now());
        let called = match self.0.entry(by) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(Called::read(gateway, by).await?),
        };
        if *unless_later {
            return Ok(called.take(at, &name));
        }
        called.since(at, &name);
        Ok(true)
    }

    /// The profile of whoever is called otherwise, of which all but the name stays.
    pub(super) fn present(&self, account: Option<AccountId>) -> Profile {
        let called = account.and_then(|account| self.0.get(&account));
        let name = called.and_then(|called| called.names.last().cloned().flatten()).unwrap_or_default();
        let bio = called.and_then(|called| called.bio.clone());
        Profile { name, bio }
    }
}

impl Called {
    fn since(&mut self, at: Timestamp, name: &NameText) {
        self.at = at;
        self.names = vec![Some(name.as_str().to_owned())];
    }

    /// As the account's stream has it: the log knows what happened when, which no read model keeps of names.
    async fn read(gateway: &Gateway, account: AccountId) -> Result<Self, Error> {
        let mut called = Self {
            at: Timestamp(0),
            names: Vec::new(),
            bio: None,
        };
        for (at, profile) in profile::history(gateway, account).await? {
            if at != called.at {
                called.names.clear();
            }
            called.at = at;
            let (name, bio) = profile.map_or((None, None), |profile| (Some(profile.name), profile.bio));
            called.names.push(name);
            called.bio = bio;
        }
        Ok(called)
    }

    /// Takes a name in; false: it is an earlier one, or known.
    fn take(&mut self, at: Timestamp, name: &NameText) -> bool {
        let is = |known: &Option<String>| known.as_deref() == Some(name.as_str());
        let passed_over = match at.cmp(&self.at) {
            Ordering::Less => true,
            Ordering::Equal => self.names.iter().any(is),
            Ordering::Greater => self.names.last().is_some_and(is),
        };
        if passed_over {
            return false;
        }
        if at > self.at {
            self.since(at, name);
        } else {
            self.names.push(Some(name.as_str().to_owned()));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> NameText {
        NameText::parse(text).unwrap()
    }

    fn called(text: &str) -> Called {
        Called {
            at: Timestamp(2),
            names: vec![Some(text.to_owned())],
            bio: None,
        }
    }

    #[test]
    fn only_a_later_name_takes_the_place_of_one() {
        let mut called = called("bob");
        assert!(!called.take(Timestamp(1), &name("rob")), "an earlier one");
        assert!(!called.take(Timestamp(3), &name("bob")), "it has it");
        assert!(called.take(Timestamp(3), &name("Rob")));
        assert!(!called.take(Timestamp(2), &name("robert")));
    }

    #[test]
    fn names_of_one_time_follow_each_other_once() {
        let mut called = called("bob");
        assert!(called.take(Timestamp(2), &name("rob")));
        assert!(!called.take(Timestamp(2), &name("bob")));
        assert!(!called.take(Timestamp(2), &name("rob")));
    }
}
