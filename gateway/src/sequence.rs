//! A device's sequence of updates as the table holds it: its pages, and cursors into it.

mod cursor;

use std::collections::{HashMap, hash_map};
use std::time::Duration;

use domain::fact::Fact;
use domain::id::{AccountId, ChatId, Position, Seq};
use domain::time::Timestamp;
use projections::dialogs;
use projections::progress::Behind;
use projections::reactions::{self, Counts};
use projections::updates::{self, Entry, ReadError};
use tokio::sync::SemaphorePermit;

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;
use crate::rendering::{Opener, owners, unsupported, with_command};

pub(crate) use cursor::{Claim, Cursor, Start};

/// How long a page waits for the lanes that hold what its first update is about.
const LANES_MAX: Duration = Duration::from_secs(5);

/// Updates of one device, dense, rendered.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The device's last update; 0: none yet.
    pub(crate) head: i64,
    /// The updates' bodies with their numbers.
    pub(crate) bodies: Vec<(Seq, String)>,
    /// The last of them.
    pub(crate) end: Cursor,
}

/// Updates of one device as the table holds them, dense.
#[derive(Debug)]
pub(crate) struct Missed {
    /// The device's last update; 0: none yet.
    pub(crate) head: i64,
    /// In the order of their numbers.
    pub(crate) entries: Vec<Entry>,
}

impl Gateway {
    /// Waits, briefly, until the read models include all that the log holds by now: what they do not know then is not so.
    pub(crate) async fn level(&self) -> Result<(), Error> {
        let Some(end) = self.log.end().await? else { return Ok(()) };
        self.includes(end).await?;
        if self.models.stand().await? < Some(end) {
            return Err(Error::Behind);
        }
        Ok(())
    }

    /// How everybody reacts to messages, once the read models include what is told of them.
    pub(crate) async fn reacted(&self, facts: impl Iterator<Item = &Fact>) -> Result<Counts, Error> {
        let (mut messages, mut last) = (Vec::new(), None);
        for fact in facts {
            if let Some(message) = updates::reacted_message(fact) {
                messages.push(message);
                last = last.max(Some(fact.at.position));
            }
        }
        // With one lane, what is told is included.
        if let Some(last) = last.filter(|_| self.models.lanes() > 1) {
            self.models.progress.wait(last, LANES_MAX).await.map_err(|_| Error::Behind)?;
        }
        Ok(reactions::counts(&self.models.db, &messages, None).await?)
    }

    async fn includes(&self, position: Position) -> Result<(), Error> {
        let included = self.models.progress.wait(position, self.config.behind_max).await;
        included.map_err(|_| Error::Behind)
    }

    /// The device's last update; 0: none yet.
    pub(crate) async fn head(&self, me: Device) -> Result<i64, Error> {
        let _turn = self.turn().await;
        let head = updates::head(&self.models, me.account, me.device).await?;
        Ok(head.map_or(0, Seq::get))
    }

