//! What a group remembers of its invite links, and of who asks to join.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rules::lasts;
use crate::chat::Terms;
use crate::id::{AccountId, LinkId, NameKey};
use crate::time::Timestamp;

/// Ways into a group by oneself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Links {
    /// Those that are not revoked.
    pub(in crate::chat) live: BTreeMap<LinkId, Link>,
    /// The last one made.
    pub(in crate::chat) last: Option<LinkId>,
    /// Who asks to join, and by which link.
    pub(in crate::chat) requests: BTreeMap<AccountId, LinkId>,
}

/// A link that is not revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// Its token's keyed hash.
    pub(in crate::chat) key: NameKey,
    /// How far it lets people in.
    pub(in crate::chat) terms: Terms,
    /// How many have joined by it.
    pub(in crate::chat) uses: u32,
}

impl Link {
    /// Whether it lets people in at that time.
    pub(in crate::chat) fn is_open(&self, at: Timestamp) -> bool {
        lasts(self.terms.until, at) && self.terms.uses_max.is_none_or(|max| self.uses < max.get())
    }
}

impl Links {
    /// The link with this token.
    pub(in crate::chat) fn by_key(&self, key: &NameKey) -> Option<(LinkId, &Link)> {
        self.live.iter().find(|(_, link)| link.key == *key).map(|(id, link)| (*id, link))
    }

    pub(super) fn made(&mut self, id: LinkId, key: NameKey, terms: Terms) {
        self.last = Some(id);
        self.live.insert(id, Link { key, terms, uses: 0 });
    }

    pub(super) fn changed(&mut self, id: LinkId, terms: Terms) {
        if let Some(link) = self.live.get_mut(&id) {
            link.terms = terms;
        }
    }

    pub(super) fn used(&mut self, id: LinkId) {
        if let Some(link) = self.live.get_mut(&id) {
            link.uses = link.uses.saturating_add(1);
        }
    }

    pub(super) fn size(&self) -> usize {
        // A map's entries, their keys and what holds them together.
        self.live.len() * 2 * (size_of::<(LinkId, Link)>() + 64) + self.requests.len() * 2 * size_of::<(AccountId, LinkId)>()
    }
}
