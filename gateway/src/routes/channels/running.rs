//! Who runs a channel follows it: the one is a fact of the channel's stream, the other of an inbox's.

use domain::aggregate::{Aggregate, Context, Known};
use domain::chat::{self, Chat, Role};
use domain::id::{AccountId, ChatId, CommandId, Position};
use domain::inbox::Inbox;
use infra::executor::{self, Request};

use super::derived;
use crate::caller::{Device, upkeep};
use crate::error::Error;
use crate::{Gateway, Shared};

impl Gateway {
    /// Gives a role in a chat. Who is to run a channel must follow it; who does not any more, may be relieved of it.
    pub(in crate::routes) async fn give_role(
        self: Shared,
        me: Device,
        command: CommandId,
        chat: ChatId,
        (account, role): (AccountId, Role),
    ) -> Result<Option<Position>, Error> {
        let must_follow = matches!((chat, &role), (ChatId::Channel(_), Role::Admin(_)));
        let request = me.request(command, chat::Command::SetRole { account, role });
        let stranger = || Error::from(chat::Rejection::MemberNotFound(account));
        if must_follow && self.would_be_given(chat, &request).await? && !self.follows(account, chat).await? {
            return Err(stranger());
        }
        let given = self.executor.execute::<Chat>(chat, request).await?;
        if must_follow && !self.follows(account, chat).await? {
            // It left at this moment. Should nobody come to this, the reactor `banned` does.
            self.relieve(command, chat, account).await?;
            return Err(stranger());
        }
        Ok(given.position)
    }

    /// Whether the channel would do it. If not, it says why when it is asked, which is the same to everybody, whoever follows it: that, only those
    /// learn who may give the role.
    async fn would_be_given(&self, chat: ChatId, request: &Request<chat::Command>) -> Result<bool, Error> {
        let channel = self.executor.look::<Chat>(chat).await?;
        let context = Context {
            by: request.by.clone(),
            at: self.clock.now(),
        };
        Ok(channel.decide(&context, &request.payload, &Known::default()).is_ok())
    }

    /// Never stale: the account's inbox says it.
    async fn follows(&self, account: AccountId, chat: ChatId) -> Result<bool, Error> {
        Ok(self.executor.look::<Inbox>(account).await?.follows(chat))
    }

    /// Has an account run a channel no more, which who made it an admin may not.
    async fn relieve(&self, command: CommandId, chat: ChatId, account: AccountId) -> Result<(), Error> {
        let request = upkeep(derived(command, "relieve"), chat::Command::Vacate { account });
        match self.executor.execute::<Chat>(chat, request).await {
            Ok(_) | Err(executor::Error::Rejected(chat::Rejection::NotAMember)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Runs a channel no more, and follows it no more.
    pub(in crate::routes) async fn leave_channel(
        self: Shared,
        me: Device,
        command: CommandId,
        chat: ChatId,
    ) -> Result<Option<Position>, Error> {
        let left = self.step_down(me, command, chat).await?;
        let gone = self.unsubscribe(me, command, chat).await?;
        if left.is_none() && gone.facts.is_empty() && !gone.repeated {
            return Err(Error::ChatNotFound);
        }
        // Who was made an admin in between leaves as one. Who is made one from now on is found not to follow it.
        let again = if gone.repeated {
            None
        } else {
            self.step_down(me, derived(command, "leave"), chat).await?
        };
        Ok(left.max(gone.position).max(again))
    }

    /// Most who follow a channel do not run it.
    async fn step_down(&self, me: Device, command: CommandId, chat: ChatId) -> Result<Option<Position>, Error> {
        match self.executor.execute::<Chat>(chat, me.request(command, chat::Command::Leave)).await {
            Ok(left) => Ok(left.position),
            Err(executor::Error::Rejected(chat::Rejection::NotAMember)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
