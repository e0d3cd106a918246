//! Who is there: told to those who may know and have to do with them, while a device of theirs is connected and once it is not.
//!
//! Each process knows its own sessions. That an account is connected to another one, too, the notes of when devices were seen tell, which
//! all processes share and which are made once a minute.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::account::Wishes;
use domain::id::AccountId;
use domain::time::Timestamp;
use infra::signals::Signal;
use projections::{dialogs, people};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::{Gateway, Shared};

/// How often it is looked who is to be told of.
const LOOK: Duration = Duration::from_secs(1);
/// Told of at a time, at most.
const AT_A_TIME: usize = 200;
/// That somebody is there is told again after this, and holds for longer.
const AGAIN: Duration = Duration::from_mins(2);
/// µs for which it holds.
const HOLDS: i64 = 150 * 1_000_000;
/// Who comes back within this has not left; it is longer than two notes of other processes are apart.
const GRACE: Duration = Duration::from_secs(70);
/// Whoever was seen within so many µs counts as there.
const LATELY: i64 = 120 * 1_000_000;
/// Others who are told of one, at most.
const OTHERS_MAX: u32 = 1_000;

/// Who is connected to this process, or was a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Presence(Mutex<HashMap<AccountId, Here>>);

#[derive(Debug)]
struct Here {
    sessions: u32,
    /// When others were last told that it is there.
    told: Option<Instant>,
    /// When its last session ended.
    left: Option<(Instant, Timestamp)>,
}

/// A session's part in its account's presence.
#[derive(Debug)]
pub(crate) struct Present {
    gateway: Shared,
    account: AccountId,
}

impl Present {
    /// A session begins.
    pub(crate) fn new(gateway: &Shared, account: AccountId) -> Self {
        let mut all = gateway.presence.all();
        let here = all.entry(account).or_insert(Here {
            sessions: 0,
            told: None,
            left: None,
        });
        here.sessions += 1;
        here.left = None;
        drop(all);
        Self {
            gateway: Shared::clone(gateway),
            account,
        }
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        let left_at = self.gateway.clock.now();
        if let Some(here) = self.gateway.presence.all().get_mut(&self.account) {
            here.sessions = here.sessions.saturating_sub(1);
            if here.sessions == 0 {
                here.left = Some((Instant::now(), left_at));
            }
        }
    }
}

/// What is to be told of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    IsHere,
    HasLeft(Timestamp),
}

impl Presence {
    fn all(&self) -> MutexGuard<'_, HashMap<AccountId, Here>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_here(&self, account: AccountId) -> bool {
        self.all().get(&account).is_some_and(|here| here.sessions > 0)
    }

    /// Whom to tell of now.
    fn due(&self, now: Instant) -> Vec<(AccountId, News)> {
        let mut all = self.all();
        let mut due = Vec::new();
        for (account, here) in all.iter_mut() {
            if due.len() == AT_A_TIME {
                break;
            }
            match here.left {
                None if here.told.is_none_or(|told| now >= told + AGAIN) => {
                    here.told = Some(now);
                    due.push((*account, News::IsHere));
                }
                Some((left, left_at)) if now >= left + GRACE => due.push((*account, News::HasLeft(left_at))),
                None | Some(_) => {}
            }
        }
        for (account, news) in &due {
            if matches!(news, News::HasLeft(_)) {
                all.remove(account);
            }
        }
        due
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
            for (account, news) in self.presence.due(Instant::now()) {
                // Who was not told hears it at the next turn, or sees it when asking.
                if let Err(error) = self.tell_of(account, news).await {
                    tracing::debug!(error.reason = ?error, "nobody was told who is there");
                    break;
                }
            }
        }
    }

    async fn tell_of(&self, account: AccountId, news: News) -> Result<(), Error> {
        let now = self.clock.now();
        let last_seen_at = match news {
            News::IsHere => None,
            News::HasLeft(left_at) => {
                let seen = self.models.state.last_seen_of(&[account]).await?;
                if seen.get(&account).is_some_and(|seen| *seen > left_at) {
                    // Another process has it.
                    return Ok(());
                }
                Some(left_at)
            }
        };
        let others = self.who_may_know(account).await?;
        let signal = Signal::Presence {
            account,
            online: last_seen_at.is_none(),
            until: Timestamp(now.0 + HOLDS),
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
        self.presence.is_here(account) || last_seen_at.is_some_and(|seen| now.0 - seen.0 < LATELY)
    }
}

/// Whether one is shown when another was last seen: if both show each other. Who hides it sees nobody's.
pub(crate) fn shows(owner: Wishes, viewer: Wishes) -> bool {
    owner.allow(|privacy| privacy.last_seen) && viewer.allow(|privacy| privacy.last_seen)
}
