//! Chats as they were, for those who were in them then and are now.

use domain::id::{ChatId, Position};
use projections::dialogs::Dialog;
use projections::past::{Budget, Past, Replay};
use projections::replay::Place;
use projections::timeline::{self, Message};

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;

/// Replays under way at a time: each may hold a long chat in memory.
pub(crate) const REPLAYS: usize = 2;

impl Gateway {
    /// A chat as of a place in the log, as the caller saw it. Whoever is not in it now, or was not then, is told that there is none.
    pub(crate) async fn as_of(&self, place: Place, me: Device, chat: ChatId) -> Result<(Dialog, Past), Error> {
        self.must_be_in(me, chat).await?;
        let until = self.last_until(place).await?.ok_or(Error::ChatNotFound)?;
        let _turn = self.replays.acquire().await.expect("replays are never closed");
        let (mut replay, mut budget) = (Replay::new(chat), Budget::default());
        replay.happened(&*self.log, until, &mut budget).await?;
        if !replay.has(me.account) {
            return Err(Error::ChatNotFound);
        }
        replay.was_read(me.account, &*self.log, until, &mut budget).await?;
        replay.seen_by(me.account)?.ok_or(Error::ChatNotFound)
    }

    /// The last commit up to a place, which must not be beyond the log; a time that is still to come is now. `None`: there was none yet.
    async fn last_until(&self, place: Place) -> Result<Option<Position>, Error> {
        match place {
            Place::Position(position) if self.log.end().await? < Some(position) => {
                Err(Error::InvalidRequest("as_of: the log has not come to this position yet".to_owned()))
            }
            // Nothing of the chat stands between it and the last one before it.
            Place::Position(position) => Ok(Some(position)),
            Place::Time(_) => Ok(place.last_until(&*self.log).await?),
        }
    }

    /// Messages as they were, but those that were deleted since say nothing: what is deleted does not come back.
    pub(crate) async fn withdraw(&self, messages: &mut [Message]) -> Result<(), Error> {
        if messages.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = messages.iter().map(|message| (message.chat, message.message)).collect();
        let now = timeline::messages(&self.models.db, &ids).await?;
        for message in messages {
            let is_gone = |row: &Message| row.deleted && row.message == message.message;
            message.deleted = message.deleted || now.iter().any(is_gone);
        }
        Ok(())
    }
}
