//! How links grow: a row for each that is made, and for each who asks to join.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::chat::{Event, Terms};
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, LinkId};
use domain::time::Timestamp;
use infra::db::Column::{self, Int, Text};
use infra::db::{Bulk, BulkDelete, BulkUpdate, Writes};
use serde::Serialize;
use sqlx::Error;

use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share;

/// Keyed by chat.
#[derive(Debug, Default)]
pub struct Links;

const KEY: &[(&str, Column)] = &[("chat", Text), ("link", Int)];

const MADE: Bulk = Bulk {
    table: "links",
    columns: &[
        ("chat", Text),
        ("link", Int),
        ("key", Text),
        ("secret", Text),
        ("uses_max", Int),
        ("until", Int),
        ("requests", Int),
        ("made_by", Int),
        ("made_at", Int),
        ("revoked", Int),
    ],
    conflict: "on conflict (chat, link) do nothing",
};

const CHANGED: BulkUpdate = BulkUpdate {
    table: "links",
    keys: KEY,
    set: &[("label", Text), ("uses_max", Int), ("until", Int), ("requests", Int)],
    only: "",
};

const REVOKED: BulkUpdate = BulkUpdate {
    table: "links",
    keys: KEY,
    set: &[("revoked", Int)],
    only: "",
};

const USED: Bulk = Bulk {
    table: "link_uses",
    columns: &[("chat", Text), ("link", Int), ("uses", Int)],
    conflict: "on conflict (chat, link) do update set uses = link_uses.uses + excluded.uses",
};

const ASKED: Bulk = Bulk {
    table: "join_requests",
    columns: &[("chat", Text), ("account", Int), ("link", Int), ("asked_at", Int)],
    conflict: "on conflict (chat, account) do update set link = excluded.link, asked_at = excluded.asked_at",
};

const ANSWERED: BulkDelete = BulkDelete {
    table: "join_requests",
    keys: &[("chat", Text), ("account", Int)],
};

/// A link's row when it is made.
#[derive(Serialize)]
struct Made(
    ChatId,
    LinkId,
    String,
    String,
    Option<u32>,
    Option<Timestamp>,
    u8,
    Option<AccountId>,
    Timestamp,
    u8,
);

/// What a batch does to links and requests.
#[derive(Default)]
struct Changes {
    /// What became of links before this batch makes any that it does make.
    before: Ends,
    made: Vec<Made>,
    after: Ends,
    used: BTreeMap<(ChatId, LinkId), u32>,
    /// Who asks, by which link and since when; `None`: not any more.
    asked: BTreeMap<(ChatId, AccountId), Option<(LinkId, Timestamp)>>,
}

/// What became of links that were made.
#[derive(Default)]
struct Ends {
    changed: BTreeMap<(ChatId, LinkId), (String, Terms)>,
    revoked: BTreeSet<(ChatId, LinkId)>,
}

#[async_trait]
impl Projection for Links {
    fn name(&self) -> &'static str {
        "links"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes::default();
        for (fact, chat, event) in share::chat_events(*lane, batch) {
            changes.take(fact, chat, event)?;
        }
        changes.write(writes).await?;
        Ok(())
    }

    fn forget(&mut self) {}
}

impl Changes {
    fn take(&mut self, fact: &Fact, chat: ChatId, event: &Event) -> Result<(), ApplyError> {
        match event {
            Event::LinkMade(made) => self.made.push(Made(
                chat,
                made.link,
                made.key.to_string(),
                share::closed(fact, &made.secret)?,
                made.terms.uses_max.map(std::num::NonZeroU32::get),
                made.terms.until,
                u8::from(made.terms.requests),
                fact.by.account(),
                fact.happened_at(),
                0,
            )),
            Event::LinkChanged(changed) => {
                let now = (share::closed(fact, &changed.label)?, changed.terms);
                self.of(chat, changed.link).changed.insert((chat, changed.link), now);
            }
            Event::LinkRevoked(revoked) => drop(self.of(chat, revoked.link).revoked.insert((chat, revoked.link))),
            Event::JoinRequested(asked) => {
                let since = Some((asked.link, fact.happened_at()));
                self.asked.insert((chat, asked.account), since);
            }
            Event::JoinDeclined(declined) => drop(self.asked.insert((chat, declined.account), None)),
            Event::MemberBanned(banned) => drop(self.asked.insert((chat, banned.account), None)),
            Event::MemberAdded(added) => {
                self.asked.insert((chat, added.account), None);
                if let Some(link) = added.link {
                    *self.used.entry((chat, link)).or_default() += 1;
                }
            }
            Event::Created(_)
            | Event::Renamed(_)
            | Event::MemberRemoved(_)
            | Event::MemberLeft(_)
            | Event::RoleChanged(_)
            | Event::MessageSent(_)
            | Event::MessageEdited(_)
            | Event::MessagesDeleted(_)
            | Event::ReactionChanged(_)
            | Event::MessagePinned(_)
            | Event::MessagesUnpinned(_)
            | Event::Described(_)
            | Event::PermissionsChanged(_)
            | Event::SlowModeChanged(_)
            | Event::ProtectionChanged(_)
            | Event::MemberRestricted(_)
            | Event::MemberUnbanned(_)
            | Event::SequenceBegun(_)
            | Event::UsernameRequested(_)
            | Event::UsernameChanged(_)
            | Event::UsernameRefused(_) => {}
        }
        Ok(())
    }

    /// What comes before a link's making, because that was parked, finds no link, as it would in a batch of its own.
    fn of(&mut self, chat: ChatId, link: LinkId) -> &mut Ends {
        let is_made = self.made.iter().any(|made| (made.0, made.1) == (chat, link));
        if is_made { &mut self.after } else { &mut self.before }
    }

    async fn write(self, writes: &mut Writes<'_>) -> Result<(), Error> {
        self.before.write(writes).await?;
        MADE.insert(writes, &self.made).await?;
        self.after.write(writes).await?;
        let used = self.used.into_iter().map(|((chat, link), uses)| (chat, link, uses));
        USED.insert(writes, &used.collect::<Vec<_>>()).await?;
        let answered: Vec<_> = self
            .asked
            .iter()
            .filter(|(_, since)| since.is_none())
            .map(|(key, _)| *key)
            .collect();
        let asked = self.asked.into_iter().filter_map(|((chat, account), since)| {
            let (link, asked_at) = since?;
            Some((chat, account, link, asked_at))
        });
        ASKED.insert(writes, &asked.collect::<Vec<_>>()).await?;
        ANSWERED.delete(writes, &answered).await
    }
}

impl Ends {
    async fn write(self, writes: &mut Writes<'_>) -> Result<(), Error> {
        let changed = self.changed.into_iter().map(|((chat, link), (label, terms))| {
            let uses_max = terms.uses_max.map(std::num::NonZeroU32::get);
            (chat, link, label, uses_max, terms.until, u8::from(terms.requests))
        });
        CHANGED.update(writes, &changed.collect::<Vec<_>>()).await?;
        let revoked = self.revoked.into_iter().map(|(chat, link)| (chat, link, 1));
        REVOKED.update(writes, &revoked.collect::<Vec<_>>()).await
    }
}
