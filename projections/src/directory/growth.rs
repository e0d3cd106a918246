//! How the directory grows: accounts and devices by their account's events, usernames by their names' own, services by the system's.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::account::Event as AccountEvent;
use domain::account::event::{DeviceAuthorised, Registered, UsernameChanged};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, DeviceId, NameKey};
use domain::name::Event as NameEvent;
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::db::Column::{Int, Text};
use infra::db::{Bulk, BulkDelete, BulkUpdate, Writes};

use super::{services, standing};
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share;

/// Keyed by account; usernames by name, services by their stream.
#[derive(Debug, Default)]
pub struct Directory;

const REGISTERED: Bulk = Bulk {
    table: "accounts",
    columns: &[("account", Int), ("bot", Int), ("profile", Text), ("registered_at", Int)],
    conflict: "on conflict (account) do nothing",
};

const PROFILES: BulkUpdate = BulkUpdate {
    table: "accounts",
    keys: &[("account", Int)],
    set: &[("profile", Text)],
    only: "",
};

const USERNAMES: BulkUpdate = BulkUpdate {
    table: "accounts",
    keys: &[("account", Int)],
    set: &[("username_key", Text), ("username", Text)],
    only: "",
};

const AUTHORISED: Bulk = Bulk {
    table: "devices",
    columns: &[
        ("account", Int),
        ("device", Int),
        ("token", Text),
        ("name", Text),
        ("authorised_at", Int),
    ],
    conflict: "on conflict (account, device) do nothing",
};

const RENAMED: BulkUpdate = BulkUpdate {
    table: "devices",
    keys: &[("account", Int), ("device", Int)],
    set: &[("name", Text)],
    only: "",
};

const ENDED: BulkUpdate = BulkUpdate {
    table: "devices",
    keys: &[("account", Int), ("device", Int)],
    set: &[("ended_at", Int)],
    only: "and devices.ended_at is null",
};

const TAKEN: Bulk = Bulk {
    table: "usernames",
    columns: &[("name", Text), ("account", Int)],
    conflict: "on conflict (name) do update set account = excluded.account",
};

const RELEASED: BulkDelete = BulkDelete {
    table: "usernames",
    keys: &[("name", Text)],
};

/// What a batch does to the directory. Written in this order: new rows first, then what became of them.
#[derive(Default)]
struct Changes {
    registered: BTreeMap<AccountId, (bool, String, Timestamp)>,
    profiles: BTreeMap<AccountId, String>,
    usernames: BTreeMap<AccountId, (Option<NameKey>, Option<String>)>,
    authorised: BTreeMap<(AccountId, DeviceId), (String, String, Timestamp)>,
    renamed: BTreeMap<(AccountId, DeviceId), String>,
    ended: BTreeMap<(AccountId, DeviceId), Timestamp>,
    names: BTreeMap<NameKey, Option<AccountId>>,
    services: services::Changes,
    standing: standing::Changes,
}

