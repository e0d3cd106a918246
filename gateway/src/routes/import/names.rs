//! What accounts are called, and since when: a name of an earlier time does not take the place of a later one.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::account::{self, NameText};
use domain::event::Event;
use domain::id::AccountId;
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::commit::{self, Read};

use super::operation::{Deed, Operation, named};
use crate::Gateway;
use crate::error::Error;
use crate::rendering::Opener;

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
}

impl Names {
    /// Whether an operation changes what somebody is called, or is about something else: false where the name is passed over.
    pub(super) async fn take(&mut self, gateway: &Gateway, operation: &Operation) -> Result<bool, Error> {
        let (Deed::Call { name, unless_later }, Some(by)) = (&operation.deed, operation.by) else {
            return Ok(true);
        };
        let name = named(name)?;
        let at = operation.at.unwrap_or_else(|| gateway.clock.now());
        if !unless_later {
            self.0.insert(by, Called::since(at, &name));
            return Ok(true);
        }
        let called = match self.0.entry(by) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(Called::read(gateway, by).await?),
        };
        Ok(called.take(at, &name))
    }
}

impl Called {
    fn since(at: Timestamp, name: &NameText) -> Self {
        Self {
            at,
            names: vec![Some(name.as_str().to_owned())],
        }
    }

    /// As the account's stream has it: the log knows what happened when, which no read model keeps of names.
    async fn read(gateway: &Gateway, account: AccountId) -> Result<Self, Error> {
        let stream = Stream::Account(account);
        let (mut since, mut profiles) = (Timestamp(0), Vec::new());
        for record in gateway.log.read(&stream, None).await? {
            let commit = commit::decode(&record).map_err(|error| Error::Internal(error.to_string()))?;
            for read in commit.facts {
                let Read::Fact(fact) = read else { continue };
                let profile = match &fact.event {
                    Event::Account(account::Event::Registered(registered)) => registered.profile.clone(),
                    Event::Account(account::Event::ProfileChanged(changed)) => changed.profile.clone(),
                    Event::Account(_) | Event::Chat(_) | Event::Inbox(_) | Event::SignIn(_) | Event::Name(_) | Event::System(_) => continue,
                };
                if fact.happened_at() != since {
                    profiles.clear();
                }
                since = fact.happened_at();
                profiles.push(profile);
            }
        }
        let opener = Opener::for_accounts(&gateway.keys, &[account]).await?;
        let names = profiles
            .iter()
            .map(|profile| opener.open(&stream, profile).ok().map(|profile| profile.name));
        Ok(Self {
            at: since,
            names: names.collect(),
        })
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
            *self = Self::since(at, name);
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

    #[test]
    fn only_a_later_name_takes_the_place_of_one() {
        let mut called = Called::since(Timestamp(2), &name("bob"));
        assert!(!called.take(Timestamp(1), &name("rob")), "an earlier one");
        assert!(!called.take(Timestamp(3), &name("bob")), "it has it");
        assert!(called.take(Timestamp(3), &name("Rob")));
        assert!(!called.take(Timestamp(2), &name("robert")));
    }

    #[test]
    fn names_of_one_time_follow_each_other_once() {
        let mut called = Called::since(Timestamp(2), &name("bob"));
        assert!(called.take(Timestamp(2), &name("rob")));
        assert!(!called.take(Timestamp(2), &name("bob")));
        assert!(!called.take(Timestamp(2), &name("rob")));
    }
}
