//! Who is connected to this process, and of whom others are to be told.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::id::AccountId;
use domain::time::Timestamp;
use tokio::time::Instant;

/// Told of at a time, at most.
const AT_A_TIME: usize = 200;
/// That somebody is there is told again after this, and holds for longer.
const AGAIN: Duration = Duration::from_mins(2);
/// That somebody has left is remembered for this: as long as they count as there for having been seen.
const REMEMBERED: Duration = Duration::from_mins(2);

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

/// What is to be told of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// A device of it is connected.
    IsHere,
    /// None is any more, since then.
    HasLeft(Timestamp),
}

impl Presence {
    fn all(&self) -> MutexGuard<'_, HashMap<AccountId, Here>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session begins, unless the account has `most` here already.
    pub(super) fn come(&self, account: AccountId, most: u32) -> bool {
        let mut all = self.all();
        let here = all.entry(account).or_default();
        let may = here.sessions < most;
        if may {
            here.come();
        }
        may
    }

    /// A session is over.
    pub(super) fn leave(&self, account: AccountId, since: Instant, at: Timestamp) {
        if let Some(here) = self.all().get_mut(&account) {
            here.leave(since, at);
        }
    }

    /// Whom to tell of now: the same again, until it was told. Who may come back within `grace` has not left.
    pub(super) fn due(&self, now: Instant, grace: Duration) -> Vec<(AccountId, News)> {
        let mut all = self.all();
        all.retain(|_, here| here.left.is_none_or(|left| !left.told || now < left.since + REMEMBERED));
        let due = all.iter().filter_map(|(account, here)| Some((*account, here.news(now, grace)?)));
        due.take(AT_A_TIME).collect()
    }

    /// It was told.
    pub(super) fn told(&self, account: AccountId, news: News, now: Instant) {
        if let Some(here) = self.all().get_mut(&account) {
            here.told(news, now);
        }
    }

    /// Another process has it.
    pub(super) fn forget(&self, account: AccountId) {
        let mut all = self.all();
        if all.get(&account).is_some_and(|here| here.left.is_some()) {
            all.remove(&account);
        }
    }

    /// Whether an account is there that was last seen then, if lately.
    pub(super) fn is_there(&self, account: AccountId, seen: Option<Timestamp>) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: AccountId = AccountId::MIN;
    const GRACE: Duration = Duration::from_secs(30);
    const SEEN: Timestamp = Timestamp(5);

    fn with_alice() -> Presence {
        let presence = Presence::default();
        assert!(presence.come(ALICE, 2));
        presence
    }

    /// What is due so many seconds behind a moment.
    fn due(presence: &Presence, begun: Instant, seconds: u64) -> Vec<News> {
        let due = presence.due(begun + Duration::from_secs(seconds), GRACE);
        due.into_iter().map(|(_, news)| news).collect()
    }

    #[test]
    fn what_could_not_be_told_is_due_still() {
        let (begun, presence) = (Instant::now(), with_alice());
        assert_eq!(due(&presence, begun, 0), [News::IsHere]);
        assert_eq!(due(&presence, begun, 1), [News::IsHere]);
        presence.told(ALICE, News::IsHere, begun);
        assert_eq!(due(&presence, begun, 1), []);
        presence.leave(ALICE, begun, SEEN);
        assert_eq!(due(&presence, begun, 29), []);
        assert_eq!(due(&presence, begun, 30), [News::HasLeft(SEEN)]);
        assert_eq!(due(&presence, begun, 31), [News::HasLeft(SEEN)]);
        presence.told(ALICE, News::HasLeft(SEEN), begun);
        assert_eq!(due(&presence, begun, 32), []);
    }

    #[test]
    fn who_comes_back_at_once_has_not_left_and_later_is_told_of_anew() {
        let (begun, presence) = (Instant::now(), with_alice());
        presence.told(ALICE, News::IsHere, begun);
        presence.leave(ALICE, begun, SEEN);
        assert!(presence.come(ALICE, 2));
        assert_eq!(due(&presence, begun, 40), []);
        presence.leave(ALICE, begun, SEEN);
        presence.told(ALICE, News::HasLeft(SEEN), begun);
        assert!(presence.come(ALICE, 2));
        assert_eq!(due(&presence, begun, 40), [News::IsHere]);
        presence.told(ALICE, News::IsHere, begun);
        presence.told(ALICE, News::HasLeft(SEEN), begun);
        assert_eq!(due(&presence, begun, 40), [News::IsHere], "it came back while that was told");
    }

    #[test]
    fn who_is_told_to_have_left_is_not_there_unless_seen_since() {
        let (begun, presence) = (Instant::now(), with_alice());
        assert!(presence.is_there(ALICE, None));
        presence.leave(ALICE, begun, SEEN);
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
        let presence = with_alice();
        presence.forget(ALICE);
        assert!(presence.is_there(ALICE, None));
        presence.leave(ALICE, Instant::now(), SEEN);
        presence.forget(ALICE);
        assert!(!presence.is_there(ALICE, None));
    }
}
