//! Who may look into a chat, and an account's view of it: read marks, what is hidden, muted, pinned, archived, drafts.

use domain::id::{ChatId, CommandId, MessageId, Position};
use domain::inbox::{Command, Inbox};
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
        self.inbox(me, command, Command::read(chat, up_to)).await
    }

    /// Has something done in the caller's inbox. Who is not in the chat does nothing there, but what was accepted before gets its answer again.
    pub(crate) async fn inbox(&self, me: Device, command: CommandId, mut payload: Command) -> Result<Option<Position>, Error> {
        let is_stranger = self.inform(me, &mut payload).await?;
        // There is nothing to clear, which is no answer to who is not to know.
        let is_nothing = is_stranger && matches!(payload, Command::Clear { .. });
        let done = self.executor.execute::<Inbox>(me.account, me.request(command, payload)).await;
        let done = done.map_err(|error| match error {
            executor::Error::Rejected(_) if is_stranger => Error::ChatNotFound,
            other => other.into(),
        })?;
        if is_nothing && done.position.is_none() {
            return Err(Error::ChatNotFound);
        }
        Ok(done.position)
    }

    /// Tells a command what it has to know of its chat. Answers whether the caller is not in it.
    async fn inform(&self, me: Device, payload: &mut Command) -> Result<bool, Error> {
        match payload {
            Command::Read { chat, up_to, top } => self.tell(me, *chat, Some(*up_to), top).await,
            Command::Hide { chat, messages, top } => self.tell(me, *chat, messages.iter().max().copied(), top).await,
            Command::Clear { chat, up_to, top } => self.tell(me, *chat, up_to.or(Some(MessageId::MAX)), top).await,
            Command::MarkUnread { chat, member, .. }
            | Command::Mute { chat, member, .. }
            | Command::Pin { chat, member, .. }
            | Command::Archive { chat, member, .. }
            | Command::Draft { chat, member, .. } => {
                *member = self.is_in(me, *chat).await?;
                Ok(!*member)
            }
            // Whether who follows a channel may is checked where it is asked; who follows it no more need not be let in.
            Command::Reorder { .. } | Command::Subscribe { .. } | Command::Unsubscribe { .. } | Command::UnsubscribeAll => Ok(false),
        }
    }

    /// The newest message of a chat, as new as it has to be to know of a message.
    async fn tell(&self, me: Device, chat: ChatId, wanted: Option<MessageId>, news: &mut Option<MessageId>) -> Result<bool, Error> {
        let mut top = self.top(me, chat).await;
        if !matches!(top, Ok(top) if top >= wanted) {
            // Perhaps the read models do not know yet what the client knows.
            match self.settle(chat).await {
                Err(Error::ChatNotFound) => {}
                settled => settled?,
            }
            top = self.top(me, chat).await;
        }
        match top {
            Err(Error::ChatNotFound) => Ok(true),
            top => {
                *news = top?;
                Ok(false)
            }
        }
    }

    /// Whether the caller is in a chat, as far as the log knows.
    async fn is_in(&self, me: Device, chat: ChatId) -> Result<bool, Error> {
        let mut there = self.must_be_in(me, chat).await;
        if matches!(there, Err(Error::ChatNotFound)) && self.settle(chat).await.is_ok() {
            there = self.must_be_in(me, chat).await;
        }
        match there {
            Ok(()) => Ok(true),
            Err(Error::ChatNotFound) => Ok(false),
            Err(error) => Err(error),
        }
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
