//! Who is there: told to those who may know and have to do with them, while a device of theirs is connected and once it is not.
//!
//! Each process knows its own sessions. Whether an account that has left is connected to another one, it asks when it has been gone for
//! a while.

mod here;

use std::time::Duration;

use domain::account::Wishes;
use domain::id::AccountId;
use domain::time::Timestamp;
use futures::future::join_all;
use infra::signals::Signal;
use projections::{dialogs, people};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::{Gateway, Shared};

use here::News;
pub(crate) use here::Presence;

/// How often it is looked who is to be told of.
const LOOK: Duration = Duration::from_secs(1);
/// µs for which it holds.
const HOLDS: i64 = 150 * 1_000_000;
/// Whoever was seen within so many µs counts as there.
const LATELY: i64 = 120 * 1_000_000;
/// Others who are told of one, at most.
const OTHERS_MAX: u32 = 1_000;

/// A session's part in its account's presence.
#[derive(Debug)]
pub(crate) struct Present {
    gateway: Shared,
    account: AccountId,
}

impl Present {
    /// A session begins, if the account has not as many as one may.
    pub(crate) fn new(gateway: &Shared, account: AccountId) -> Result<Self, Error> {
        if !gateway.presence.come(account, gateway.config.sessions_max) {
            return Err(Error::TooManySessions);
        }
        Ok(Self {
            gateway: Shared::clone(gateway),
            account,
        })
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.gateway.presence.leave(self.account, Instant::now(), self.gateway.clock.now());
    }
}

impl Gateway {
    /// Tells who is there, and who is no more, until `closed`.
    pub(crate) async fn keep_presence(&self, closed: CancellationToken) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                () = closed.cancelled() => return,
            }
            if let Err(error) = self.tell_who_is_there(Instant::now()).await {
                // Who was not told of is due at the next turn.
                tracing::debug!(error.reason = ?error, "nobody was told who is there");
            }
        }
    }

    async fn tell_who_is_there(&self, now: Instant) -> Result<(), Error> {
        let due = self.presence.due(now, self.config.presence_grace);
        // Together, as others may take their time to say no.
        let elsewhere = join_all(due.iter().map(async |(account, news)| match news {
            News::IsHere => false,
            News::HasLeft(_) => self.signals.is_there(*account).await,
        }));
        for ((account, news), is_elsewhere) in due.iter().zip(elsewhere.await) {
            if is_elsewhere {
                self.presence.forget(*account);
            } else {
                self.tell_of(*account, *news).await?;
                self.presence.told(*account, *news, now);
            }
        }
        Ok(())
    }

    async fn tell_of(&self, account: AccountId, news: News) -> Result<(), Error> {
        let last_seen_at = match news {
            News::IsHere => None,
            News::HasLeft(left_at) => Some(left_at),
        };
        let others = self.who_may_know(account).await?;
        let signal = Signal::Presence {
            account,
            online: last_seen_at.is_none(),
            until: Timestamp(self.clock.now().0 + HOLDS),
            last_seen_at,
        };
        self.signals.spread(others, signal).await;
        Ok(())
    }

    /// Those who have the account as a contact, or a direct chat with it, may be online, and may see when it was last seen.
    async fn who_may_know(&self, account: AccountId) -> Result<Vec<AccountId>, Error> {
        let db = &self.models.db;
        let mut others = people::having_as_contact(db, account, OTHERS_MAX).await?;
        others.extend(dialogs::peers(db, account, OTHERS_MAX).await?);
        others.sort_unstable();
        others.dedup();
        let others = self.signals.reachable(&others);
        let pairs: Vec<_> = others.iter().flat_map(|other| [(account, *other), (*other, account)]).collect();
        let wishes = people::wishes(db, self.models.checkpoint(), &pairs).await?;
        let may = |both: &[Wishes]| shows(both[0], both[1]);
        let known = others.iter().zip(wishes.chunks_exact(2)).filter(|(_, both)| may(both));
        Ok(known.map(|(other, _)| *other).collect())
    }

    /// Whether an account that was last seen then is there now.
    pub(crate) fn is_online(&self, account: AccountId, last_seen_at: Option<Timestamp>) -> bool {
        let now = self.clock.now();
        self.presence.is_there(account, last_seen_at.filter(|seen| now.0 - seen.0 < LATELY))
    }
}

/// Whether one is shown when another was last seen: if both show each other. Who hides it sees nobody's.
pub(crate) fn shows(owner: Wishes, viewer: Wishes) -> bool {
    owner.allow(|privacy| privacy.last_seen) && viewer.allow(|privacy| privacy.last_seen)
}