#[async_trait]
impl Projection for Directory {
    fn name(&self) -> &'static str {
        "directory"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes::default();
        for fact in &batch.facts {
            match (&fact.event, &fact.stream) {
                (Event::Account(event), Stream::Account(account)) if lane.owns_account(*account) => {
                    changes.account(fact, *account, event)?;
                }
                (Event::Name(event), Stream::Name(name)) if lane.owns_stream(&fact.stream) => changes.name(name, event),
                (Event::System(event), Stream::System) if lane.owns_stream(&fact.stream) => changes.services.apply(fact, event)?,
                (
                    Event::Account(_)
                    | Event::SignIn(_)
                    | Event::Name(_)
                    | Event::Chat(_)
                    | Event::Inbox(_)
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
    fn account(&mut self, fact: &Fact, account: AccountId, event: &AccountEvent) -> Result<(), ApplyError> {
        match event {
            AccountEvent::Registered(registered) => self.registered(fact, account, registered)?,
            AccountEvent::ProfileChanged(changed) => drop(self.profiles.insert(account, share::closed(fact, &changed.profile)?)),
            AccountEvent::DeviceAuthorised(authorised) => self.authorised(fact, account, authorised)?,
            AccountEvent::DeviceRenamed(renamed) => {
                let name = share::closed(fact, &renamed.name)?;
                self.renamed.insert((account, renamed.device), name);
            }
            AccountEvent::DeviceEnded(ended) => {
                self.ended.entry((account, ended.device)).or_insert(fact.happened_at());
            }
            AccountEvent::UsernameChanged(changed) => self.username(fact, account, changed)?,
            AccountEvent::Promoted(_) => self.standing.promoted(account),
            AccountEvent::Demoted(_) => self.standing.demoted(account),
            AccountEvent::Suspended(_) => self.standing.suspended(account, Some(fact.happened_at())),
            AccountEvent::Restored(_) => self.standing.suspended(account, None),
            AccountEvent::ErasureScheduled(scheduled) => self.standing.due(account, Some(scheduled.due_at)),
            AccountEvent::ErasureCalledOff(_) => self.standing.due(account, None),
            AccountEvent::ErasureBegun(_) => self.standing.gone(account, fact.happened_at()),
            AccountEvent::UsernameRequested(_)
            | AccountEvent::UsernameRefused(_)
            | AccountEvent::AddressAdded(_)
            | AccountEvent::AddressDropped(_)
            | AccountEvent::PasswordSet(_)
            | AccountEvent::PasswordRemoved(_)
            | AccountEvent::TotpSet(_)
            | AccountEvent::TotpRemoved(_)
            | AccountEvent::RecoveryCodesMade(_)
            | AccountEvent::FactorPassed(_)
            | AccountEvent::FactorFailed(_)
            | AccountEvent::ContactAdded(_)
            | AccountEvent::ContactRemoved(_)
            | AccountEvent::Blocked(_)
            | AccountEvent::Unblocked(_)
            | AccountEvent::PrivacyChanged(_)
            | AccountEvent::Erased(_) => {}
        }
        Ok(())
    }

    fn registered(&mut self, fact: &Fact, account: AccountId, registered: &Registered) -> Result<(), ApplyError> {
        let profile = share::closed(fact, &registered.profile)?;
        self.registered
            .entry(account)
            .or_insert((registered.bot, profile, fact.happened_at()));
        Ok(())
    }

    fn authorised(&mut self, fact: &Fact, account: AccountId, authorised: &DeviceAuthorised) -> Result<(), ApplyError> {
        let row = (
            authorised.token.0.clone(),
            share::closed(fact, &authorised.name)?,
            fact.happened_at(),
        );
        self.authorised.entry((account, authorised.device)).or_insert(row);
        Ok(())
    }

    fn username(&mut self, fact: &Fact, account: AccountId, changed: &UsernameChanged) -> Result<(), ApplyError> {
        let username = changed
            .username
            .as_ref()
            .map(|username| share::closed(fact, username))
            .transpose()?;
        self.usernames.insert(account, (changed.name.clone(), username));
        Ok(())
    }

    fn name(&mut self, name: &NameKey, event: &NameEvent) {
        match event {
            // A chat's name is no account's.
            NameEvent::Taken(held) => drop(self.names.insert(name.clone(), held.chat.is_none().then_some(held.account))),
            NameEvent::Released(_) => drop(self.names.insert(name.clone(), None)),
            NameEvent::Claimed(_) => {}
        }
    }

    async fn write(self, writes: &mut Writes<'_>) -> Result<(), sqlx::Error> {
        let registered = self.registered.into_iter();
        let registered: Vec<_> = registered
            .map(|(account, (bot, profile, at))| (account, i64::from(bot), profile, at))
            .collect();
        REGISTERED.insert(writes, &registered).await?;
        PROFILES.update(writes, &Vec::from_iter(self.profiles)).await?;
        let usernames = self.usernames.into_iter();
        let usernames: Vec<_> = usernames.map(|(account, (key, username))| (account, key, username)).collect();
        USERNAMES.update(writes, &usernames).await?;
        let authorised = self.authorised.into_iter();
        let authorised: Vec<_> = authorised
            .map(|((account, device), (token, name, at))| (account, device, token, name, at))
            .collect();
        AUTHORISED.insert(writes, &authorised).await?;
        let renamed = self.renamed.into_iter();
        let renamed: Vec<_> = renamed.map(|((account, device), name)| (account, device, name)).collect();
        RENAMED.update(writes, &renamed).await?;
        let ended: Vec<_> = self
            .ended
            .into_iter()
            .map(|((account, device), at)| (account, device, at))
            .collect();
        ENDED.update(writes, &ended).await?;
        let (taken, released): (Vec<_>, Vec<_>) = self.names.into_iter().partition(|(_, account)| account.is_some());
        TAKEN.insert(writes, &taken).await?;
        let released: Vec<_> = released.into_iter().map(|(name, _)| (name,)).collect();
        RELEASED.delete(writes, &released).await?;
        self.standing.write(writes).await?;
        self.services.write(writes).await
    }
}
