//! What a group remembers of who may do what: its settings, restrictions and bans.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::chat::event::MemberRestricted;
use crate::chat::{Permission, SlowMode};
use crate::id::AccountId;
use crate::time::Timestamp;

/// Who may do what in a group beside roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// What members may not do.
    pub(in crate::chat) denied: BTreeSet<Permission>,
    /// How long members wait between two messages.
    pub(in crate::chat) pause: SlowMode,
    /// In slow mode: when who wrote lately may write again.
    pub(in crate::chat) quiet: BTreeMap<AccountId, Timestamp>,
    /// Whether what is said may not be carried elsewhere.
    pub(in crate::chat) protected: bool,
    /// Who may do less than others.
    pub(in crate::chat) restricted: BTreeMap<AccountId, Restriction>,
    /// Who may not come in, and until when.
    pub(in crate::chat) banned: BTreeMap<AccountId, Option<Timestamp>>,
}

/// What somebody may not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Restriction {
    /// What.
    pub(in crate::chat) denied: BTreeSet<Permission>,
    /// Until when; `None`: for ever.
    pub(in crate::chat) until: Option<Timestamp>,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            denied: Permission::denied_at_first(),
            pause: SlowMode::default(),
            quiet: BTreeMap::new(),
            protected: false,
            restricted: BTreeMap::new(),
            banned: BTreeMap::new(),
        }
    }
}

impl Standing {
    /// Whether the account is banned at that time.
    pub(in crate::chat) fn bans(&self, account: AccountId, at: Timestamp) -> bool {
        self.banned.get(&account).is_some_and(|until| lasts(*until, at))
    }

    /// Whether the group denies it its members, or this one, at that time.
    pub(in crate::chat) fn denies(&self, account: AccountId, permission: Permission, at: Timestamp) -> bool {
        let restriction = self.restricted.get(&account).filter(|restriction| lasts(restriction.until, at));
        self.denied.contains(&permission) || restriction.is_some_and(|restriction| restriction.denied.contains(&permission))
    }

    pub(super) fn restrict(&mut self, restricted: &MemberRestricted) {
        if restricted.denied.is_empty() {
            self.restricted.remove(&restricted.account);
        } else {
            let (denied, until) = (restricted.denied.clone(), restricted.until);
            self.restricted.insert(restricted.account, Restriction { denied, until });
        }
    }

    /// Takes in who has to wait until when. Those who need not any more are forgotten.
    pub(super) fn quieten(&mut self, account: AccountId, until: Timestamp) {
        let since = until.plus_seconds(-i64::from(self.pause.seconds()));
        self.quiet.retain(|_, until| *until > since);
        self.quiet.insert(account, until);
    }

    pub(super) fn size(&self) -> usize {
        let entry = size_of::<(AccountId, Restriction)>();
        // A map's entries and what holds them together.
        (self.quiet.len() + self.restricted.len() * 4 + self.banned.len()) * 2 * entry
    }
}

/// Whether what ends then, or never, has not ended.
pub(in crate::chat) fn lasts(until: Option<Timestamp>, at: Timestamp) -> bool {
    until.is_none_or(|until| until > at)
}
