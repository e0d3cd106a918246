//! Waiting for what can't be reached just now: a log or a database that starts later than we do.

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use anyhow::Result;
use futures::future::BoxFuture;
use infra::{log, seal};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// After how long it is said what is waited for; again after twice as long, and so on.
const FIRST_WORD: Duration = Duration::from_secs(2);
const WORDS_APART: Duration = Duration::from_mins(1);

/// What may be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The log.
    Log,
    /// The database of keys.
    Keys,
    /// The read models' database.
    Database,
}

impl Part {
    /// Why the server is not ready, as `/readyz` says it.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Log => "log_unreachable",
            Self::Keys => "keys_unreachable",
            Self::Database => "database_unreachable",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Log => "the log",
            Self::Keys => "the keys",
            Self::Database => "the database",
        })
    }
}

/// Waits for one part after the other, and lets others know for which.
#[derive(Debug, Default)]
pub struct Patience(watch::Sender<Option<Part>>);

impl Patience {
    /// Tells what is waited for just now; `None`: nothing has failed to open yet.
    pub fn waits_for(&self) -> watch::Receiver<Option<Part>> {
        self.0.subscribe()
    }

    /// Tries until it succeeds, or fails for a reason that time does not mend; says so meanwhile. `at` is where it is, without secrets.
    pub async fn open<'a, T>(&self, part: Part, at: &str, open: impl Fn() -> BoxFuture<'a, Result<T>>) -> Result<T> {
        let mut wait = Wait::new(self, part, at);
        let mut pause = FIRST_PAUSE;
        loop {
            match wait.aloud(open()).await {
                Ok(opened) => {
                    self.0.send_replace(None);
                    return Ok(opened);
                }
                Err(error) if may_pass(&error) => wait.because(&error),
                Err(error) => return Err(error.context(format!("{part} can't be opened"))),
            }
            wait.aloud(sleep(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// A wait that is under way.
struct Wait<'a> {
    patience: &'a Patience,
    part: Part,
    at: &'a str,
    begun: Instant,
    next_word: Instant,
    why: String,
}

impl<'a> Wait<'a> {
    fn new(patience: &'a Patience, part: Part, at: &'a str) -> Self {
        let begun = Instant::now();
        Self {
            patience,
            part,
            at,
            begun,
            next_word: begun + FIRST_WORD,
            why: "no answer yet".to_owned(),
        }
    }

    /// Goes on, and says what is waited for whenever it is time.
    async fn aloud<T>(&mut self, what: impl Future<Output = T>) -> T {
        let mut what = pin!(what);
        loop {
            match timeout_at(self.next_word, what.as_mut()).await {
                Ok(done) => return done,
                Err(_) => self.say(),
            }
        }
    }

    fn because(&mut self, error: &anyhow::Error) {
        self.why = format!("{error:#}");
        self.patience.0.send_replace(Some(self.part));
    }

    fn say(&mut self) {
        let waited = self.begun.elapsed();
        self.next_word += waited.min(WORDS_APART);
        self.patience.0.send_replace(Some(self.part));
        tracing::warn!(
            waited_seconds = waited.as_secs(),
            reason = self.why,
            "waiting for {} at {}",
            self.part,
            self.at
        );
    }
}

/// Whether it may be over in a while.
fn may_pass(error: &anyhow::Error) -> bool {
    if let Some(error) = error.downcast_ref::<log::Error>() {
        return match error {
            log::Error::Unavailable(_) => true,
            log::Error::Unfit(_) | log::Error::Damaged(_) | log::Error::Replaced(_) => false,
        };
    }
    if let Some(error) = error.downcast_ref::<seal::Error>() {
        return matches!(error, seal::Error::Unavailable(_));
    }
    let database = error.chain().find_map(|cause| cause.downcast_ref::<sqlx::Error>());
    database.is_some_and(is_absent)
}

/// PostgreSQL isn't there, is just starting or stopping (class 57P), or full (class 53).
fn is_absent(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("53")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    async fn opened<T>(part: Part, outcome: impl Fn() -> Result<T> + Send + Sync) -> Result<T>
    where
        T: Send,
    {
        let patience = Patience::default();
        patience.open(part, "somewhere", || Box::pin(ready(outcome()))).await
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_waited_for_and_what_may_not_is_told() {
        let tries = AtomicUsize::new(0);
        let third = opened(Part::Log, || match tries.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => Err(log::Error::Unavailable("not yet".to_owned()).into()),
            _ => Ok(()),
        });
        third.await.unwrap();
        assert_eq!(tries.into_inner(), 3);
        let damaged = opened(Part::Log, || Err::<(), _>(log::Error::Damaged("torn".to_owned()).into()));
        assert!(format!("{:#}", damaged.await.unwrap_err()).contains("the log can't be opened"));
        let refused = opened(Part::Log, || Err::<(), _>(log::Error::Unfit("wrong password".to_owned()).into()));
        assert!(format!("{:#}", refused.await.unwrap_err()).contains("wrong password"));
        let refused = opened(Part::Keys, || {
            Err::<(), _>(seal::Error::Refused("no such database".to_owned()).into())
        });
        assert!(format!("{:#}", refused.await.unwrap_err()).contains("no such database"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_gives_no_answer_at_all_is_told_of_too() {
        let patience = Patience::default();
        let mut waits_for = patience.waits_for();
        let silent = patience.open(Part::Database, "somewhere", || Box::pin(pending::<Result<()>>()));
        let told = waits_for.wait_for(Option::is_some);
        tokio::select! {
            _ = silent => unreachable!("it is never there"),
            told = told => assert_eq!(*told.unwrap(), Some(Part::Database)),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_there_at_last_is_waited_for_no_more() {
        let patience = Patience::default();
        let tries = AtomicUsize::new(0);
        let waits_for = patience.waits_for();
        let seen = patience.open(Part::Log, "somewhere", || {
            let seen = *waits_for.borrow();
            Box::pin(ready(match tries.fetch_add(1, Ordering::Relaxed) {
                0 => Err(log::Error::Unavailable("not yet".to_owned()).into()),
                _ => Ok(seen),
            }))
        });
        assert_eq!(seen.await.unwrap(), Some(Part::Log));
        assert_eq!(*waits_for.borrow(), None);
    }
}
