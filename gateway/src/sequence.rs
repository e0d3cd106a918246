//! A device's sequence of updates as the table holds it: its pages, cursors into it, what is acknowledged.

use std::collections::{HashMap, hash_map};

use domain::id::{AccountId, ChatId, Position, Seq};
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

/// Where a device's updates begin and end.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// The device's last update; 0: none yet.
    head: i64,
    /// Up to here they were cleared away; 0: they were not.
    floor: i64,
}

impl Gateway {
    /// Checks what a client says it has; without `after` it wants only what is new.
    pub(crate) async fn cursor(&self, me: Device, epoch: Option<i64>, after: Option<u64>) -> Result<Cursor, Error> {
        if after.is_some() && epoch.is_none() {
            return Err(Error::InvalidRequest("epoch: must come with after".to_owned()));
        }
        let Standing { head, floor } = self.standing(me).await?;
        let last = after.map_or(head, |after| i64::try_from(after).unwrap_or(i64::MAX));
        let known = epoch.is_none_or(|epoch| epoch == EPOCH);
        if known && last > head {
            return Err(self.beyond(me, last).await?);
        }
        if !known || last < floor.min(head) {
            return Err(resync(Standing { head, floor }));
        }
        Ok(Cursor { last, head })
    }

    /// Where the device's updates begin and end, told once whatever is read from now on includes what they are about: a snapshot that is
    /// taken then lacks nothing up to `head`.
    async fn standing(&self, me: Device) -> Result<Standing, Error> {
        let (standing, ahead) = {
            let _turn = self.turn().await;
            let head = self.last_given(me).await?;
            let floor = self.models.state.floor(me.account, me.device).await?;
            let floor = floor.map_or(0, Seq::get);
            (Standing { head, floor }, self.models.ahead(me.account).await?)
        };
        if let Some(ahead) = ahead {
            self.includes(ahead).await?;
        }
        Ok(standing)
    }

    /// What a client is told that has more than the device was given: to try again, while the read models do not include all of the log;
    /// else to start anew.
    async fn beyond(&self, me: Device, last: i64) -> Result<Error, Error> {
        self.level().await?;
        let standing = self.standing(me).await?;
        Ok(if last > standing.head { resync(standing) } else { Error::Behind })
    }

    /// Waits, briefly, until the read models include all that the log holds by now: what they do not know then is not so.
    pub(crate) async fn level(&self) -> Result<(), Error> {
        let Some(end) = self.log.end().await? else { return Ok(()) };
        self.includes(end).await?;
        if self.models.stand().await? < Some(end) {
            return Err(Error::Behind);
        }
        Ok(())
    }

    async fn includes(&self, position: Position) -> Result<(), Error> {
        let included = self.models.progress.wait(position, self.config.behind_max).await;
        included.map_err(|_| Error::Behind)
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

    /// The updates behind `last`, at most `limit`; `resync` when they are not to be had.
    pub(crate) async fn page(&self, me: Device, last: i64, limit: usize) -> Result<Page, Error> {
        let turn = self.turn().await;
        let after = Seq::try_from(last).ok();
        let mut page = match updates::read(&self.models, me.account, me.device, after, limit).await {
            Ok(page) => page,
            Err(ReadError::Future { .. }) => {
                drop(turn);
                return Err(self.beyond(me, last).await?);
            }
            Err(ReadError::Trimmed { .. }) => {
                drop(turn);
                return Err(self.start_anew(me).await?);
            }
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
        let mut kept = updates::acknowledge(&self.models, me.account, me.device, seq, self.clock.now()).await;
        if let Err(ReadError::Future { .. }) = kept {
            self.level().await?;
            kept = updates::acknowledge(&self.models, me.account, me.device, seq, self.clock.now()).await;
        }
        match kept {
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

    /// What a client is told whose cursor is of another epoch, or older than what is kept.
    pub(crate) async fn start_anew(&self, me: Device) -> Result<Error, Error> {
        self.standing(me).await.map(resync)
    }
}

fn resync(Standing { head, floor }: Standing) -> Error {
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
