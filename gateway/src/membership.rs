//! Who may look into a chat, and marking it as read.

use domain::id::{ChatId, CommandId, MessageId, Position};
use domain::inbox::{self, Inbox};
use domain::stream::Stream;
use infra::executor;
use projections::{chats, dialogs};

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;

impl Gateway {
    /// Refuses to show a chat to whoever is not in it, as if there were none.
    pub(crate) async fn must_be_in(&self, me: Device, chat: ChatId) -> Result<(), Error> {
        let standing = dialogs::standing(&self.models, me.account, chat).await?;
        if standing.is_some_and(|standing| standing.member) {
            Ok(())
        } else {
            Err(Error::ChatNotFound)
        }
    }

    /// Marks a chat as read up to a message.
    pub(crate) async fn read(&self, me: Device, command: CommandId, chat: ChatId, up_to: MessageId) -> Result<Option<Position>, Error> {
        let mut top = self.top(me, chat).await;
        if !matches!(top, Ok(top) if top >= Some(up_to)) {
            // Perhaps the read models do not know yet what the client knows.
            self.settle(chat).await?;
            top = self.top(me, chat).await;
        }
        // Who is not in it marks nothing, but what was accepted before gets its answer again.
        let (top, stranger) = match top {
            Err(Error::ChatNotFound) => (None, true),
            top => (top?, false),
        };
        let payload = inbox::Command::Read { chat, up_to, top };
        let done = self.executor.execute::<Inbox>(me.account, me.request(command, payload)).await;
        let done = done.map_err(|error| match error {
            executor::Error::Rejected(_) if stranger => Error::ChatNotFound,
            other => other.into(),
        })?;
        Ok(done.position)
    }

    /// The newest message of a chat that the caller is in.
    async fn top(&self, me: Device, chat: ChatId) -> Result<Option<MessageId>, Error> {
        self.must_be_in(me, chat).await?;
        let chat = chats::chat(&self.models.db, chat).await?.ok_or(Error::ChatNotFound)?;
        Ok(chat.top_message)
    }

    /// Waits until the read models include all that the log holds of a chat.
    pub(crate) async fn settle(&self, chat: ChatId) -> Result<(), Error> {
        let last = self.log.last(&Stream::Chat(chat)).await?.ok_or(Error::ChatNotFound)?;
        self.models
            .progress
            .wait(last, self.config.behind_max)
            .await
            .map_err(|_| Error::Behind)
    }
}
