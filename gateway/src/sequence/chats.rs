//! A chat's own sequence as the table holds it, a page at a time.

use domain::id::{ChatId, Seq};
use projections::progress::Behind;
use projections::sequences;
use projections::updates::{self, EPOCH, ReadError};

use super::{Cursor, LANES_MAX, Missed, Page, body};
use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;

impl Gateway {
    /// What happened in a chat behind `last`, at most `limit`, and no further ones once they take `bytes`; `resync` when that is not to be
    /// had. Empty only when there is none.
    pub(crate) async fn chat_page(&self, me: Device, chat: ChatId, last: i64, limit: usize, bytes: usize) -> Result<Page, Error> {
        let entries = self.chat_entries(me, chat, last, limit).await?;
        let missed = Missed {
            head: entries.head.map_or(0, Seq::get),
            entries: entries.entries,
        };
        let opener = self.opener(&missed).await?;
        let mut page = Page {
            head: missed.head,
            ..Page::default()
        };
        let mut taken = 0;
        for entry in &missed.entries {
            if taken >= bytes {
                break;
            }
            let body = body(opener, me, entry, self.when(entry).await?);
            taken += body.len();
            page.bodies.push((entry.seq, body));
        }
        Ok(page)
    }

    async fn chat_entries(&self, me: Device, chat: ChatId, last: i64, limit: usize) -> Result<updates::Page, Error> {
        let after = Seq::try_from(last).ok();
        let mut is_level = false;
        loop {
            let turn = self.turn().await;
            self.must_follow(me, chat).await?;
            let read = sequences::read(&self.models, chat, after, limit).await;
            drop(turn);
            match read {
                Ok(page) => return Ok(page),
                // Perhaps the read models do not know yet what the client knows.
                Err(ReadError::Future { .. }) if !is_level => {
                    self.level().await?;
                    is_level = true;
                }
                Err(ReadError::Future { head }) => return Err(anew(head, 0)),
                Err(ReadError::Trimmed { floor, head }) => return Err(anew(head, floor.get())),
                Err(ReadError::Database(error)) => return Err(error.into()),
                Err(ReadError::Behind(Behind(position))) => {
                    let waited = self.models.progress.wait(position, LANES_MAX).await;
                    waited.map_err(|_| Error::Behind)?;
                }
            }
        }
    }

    /// Refuses who is not in a chat, and chats that have no sequence of their own.
    async fn must_follow(&self, me: Device, chat: ChatId) -> Result<(), Error> {
        self.must_be_in(me, chat).await?;
        match sequences::follows(&self.models, me.account, chat).await? {
            Some(_) => Ok(()),
            None => Err(Error::InvalidRequest(
                "chat: has no sequence of its own; what happens in it is among the device's updates".to_owned(),
            )),
        }
    }
}

fn anew(head: Option<Seq>, floor: i64) -> Error {
    let head = Cursor {
        seq: head.map_or(0, Seq::get),
        at: None,
    };
    Error::Resync { epoch: EPOCH, head, floor }
}