    /// A turn at the database for what reads much, or many do at once: opening a session, catching up, lists. However many come,
    /// commands and the look-ups before them find connections left. Nobody who holds one may wait for another, or for a lane.
    pub(crate) async fn turn(&self) -> SemaphorePermit<'_> {
        self.turns.acquire().await.expect("turns are never closed")
    }

    /// The updates behind `last`, at most `limit`, and no further ones once they take `bytes`; `resync` when they are not to
    /// be had. Empty only when there are none.
    pub(crate) async fn page(&self, me: Device, last: i64, limit: usize, bytes: usize) -> Result<Page, Error> {
        let missed = self.missed(me, last, limit).await?;
        let opener = self.opener(&missed).await?;
        let (mut bodies, mut taken, mut end) = (Vec::with_capacity(missed.entries.len()), 0, Cursor::default());
        for entry in &missed.entries {
            if taken >= bytes {
                break;
            }
            let at = self.when(entry).await?;
            let body = body(opener, me, entry, at);
            taken += body.len();
            bodies.push((entry.seq, body));
            end = Cursor {
                seq: entry.seq.get(),
                at: Some(at),
            };
        }
        let head = missed.head;
        Ok(Page { head, bodies, end })
    }

    /// The updates behind `last`, at most `limit`, not rendered yet; `resync` when they are not to be had. Empty only when there are none.
    pub(crate) async fn missed(&self, me: Device, last: i64, limit: usize) -> Result<Missed, Error> {
        let (_turn, mut page) = self.entries(me, last, limit).await?;
        self.withhold(me, &mut page.entries).await?;
        Ok(Missed {
            head: page.head.map_or(0, Seq::get),
            entries: page.entries,
        })
    }

    /// With the keys that open these updates.
    pub(crate) async fn opener(&self, missed: &Missed) -> Result<Opener<'_>, Error> {
        let owners: Vec<AccountId> = missed.entries.iter().flat_map(owners_of).collect();
        Ok(Opener::for_accounts(&self.keys, &owners).await?)
    }

    /// The body of one of them.
    pub(crate) async fn body(&self, opener: Opener<'_>, me: Device, entry: &Entry) -> Result<String, Error> {
        Ok(body(opener, me, entry, self.when(entry).await?))
    }

    /// What the table holds behind `last`, with the turn that goes on; while lanes have to be waited for, others have it.
    async fn entries(&self, me: Device, last: i64, limit: usize) -> Result<(SemaphorePermit<'_>, updates::Page), Error> {
        let after = Seq::try_from(last).ok();
        loop {
            let turn = self.turn().await;
            match updates::read(&self.models, me.account, me.device, after, limit).await {
                Ok(page) => return Ok((turn, page)),
                Err(ReadError::Future { .. }) => {
                    drop(turn);
                    return Err(self.beyond(me, last).await?);
                }
                Err(ReadError::Trimmed { .. }) => {
                    drop(turn);
                    return Err(self.start_anew(me).await?);
                }
                Err(ReadError::Database(error)) => return Err(error.into()),
                Err(ReadError::Behind(Behind(position))) => {
                    drop(turn);
                    let waited = self.models.progress.wait(position, LANES_MAX).await;
                    waited.map_err(|_| Error::Behind)?;
                }
            }
        }
    }

    /// When an update was recorded, whatever became of it: the same number live, later and in a cursor.
    async fn when(&self, entry: &Entry) -> Result<Timestamp, Error> {
        match &entry.fact {
            Some(fact) => Ok(fact.recorded_at),
            None => self.dated(entry.at, updates::recorded_at(&self.models, entry.at).await?).await,
        }
    }

    /// Messages are told as they are now, but what they say since the account left is not for it: they show as deleted.
    async fn withhold(&self, me: Device, entries: &mut [Entry]) -> Result<(), Error> {
        let mut is_in: HashMap<ChatId, bool> = HashMap::new();
        for entry in entries {
            let reacted = entry.fact.as_deref().and_then(updates::reacted_message).map(|(chat, _)| chat);
            if let Some(chat) = reacted
                && !self.is_still_in(me, chat, &mut is_in).await?
            {
                entry.reactions = Some(Vec::new());
            }
            let Some(message) = entry.current.as_mut() else { continue };
            if message.edited_at.is_none() || message.deleted {
                continue;
            }
            if !self.is_still_in(me, message.chat, &mut is_in).await? {
                (message.deleted, message.content) = (true, None);
            }
        }
        Ok(())
    }

    /// Whether the account is in the chat now, looked up once.
    async fn is_still_in(&self, me: Device, chat: ChatId, known: &mut HashMap<ChatId, bool>) -> Result<bool, Error> {
        match known.entry(chat) {
            hash_map::Entry::Occupied(known) => Ok(*known.get()),
            hash_map::Entry::Vacant(place) => {
                let standing = dialogs::standing(&self.models, me.account, chat).await?;
                Ok(*place.insert(standing.is_some_and(|standing| standing.member)))
            }
        }
    }
}

fn owners_of(entry: &Entry) -> Vec<AccountId> {
    match (&entry.current, &entry.fact) {
        (Some(current), _) => current.owners().collect(),
        (None, Some(fact)) => owners(&fact.event).collect(),
        (None, None) => Vec::new(),
    }
}

fn body(opener: Opener<'_>, me: Device, entry: &Entry, at: Timestamp) -> String {
    let Some(fact) = &entry.fact else { return unsupported(at) };
    let body = match (&entry.current, &entry.reactions) {
        (Some(current), _) => opener.current_body(fact, current),
        (None, Some(counts)) => opener.reaction_body(fact, counts),
        (None, None) => opener.body(fact).as_ref().to_owned(),
    };
    if me.asked_for(fact) {
        with_command(&body, fact.command)
    } else {
        body
    }
}
