//! Who is there: told to those who may know and have to do with them, while a device of theirs is connected and once it is not.
//!
//! Each process knows its own sessions. Whether an account that has left is connected to another one, it asks when it has been gone for
//! a while.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
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

/// How often it is looked who is to be told of.
const LOOK: Duration = Duration::from_secs(1);
/// Told of at a time, at most.
const AT_A_TIME: usize = 200;
/// That somebody is there is told again after this, and holds for longer.
const AGAIN: Duration = Duration::from_mins(2);
/// µs for which it holds.
const HOLDS: i64 = 150 * 1_000_000;
/// Whoever was seen within so many µs counts as there.
const LATELY: i64 = 120 * 1_000_000;
/// That somebody has left is remembered for this: as long as they count as there for having been seen.
const REMEMBERED: Duration = Duration::from_mins(2);
/// Others who are told of one, at most.
const OTHERS_MAX: u32 = 1_000;

/// Who is connected to this process, or was a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Presence(Mutex<HashMap<AccountId, Here>>);

#[derive(Debug, Default)]
struct Here {
    sessions: u32,
    /// When others were last told that it is there.
    told: Option<Instant>,
    /// When its last session ended.
    left: Option<Left>,
}

#[derive(Debug, Clone, Copy)]
struct Left {
    since: Instant,
    at: Timestamp,
    /// Whether others know.
    told: bool,
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
        all.entry(account).or_default().come();
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
            here.leave(Instant::now(), left_at);
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

    /// Whom to tell of now: the same again, until it was told. Who may come back within `grace` has not left.
    fn due(&self, now: Instant, grace: Duration) -> Vec<(AccountId, News)> {
        let mut all = self.all();
        all.retain(|_, here| here.left.is_none_or(|left| !left.told || now < left.since + REMEMBERED));
        let due = all.iter().filter_map(|(account, here)| Some((*account, here.news(now, grace)?)));
        due.take(AT_A_TIME).collect()
    }

    fn told(&self, account: AccountId, news: News, now: Instant) {
        if let Some(here) = self.all().get_mut(&account) {
            here.told(news, now);
        }
    }

    /// Another process has it.
    fn forget(&self, account: AccountId) {
        self.all().retain(|other, here| *other != account || here.left.is_none());
    }

    /// Whether an account is there that was last seen then, if lately.
    fn is_there(&self, account: AccountId, seen: Option<Timestamp>) -> bool {
        match self.all().get(&account) {
            Some(Here {
                left: Some(Left { at, told: true, .. }),
                ..
            }) => seen.is_some_and(|seen| seen > *at),
            Some(_) => true,
            None => seen.is_some(),
        }
    }
}

impl Here {
    fn come(&mut self) {
        self.sessions += 1;
        if self.left.take().is_some_and(|left| left.told) {
            self.told = None;
        }
    }

    fn leave(&mut self, since: Instant, at: Timestamp) {
        self.sessions = self.sessions.saturating_sub(1);
        if self.sessions == 0 {
            let told = false;
            self.left = Some(Left { since, at, told });
        }
    }

    fn news(&self, now: Instant, grace: Duration) -> Option<News> {
        match self.left {
            None => self.told.is_none_or(|told| now >= told + AGAIN).then_some(News::IsHere),
            Some(left) => (!left.told && now >= left.since + grace).then_some(News::HasLeft(left.at)),
        }
    }

    fn told(&mut self, news: News, now: Instant) {
        match (news, &mut self.left) {
            (News::IsHere, _) => self.told = Some(now),
            (News::HasLeft(at), Some(left)) if left.at == at => left.told = true,
            // It came back while that was told.
            (News::HasLeft(_), _) => self.told = None,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: AccountId = AccountId::MIN;
    const GRACE: Duration = Duration::from_secs(30);
    const SEEN: Timestamp = Timestamp(5);

    fn with(change: impl FnOnce(&mut Here)) -> Presence {
        let presence = Presence::default();
        change(presence.all().entry(ALICE).or_default());
        presence
    }

    fn change(presence: &Presence, change: impl FnOnce(&mut Here)) {
        change(presence.all().get_mut(&ALICE).unwrap());
    }

    /// What is due so many seconds behind a moment.
    fn due(presence: &Presence, begun: Instant, seconds: u64) -> Vec<News> {
        let due = presence.due(begun + Duration::from_secs(seconds), GRACE);
        due.into_iter().map(|(_, news)| news).collect()
    }

    #[test]
    fn what_could_not_be_told_is_due_still() {
        let (begun, presence) = (Instant::now(), with(Here::come));
        assert_eq!(due(&presence, begun, 0), [News::IsHere]);
        assert_eq!(due(&presence, begun, 1), [News::IsHere]);
        presence.told(ALICE, News::IsHere, begun);
        assert_eq!(due(&presence, begun, 1), []);
        change(&presence, |here| here.leave(begun, SEEN));
        assert_eq!(due(&presence, begun, 29), []);
        assert_eq!(due(&presence, begun, 30), [News::HasLeft(SEEN)]);
        assert_eq!(due(&presence, begun, 31), [News::HasLeft(SEEN)]);
        presence.told(ALICE, News::HasLeft(SEEN), begun);
        assert_eq!(due(&presence, begun, 32), []);
    }

    #[test]
    fn who_comes_back_at_once_has_not_left_and_later_is_told_of_anew() {
        let (begun, presence) = (Instant::now(), with(Here::come));
        presence.told(ALICE, News::IsHere, begun);
        change(&presence, |here| here.leave(begun, SEEN));
        change(&presence, Here::come);
        assert_eq!(due(&presence, begun, 40), []);
        change(&presence, |here| here.leave(begun, SEEN));
        presence.told(ALICE, News::HasLeft(SEEN), begun);
        change(&presence, Here::come);
        assert_eq!(due(&presence, begun, 40), [News::IsHere]);
        presence.told(ALICE, News::IsHere, begun);
        presence.told(ALICE, News::HasLeft(SEEN), begun);
        assert_eq!(due(&presence, begun, 40), [News::IsHere], "it came back while that was told");
    }

    #[test]
    fn who_is_told_to_have_left_is_not_there_unless_seen_since() {
        let (begun, presence) = (Instant::now(), with(Here::come));
        assert!(presence.is_there(ALICE, None));
        change(&presence, |here| here.leave(begun, SEEN));
        assert!(presence.is_there(ALICE, Some(SEEN)), "it may come back");
        presence.told(ALICE, News::HasLeft(SEEN), begun);
        assert!(!presence.is_there(ALICE, Some(SEEN)));
        assert!(presence.is_there(ALICE, Some(Timestamp(6))), "at another process");
        assert_eq!(due(&presence, begun, 121), []);
        assert!(presence.all().is_empty(), "it is forgotten");
        assert!(!presence.is_there(ALICE, None));
    }

    #[test]
    fn only_who_has_left_is_forgotten() {
        let presence = with(Here::come);
        presence.forget(ALICE);
        assert!(presence.is_there(ALICE, None));
        change(&presence, |here| here.leave(Instant::now(), SEEN));
        presence.forget(ALICE);
        assert!(!presence.is_there(ALICE, None));
    }
}
