//! Chats as they were, for those who were in them then and are now, and for those who may read the log.

mod turns;

use std::collections::BTreeSet;

use domain::id::{AccountId, ChatId, Position};
use projections::dialogs;
use projections::past::{self, Asked, Budget, Replay};
use projections::replay::Place;
use projections::timeline::{self, Message};
use tokio::task::spawn_blocking;

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;

pub(crate) use turns::Turns;

/// Who looks at a chat as it was.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seer {
    /// Somebody who has to be in it, then and now.
    Member(Device),
    /// Who may read the log: as somebody who was in it then, or as nobody.
    Reader(Option<AccountId>),
}

impl Seer {
    /// The member who looks.
    pub(crate) fn member(self) -> Option<AccountId> {
        match self {
            Self::Member(me) => Some(me.account),
            Self::Reader(_) => None,
        }
    }
}

impl Gateway {
    /// What is asked about a chat as of a place in the log, else as of now; `tell` cuts it from the replay, so that no more than
    /// the answer outlives it. Who has to have been in the chat and was not, is told that there is none.
    pub(crate) async fn as_of<T: Send + 'static>(
        &self,
        (place, asked): (Option<Place>, Asked),
        seer: Seer,
        chat: ChatId,
        tell: impl FnOnce(Replay) -> Result<T, past::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (of, seen_by) = match seer {
            Seer::Member(me) => {
                self.must_be_in(me, chat).await?;
                (Some(me.account), Some(me.account))
            }
            Seer::Reader(account) => (None, account),
        };
        let until = self.last_until(place).await?.ok_or(Error::ChatNotFound)?;
        let _turn = self.replays.take(of).await?;
        let mut replay = Replay::new(chat, asked).happened(&*self.log, until, Budget::default()).await?;
        if !seen_by.map_or(replay.has_begun(), |account| replay.has(account)) {
            return Err(Error::ChatNotFound);
        }
        if let (Asked::Dialog, Some(account)) = (asked, seen_by) {
            replay = replay.was_read(account, &*self.log, until, Budget::default()).await?;
            if let Some(peer) = chat.peer(account) {
                replay = replay.was_read(peer, &*self.log, until, Budget::default()).await?;
            }
        }
        let told = spawn_blocking(move || tell(replay)).await;
        Ok(told.map_err(past::Error::from)??)
    }

    /// The last commit up to a place, which must not be beyond the log; a time that is still to come is now. `None`: there was none yet.
    async fn last_until(&self, place: Option<Place>) -> Result<Option<Position>, Error> {
        match place {
            None => Ok(self.log.end().await?),
            Some(Place::Position(position)) if self.log.end().await? < Some(position) => {
                Err(Error::InvalidRequest("as_of: the log has not come to this position yet".to_owned()))
            }
            // Nothing of the chat stands between it and the last one before it.
            Some(Place::Position(position)) => Ok(Some(position)),
            Some(place @ Place::Time(_)) => Ok(place.last_until(&*self.log).await?),
        }
    }

    /// Messages as they were, but those that were deleted since, or hidden by who looks, say nothing: what is deleted does not come back.
    pub(crate) async fn withdraw(&self, me: Option<AccountId>, messages: &mut [Message]) -> Result<(), Error> {
        let Some(chat) = messages.first().map(|message| message.chat) else {
            return Ok(());
        };
        let numbers: Vec<_> = messages.iter().map(|message| message.message).collect();
        let hidden = match me {
            Some(me) => dialogs::hidden(&self.models.db, me, chat, &numbers).await?,
            None => BTreeSet::new(),
        };
        let ids: Vec<_> = messages.iter().map(|message| (message.chat, message.message)).collect();
        let now = timeline::messages(&self.models.db, &ids).await?;
        for message in messages {
            let is_gone = |row: &Message| row.deleted && row.message == message.message;
            message.deleted = message.deleted || now.iter().any(is_gone) || hidden.contains(&message.message);
        }
        Ok(())
    }
}
