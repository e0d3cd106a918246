//! Chats with a sequence of their own: which of them a session follows, and what happens there.

use domain::chat;
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId};
use domain::inbox;
use domain::stream::Stream;
use projections::feed::{Followed, Following};
use projections::sequences;

use super::End;
use super::delivery::{self, Sequence};
use super::outgoing;
use super::running::{Session, unavailable};
use crate::Gateway;
use crate::error::Error;

impl Gateway {
    /// Follows what the account follows by now, from before it is said where the chats stand.
    pub(super) async fn following(&self, account: AccountId) -> Result<(Following, Vec<(ChatId, i64)>), Error> {
        let _turn = self.turn().await;
        let mut following = self.models.feed.follow();
        let followed = sequences::heads(&self.models, account).await?;
        if followed.is_empty() {
            return Ok((following, followed));
        }
        for (chat, _) in &followed {
            following.add(*chat);
        }
        let heads = sequences::heads(&self.models, account).await?;
        for (chat, _) in &heads {
            following.add(*chat);
        }
        Ok((following, heads))
    }
}

impl Session<'_> {
    /// Passes on what happens in a chat; says where all of them stand, when some was left out.
    pub(super) async fn heard_of_chat(&mut self, followed: Followed) -> Result<(), End> {
        let (chat, delivery) = match followed {
            Followed::Delivery(chat, delivery) => (chat, delivery),
            Followed::Missed => return Box::pin(self.tell_heads()).await,
        };
        let frames = delivery::live(self.gateway, self.device, Sequence::Chat(chat), &delivery, 0).await;
        for frame in frames.map_err(|error| unavailable(&error))? {
            self.socket.queue(frame).await?;
        }
        self.gateway.meters.live.increment(delivery.updates.facts.len() as u64);
        Ok(())
    }

    /// Some was left out.
    async fn tell_heads(&mut self) -> Result<(), End> {
        let heads = {
            let _turn = self.gateway.turn().await;
            sequences::heads(&self.gateway.models, self.device.account).await
        };
        let heads = heads.map_err(|error| unavailable(&error.into()))?;
        self.queue(outgoing::heads(heads)).await
    }

    /// What the device is told may change what it follows: rows say whether it does by now.
    pub(super) async fn told_of(&mut self, fact: &Fact) -> Result<(), End> {
        match concerned(fact, self.device.account) {
            Some(chat) => Box::pin(self.look_at(chat)).await,
            None => Ok(()),
        }
    }

    async fn look_at(&mut self, chat: ChatId) -> Result<(), End> {
        let (models, account) = (&self.gateway.models, self.device.account);
        let follows = sequences::follows(models, account, chat).await;
        if follows.map_err(|error| unavailable(&error.into()))?.is_none() {
            self.followed.remove(chat);
            return Ok(());
        }
        self.followed.add(chat);
        // Where it stands, from when on nothing is missed.
        let head = sequences::head(models, chat).await.map_err(|error| unavailable(&error.into()))?;
        self.queue(outgoing::heads([(chat, head.map_or(0, domain::id::Seq::get))])).await
    }
}

/// The chat that an account may follow from a fact on, or no more.
fn concerned(fact: &Fact, me: AccountId) -> Option<ChatId> {
    match (&fact.stream, &fact.event) {
        (_, Event::Inbox(inbox::Event::Subscribed(subscribed))) => Some(subscribed.chat),
        (_, Event::Inbox(inbox::Event::Unsubscribed(unsubscribed))) => Some(unsubscribed.chat),
        (Stream::Chat(chat @ (ChatId::Group(_) | ChatId::Channel(_))), Event::Chat(event)) => {
            let is_concerned = match event {
                chat::Event::Created(_) => matches!(chat, ChatId::Channel(_)),
                chat::Event::SequenceBegun(_) => true,
                chat::Event::MemberAdded(added) => added.account == me,
                chat::Event::MemberRemoved(gone) | chat::Event::MemberLeft(gone) => gone.account == me,
                chat::Event::RoleChanged(changed) => changed.account == me && matches!(chat, ChatId::Channel(_)),
                // Nobody begins to follow by anything else, or ends.
                _ => false,
            };
            is_concerned.then_some(*chat)
        }
        (
            _,
            Event::Chat(_)
            | Event::Account(_)
            | Event::Inbox(_)
            | Event::SignIn(_)
            | Event::Name(_)
            | Event::Interactions(_)
            | Event::System(_),
        ) => None,
    }
}
