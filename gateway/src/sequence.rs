//! A device's sequence of updates as the table holds it: its pages, cursors into it, what is acknowledged.

use std::collections::{HashMap, hash_map};

use domain::id::{AccountId, ChatId, Seq};
use projections::dialogs;
use projections::updates::{self, EPOCH, Entry, ReadError};
use tokio::sync::SemaphorePermit;

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;
use crate::rendering::{Opener, UNSUPPORTED, owner, with_command};

/// Updates of one device, dense, rendered.
#[derive(Debug)]
pub(crate) struct Page {
    /// The device's last update; 0: none yet.
    pub(crate) head: i64,
    /// The updates' bodies with their numbers.
    pub(crate) bodies: Vec<(Seq, String)>,
}

/// A cursor that can be read on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The last update that the client has; 0: none.
    pub(crate) last: i64,
    /// The device's last update; 0: none yet.
    pub(crate) head: i64,
}

impl Gateway {
    /// Checks what a client says it has; without `after` it wants only what is new.
    pub(crate) async fn cursor(&self, me: Device, epoch: Option<i64>, after: Option<u64>) -> Result<Cursor, Error> {
        if after.is_some() && epoch.is_none() {
            return Err(Error::InvalidRequest("epoch: must come with after".to_owned()));
        }
        let _turn = self.turn().await;
        let head = self.last_given(me).await?;
        let last = after.map_or(head, |after| i64::try_from(after).unwrap_or(i64::MAX));
        let floor = self.floor(me).await?;
        if epoch.is_some_and(|epoch| epoch != EPOCH) || last > head || last < floor.min(head) {
            return Err(resync(head, floor));
        }
        Ok(Cursor { last, head })
    }

    /// The device's last update; 0: none yet.
    pub(crate) async fn head(&self, me: Device) -> Result<i64, Error> {
        let _turn = self.turn().await;
        self.last_given(me).await
    }

    async fn last_given(&self, me: Device) -> Result<i64, Error> {
        let head = updates::head(&self.models, me.account, me.device).await?;
        Ok(head.map_or(0, Seq::get))
    }

    /// A turn at the database for a device that opens a session or catches up: however many come at once, commands find
    /// connections left. Nobody who holds one may wait for another.
    pub(crate) async fn turn(&self) -> SemaphorePermit<'_> {
        self.turns.acquire().await.expect("turns are never closed")
    }

    async fn floor(&self, me: Device) -> Result<i64, Error> {
        let floor = self.models.state.floor(me.account, me.device).await?;
        Ok(floor.map_or(0, Seq::get))
    }

    /// The updates behind `last`, at most `limit`; `resync` when they are not to be had.
    pub(crate) async fn page(&self, me: Device, last: i64, limit: usize) -> Result<Page, Error> {
        let _turn = self.turn().await;
        let after = Seq::try_from(last).ok();
        let mut page = match updates::read(&self.models, me.account, me.device, after, limit).await {
            Ok(page) => page,
            Err(ReadError::Future { head }) => return Err(resync(head.map_or(0, Seq::get), self.floor(me).await?)),
            Err(ReadError::Trimmed { floor, head }) => return Err(resync(head.map_or(0, Seq::get), floor.get())),
            Err(ReadError::Behind(_)) => return Err(Error::Behind),
            Err(ReadError::Database(error)) => return Err(error.into()),
        };
        self.withhold(me, &mut page.entries).await?;
        let owners: Vec<AccountId> = page.entries.iter().filter_map(owner_of).collect();
        let opener = Opener::for_accounts(&self.keys, &owners).await?;
        let bodies = page.entries.iter().map(|entry| (entry.seq, body(opener, me, entry))).collect();
        let head = page.head.map_or(0, Seq::get);
        Ok(Page { head, bodies })
    }

    /// Messages are told as they are now, but what they say since the account left is not for it: they show as deleted.
    async fn withhold(&self, me: Device, entries: &mut [Entry]) -> Result<(), Error> {
        let mut is_in: HashMap<ChatId, bool> = HashMap::new();
        for message in entries.iter_mut().filter_map(|entry| entry.current.as_mut()) {
            if message.edited_at.is_none() || message.deleted {
                continue;
            }
            let is_in = match is_in.entry(message.chat) {
                hash_map::Entry::Occupied(known) => *known.get(),
                hash_map::Entry::Vacant(place) => {
                    let standing = dialogs::standing(&self.models.db, me.account, message.chat).await?;
                    *place.insert(standing.is_some_and(|standing| standing.member))
                }
            };
            if !is_in {
                (message.deleted, message.content) = (true, None);
            }
        }
        Ok(())
    }

    /// Keeps that the client has everything up to a number.
    pub(crate) async fn acknowledge(&self, me: Device, seq: Seq) -> Result<(), Error> {
        match updates::acknowledge(&self.models, me.account, me.device, seq, self.clock.now()).await {
            // What is cleared away needs no acknowledgement.
            Ok(()) | Err(ReadError::Trimmed { .. }) => Ok(()),
            Err(ReadError::Future { head }) => Err(Error::SeqFromTheFuture {
                seq: seq.get(),
                head: head.map_or(0, Seq::get),
            }),
            Err(ReadError::Behind(_)) => Err(Error::Behind),
            Err(ReadError::Database(error)) => Err(error.into()),
        }
    }

    /// What a client with another epoch's cursor is told.
    pub(crate) async fn start_anew(&self, me: Device) -> Result<Error, Error> {
        Ok(resync(self.head(me).await?, self.floor(me).await?))
    }
}

fn resync(head: i64, floor: i64) -> Error {
    let epoch = EPOCH;
    Error::Resync { epoch, head, floor }
}

fn owner_of(entry: &Entry) -> Option<AccountId> {
    match (&entry.current, &entry.fact) {
        (Some(current), _) => current.content.as_ref().map(|content| content.of),
        (None, Some(fact)) => owner(&fact.event),
        (None, None) => None,
    }
}

fn body(opener: Opener<'_>, me: Device, entry: &Entry) -> String {
    let Some(fact) = &entry.fact else { return UNSUPPORTED.to_owned() };
    let body = match &entry.current {
        Some(current) => opener.current_body(fact, current),
        None => opener.body(fact).as_ref().to_owned(),
    };
    if me.asked_for(fact) {
        with_command(&body, fact.command)
    } else {
        body
    }
}
