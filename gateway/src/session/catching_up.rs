//! Catching up: the next pages of the table are read while the last one is rendered and goes out.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::Message;
use projections::feed::Live;
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::End;
use super::delivery;
use super::outgoing::{resync, updates};
use super::running::{Session, unavailable};
use super::socket::Close;
use crate::config::Config;
use crate::error::Error;
use crate::sequence::Missed;

/// Pages of the table that are being read, one behind the other. All of them begin before the table's known head, so a session that
/// has any is behind.
pub(super) type Ahead = VecDeque<Reading>;

/// A page that is being read: rows are read in a thread of the database and made into messages in a task, and both take longer than
/// rendering.
pub(super) struct Reading {
    /// The update that it begins behind.
    after: i64,
    /// The most that it has.
    limit: usize,
    page: AbortOnDropHandle<Result<Missed, Error>>,
}

/// Pages that are read ahead at a time.
const PAGES: usize = 2;

/// How long a client may take nothing in until the pages that were read ahead for it are given up.
const SOON: Duration = Duration::from_millis(200);

/// How many pages a client has to have taken in soon before the next are read ahead for it: the first, a short one, every socket takes in.
const PROVEN: u32 = 2;

impl Session<'_> {
    /// Writes the next page of the table. What was delivered until it was read is in it too.
    pub(super) async fn catch_up(&mut self) -> Result<(), End> {
        let page = self.next_page().await?;
        self.last += i64::try_from(page.entries.len()).unwrap_or(i64::MAX);
        // What is begun anew and finds nothing knows best where the table ends.
        let ends = page.entries.is_empty() && self.ahead.is_empty();
        self.head = if ends { page.head } else { self.head.max(page.head) };
        self.behind = self.last < self.head;
        if self.behind && self.kept_up >= PROVEN {
            self.read_ahead().await?;
            // They wait in a place from which no other worker takes them: rendering would keep them there until it is done.
            yield_now().await;
        }
        self.kept_up = self.kept_up.saturating_add(1);
        self.write(page).await
    }

    async fn next_page(&mut self) -> Result<Missed, End> {
        let reading = match self.ahead.pop_front() {
            Some(reading) if reading.after == self.last => reading,
            // The page before was shorter than it might have been.
            Some(_) | None => {
                self.ahead.clear();
                self.read(self.last).await?
            }
        };
        let page = reading.page.await;
        let page = page.unwrap_or_else(|broken| Err(Error::Unavailable(format!("a page could not be read: {broken}"))));
        match page {
            Ok(page) => Ok(page),
            Err(Error::Resync { epoch, head, floor }) => {
                self.queue(resync(epoch, head, floor)).await?;
                Err(End::Close(Close::Resync))
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Updates are numbered without a gap: where a full page ends is known before it is read.
    async fn read_ahead(&mut self) -> Result<(), End> {
        while self.ahead.len() < PAGES {
            let end = |reading: &Reading| reading.after.saturating_add(i64::try_from(reading.limit).unwrap_or(i64::MAX));
            let after = self.ahead.back().map_or(self.last, end);
            if after >= self.head {
                break;
            }
            let reading = self.read(after).await?;
            self.ahead.push_back(reading);
        }
        Ok(())
    }

    /// Begins to read what follows an update; passes over what was delivered by now, which is in the table.
    async fn read(&mut self, after: i64) -> Result<Reading, End> {
        while let Some(live) = self.live.try_next() {
            match live {
                Live::Delivery(_) => {}
                Live::Overflowed => self.still_admitted().await?,
                Live::Closed(why) => return Err(why.into()),
            }
        }
        let (gateway, device, limit) = (Arc::clone(self.gateway), self.device, self.page);
        let read = async move { gateway.missed(device, after, limit).await };
        let page = AbortOnDropHandle::new(tokio::spawn(read));
        Ok(Reading { after, limit, page })
    }

    async fn write(&mut self, page: Missed) -> Result<(), End> {
        let Some(first) = page.entries.first() else { return Ok(()) };
        let gateway = self.gateway;
        let opener = gateway.opener(&page).await.map_err(|error| unavailable(&error))?;
        let mut packer = delivery::packer(gateway, first.seq);
        let (mut bytes, count) = (0, page.entries.len());
        for entry in page.entries {
            if let Some(fact) = &entry.fact {
                self.told_of(fact).await?;
            }
            let body = gateway.body(opener, self.device, &entry).await;
            let body = body.map_err(|error| unavailable(&error))?;
            bytes += body.len();
            if let Some((first, joined)) = packer.push(&body) {
                self.queue(updates(first, &joined)).await?;
            }
        }
        if let Some((first, joined)) = packer.take() {
            self.queue(updates(first, &joined)).await?;
        }
        self.page = filling(&gateway.config, count, bytes);
        gateway.meters.table.increment(count as u64);
        Ok(())
    }

    /// Queues a frame, of whatever kind.
    pub(super) async fn queue(&mut self, frame: Message) -> Result<(), End> {
        if self.behind {
            // In a box of its own, as most sessions are not.
            return Box::pin(self.queue_for_reader(frame)).await;
        }
        Ok(self.socket.queue(frame).await?)
    }

    /// For a client that takes it in slowly no page is kept.
    async fn queue_for_reader(&mut self, frame: Message) -> Result<(), End> {
        let mut queued = pin!(self.socket.queue(frame));
        if let Ok(done) = timeout(SOON, queued.as_mut()).await {
            return Ok(done?);
        }
        self.ahead.clear();
        self.kept_up = 0;
        Ok(queued.await?)
    }
}

/// As many updates as fill a frame, when they are as long as the last ones: those of a page are in memory together.
fn filling(config: &Config, count: usize, bytes: usize) -> usize {
    (config.frame_updates_bytes * count / bytes.max(1)).clamp(1, config.frame_updates_max)
}
