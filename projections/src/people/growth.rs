//! How it grows: by the accounts' own events.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::account::Event as AccountEvent;
use domain::account::address::AddressUse;
use domain::account::privacy::Privacy;
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, NameKey};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::db::Column::{self, Int, Text};
use infra::db::{Bulk, BulkDelete, Writes};

use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share;

/// Keyed by account.
#[derive(Debug, Default)]
pub struct People;

const CONTACTS: Bulk = Bulk {
    table: "contacts",
    columns: &[("account", Int), ("contact", Int), ("name", Text)],
    conflict: "on conflict (account, contact) do update set name = excluded.name",
};

const BLOCKED: Bulk = Bulk {
    table: "blocked",
    columns: &[("account", Int), ("other", Int)],
    conflict: "on conflict (account, other) do nothing",
};

const PRIVACY: Bulk = Bulk {
    table: "privacy",
    columns: &[("account", Int), ("privacy", Text)],
    conflict: "on conflict (account) do update set privacy = excluded.privacy",
};

const PHONES: Bulk = Bulk {
    table: "phones",
    columns: &[("account", Int), ("name", Text), ("added_at", Int)],
    conflict: "on conflict (account) do update set name = excluded.name, added_at = excluded.added_at",
};

/// A pair of accounts: the one whose rows these are, and the other.
type Pair = (AccountId, AccountId);

/// What a contact is called, sealed; nothing of its own.
type Called = Option<String>;

/// What a batch does; `None`: what there was is gone.
#[derive(Default)]
struct Changes {
    /// Accounts that are gone with all they wished; written before anything else.
    gone: BTreeSet<AccountId>,
    contacts: BTreeMap<Pair, Option<Called>>,
    blocked: BTreeMap<Pair, Option<()>>,
    privacy: BTreeMap<AccountId, String>,
    phones: BTreeMap<AccountId, Option<(NameKey, Timestamp)>>,
}

#[async_trait]
impl Projection for People {
    fn name(&self) -> &'static str {
        "people"
    }

    fn version(&self) -> i32 {
        2
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes::default();
        for fact in &batch.facts {
            match (&fact.event, &fact.stream) {
                (Event::Account(event), Stream::Account(account)) if lane.owns_account(*account) => {
                    changes.take(fact, *account, event)?;
                }
                (
                    Event::Account(_)
                    | Event::Chat(_)
                    | Event::SignIn(_)
                    | Event::Inbox(_)
                    | Event::Name(_)
                    | Event::Interactions(_)
                    | Event::System(_),
                    _,
                ) => {}
            }
        }
        changes.write(writes).await?;
        Ok(())
    }

    fn forget(&mut self) {}
}

impl Changes {
    fn take(&mut self, fact: &Fact, account: AccountId, event: &AccountEvent) -> Result<(), ApplyError> {
        match event {
            AccountEvent::ContactAdded(added) => {
                let name = added.name.as_ref().map(|name| share::closed(fact, name)).transpose()?;
                self.contacts.insert((account, added.account), Some(name));
            }
            AccountEvent::ContactRemoved(removed) => drop(self.contacts.insert((account, removed.account), None)),
            AccountEvent::Blocked(blocked) => drop(self.blocked.insert((account, blocked.account), Some(()))),
            AccountEvent::Unblocked(blocked) => drop(self.blocked.insert((account, blocked.account), None)),
            AccountEvent::PrivacyChanged(changed) => drop(self.privacy.insert(account, share::json(fact, &changed.privacy)?)),
            AccountEvent::AddressAdded(added) if added.purpose == AddressUse::Phone => {
                self.phones.insert(account, Some((added.name.clone(), fact.happened_at())));
            }
            AccountEvent::AddressDropped(dropped) if dropped.purpose == AddressUse::Phone => drop(self.phones.insert(account, None)),
            AccountEvent::ErasureBegun(_) => self.erase(account, share::json(fact, &Privacy::GONE)?),
            AccountEvent::AddressAdded(_)
            | AccountEvent::AddressDropped(_)
            | AccountEvent::Registered(_)
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::DeviceAuthorised(_)
            | AccountEvent::DeviceEnded(_)
            | AccountEvent::DeviceRenamed(_)
            | AccountEvent::UsernameRequested(_)
            | AccountEvent::UsernameChanged(_)
            | AccountEvent::UsernameRefused(_)
            | AccountEvent::PasswordSet(_)
            | AccountEvent::PasswordRemoved(_)
            | AccountEvent::TotpSet(_)
            | AccountEvent::TotpRemoved(_)
            | AccountEvent::RecoveryCodesMade(_)
            | AccountEvent::FactorPassed(_)
            | AccountEvent::FactorFailed(_)
            | AccountEvent::Promoted(_)
            | AccountEvent::Demoted(_)
            | AccountEvent::Suspended(_)
            | AccountEvent::Restored(_)
            | AccountEvent::ErasureScheduled(_)
            | AccountEvent::ErasureCalledOff(_)
            | AccountEvent::Erased(_) => {}
        }
        Ok(())
    }

    /// Its own rows go; that others have it as a contact, or blocked it, is theirs. Whom it kept out does not get in thereby.
    fn erase(&mut self, account: AccountId, privacy: String) {
        self.contacts.retain(|(owner, _), _| *owner != account);
        self.blocked.retain(|(owner, _), _| *owner != account);
        self.privacy.insert(account, privacy);
        self.phones.remove(&account);
        self.gone.insert(account);
    }

    async fn write(self, writes: &mut Writes<'_>) -> Result<(), sqlx::Error> {
        let gone: Vec<_> = self.gone.into_iter().map(|account| (account,)).collect();
        for table in ["contacts", "blocked", "privacy", "phones"] {
            delete(table, ACCOUNT).delete(writes, &gone).await?;
        }
        let (dropped, added) = split(self.contacts);
        delete("contacts", &[("account", Int), ("contact", Int)])
            .delete(writes, &dropped)
            .await?;
        let added: Vec<_> = added
            .into_iter()
            .map(|((account, contact), name)| (account, contact, name))
            .collect();
        CONTACTS.insert(writes, &added).await?;
        let (dropped, added) = split(self.blocked);
        delete("blocked", &[("account", Int), ("other", Int)])
            .delete(writes, &dropped)
            .await?;
        let added: Vec<_> = added.into_iter().map(|(pair, ())| pair).collect();
        BLOCKED.insert(writes, &added).await?;
        PRIVACY.insert(writes, &Vec::from_iter(self.privacy)).await?;
        let (dropped, added) = split(self.phones);
        let dropped: Vec<_> = dropped.into_iter().map(|account| (account,)).collect();
        delete("phones", ACCOUNT).delete(writes, &dropped).await?;
        let added: Vec<_> = added.into_iter().map(|(account, (name, at))| (account, name, at)).collect();
        PHONES.insert(writes, &added).await
    }
}

const ACCOUNT: &[(&str, Column)] = &[("account", Int)];

fn delete(table: &'static str, keys: &'static [(&'static str, Column)]) -> BulkDelete {
    BulkDelete { table, keys }
}

/// What is gone, and what is there.
fn split<K, V>(changes: BTreeMap<K, Option<V>>) -> (Vec<K>, Vec<(K, V)>) {
    let (mut gone, mut there) = (Vec::new(), Vec::new());
    for (key, value) in changes {
        match value {
            Some(value) => there.push((key, value)),
            None => gone.push(key),
        }
    }
    (gone, there)
}
