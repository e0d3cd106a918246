//! Who runs a channel follows it: the one is a fact of the channel's stream, the other of an inbox's.

use domain::aggregate::{Aggregate, Context, Known};
use domain::chat::{self, Chat, Role};
use domain::id::{AccountId, ChatId, CommandId, Position};
use domain::inbox::Inbox;
use infra::executor::Request;

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;

impl Gateway {
    /// Gives a role in a chat. Who is to run a channel must follow it; who does not any more, may be relieved of it.
    pub(in crate::routes) async fn give_role(
        &self,
        me: Device,
        command: CommandId,
        chat: ChatId,
        (account, role): (AccountId, Role),
    ) -> Result<Option<Position>, Error> {
        let must_follow = matches!((chat, &role), (ChatId::Channel(_), Role::Admin(_)));
        let request = me.request(command, chat::Command::SetRole { account, role });
        if must_follow && self.would_be_given(chat, &request).await? {
            self.must_be_followed(chat, account).await?;
        }
        Ok(self.executor.execute::<Chat>(chat, request).await?.position)
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
    async fn must_be_followed(&self, chat: ChatId, account: AccountId) -> Result<(), Error> {
        if self.executor.look::<Inbox>(account).await?.follows(chat) {
            Ok(())
        } else {
            Err(chat::Rejection::MemberNotFound(account).into())
        }
    }
}
