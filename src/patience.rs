//! Waiting for what can't be reached just now: a log or a database that starts later than we do.

use std::time::Duration;

use anyhow::Result;
use futures::future::BoxFuture;
use infra::{log, seal};
use tokio::time::sleep;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Tries until it succeeds, or fails for a reason that time does not mend; says so meanwhile.
pub async fn patiently<'a, T>(what: &str, open: impl Fn() -> BoxFuture<'a, Result<T>>) -> Result<T> {
    let mut pause = FIRST;
    loop {
        match open().await {
            Ok(opened) => return Ok(opened),
            Err(error) if may_pass(&error) => tracing::warn!(error = format!("{error:#}"), "waiting for {what}"),
            Err(error) => return Err(error.context(format!("{what} can't be opened"))),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
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
    use std::cell::Cell;
    use std::future::ready;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_waited_for_and_what_may_not_is_told() {
        let tries = Cell::new(0);
        let opened = patiently("the log", || {
            tries.set(tries.get() + 1);
            Box::pin(ready(match tries.get() {
                1 | 2 => Err(log::Error::Unavailable("not yet".to_owned()).into()),
                _ => Ok(tries.get()),
            }))
        });
        assert_eq!(opened.await.unwrap(), 3);
        let damaged = patiently("the log", || {
            Box::pin(ready(Err::<(), _>(log::Error::Damaged("torn".to_owned()).into())))
        });
        assert!(format!("{:#}", damaged.await.unwrap_err()).contains("the log can't be opened"));
        let refused = patiently("the log", || {
            Box::pin(ready(Err::<(), _>(log::Error::Unfit("wrong password".to_owned()).into())))
        });
        assert!(format!("{:#}", refused.await.unwrap_err()).contains("wrong password"));
        let refused = patiently("the keys", || {
            Box::pin(ready(Err::<(), _>(seal::Error::Refused("no such database".to_owned()).into())))
        });
        assert!(format!("{:#}", refused.await.unwrap_err()).contains("no such database"));
    }
}
