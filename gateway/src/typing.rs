//! Who is typing: told to the others of a chat who are online, and kept by nobody.

use std::sync::Arc;
use std::time::Duration;

use domain::account::Wishes;
use domain::id::{AccountId, ChatId};
use domain::time::Timestamp;
use infra::signals::{Action, Signal};
use moka::future::Cache;
use projections::{dialogs, people};

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;

/// The same is told again after this.
const AGAIN: Duration = Duration::from_secs(3);
/// µs for which it holds.
const HOLDS: i64 = 6_000_000;
/// For how long who is in a chat is believed.
const STALE: Duration = Duration::from_secs(1);
/// Chats, and people in them, that are remembered, at most.
const REMEMBERED: u64 = 20_000;

/// Who has just been told of whom.
#[derive(Debug)]
pub(crate) struct Typing {
    told: Cache<(AccountId, ChatId), Action>,
    members: Cache<ChatId, Arc<[AccountId]>>,
}

impl Default for Typing {
    fn default() -> Self {
        Self {
            told: Cache::builder().max_capacity(REMEMBERED).time_to_live(AGAIN).build(),
            members: Cache::builder().max_capacity(REMEMBERED).time_to_live(STALE).build(),
        }
    }
}

impl Gateway {
    /// Tells the others of a chat what the caller is doing; what was told just now is not told again, and in a channel nothing: who posts there, and
    /// who follows it, is nobody's business.
    pub(crate) async fn types(&self, me: Device, chat: ChatId, action: Action) -> Result<(), Error> {
        self.must_be_in(me, chat).await?;
        if matches!(chat, ChatId::Channel(_)) {
            return Ok(());
        }
        if self.typing.told.get(&(me.account, chat)).await == Some(action) {
            return Ok(());
        }
        self.must_be_let(me, chat).await?;
        self.typing.told.insert((me.account, chat), action).await;
        let members = self.members_of(chat).await?;
        let others: Vec<AccountId> = members.iter().copied().filter(|account| *account != me.account).collect();
        let signal = Signal::Typing {
            chat,
            account: me.account,
            action,
            until: Timestamp(self.clock.now().0 + HOLDS),
        };
        self.signals.spread(self.signals.reachable(&others), signal).await;
        Ok(())
    }

    /// Whether the other side of a direct chat lets the caller write there.
    async fn must_be_let(&self, me: Device, chat: ChatId) -> Result<(), Error> {
        let Some(other) = chat.peer(me.account) else { return Ok(()) };
        let pairs = [(me.account, other), (other, me.account)];
        let wishes = people::wishes(&self.models.db, self.models.checkpoint(), &pairs).await?;
        let [own, theirs]: [Wishes; 2] = wishes.try_into().expect("an answer for each question");
        if own.blocked || !theirs.allow(|privacy| privacy.write) {
            return Err(domain::chat::Rejection::CannotWrite(other).into());
        }
        Ok(())
    }

    async fn members_of(&self, chat: ChatId) -> Result<Arc<[AccountId]>, Error> {
        if let Some(members) = self.typing.members.get(&chat).await {
            return Ok(members);
        }
        let members: Arc<[AccountId]> = dialogs::members(&self.models.db, chat).await?.into();
        self.typing.members.insert(chat, Arc::clone(&members)).await;
        Ok(members)
    }
}
