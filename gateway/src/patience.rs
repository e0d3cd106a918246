//! How long an answer may take: a request has one deadline, which all that it asks of the log and the databases shares.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::Error;
use crate::{Gateway, Shared};

tokio::task_local! {
    /// When the request under way is given up.
    static DEADLINE: Cell<Instant>;
}

/// Answers a request in time: once its deadline is over, `unavailable`. A command that it began goes on.
pub(crate) async fn in_time(State(gateway): State<Shared>, request: Request, next: Next) -> Response {
    let limit = gateway.config.answer_max;
    let answer = async {
        let mut answer = pin!(next.run(request));
        loop {
            // It may be put off, and be put forward again: looked at now and then.
            match timeout_at(deadline().min(Instant::now() + limit), answer.as_mut()).await {
                Ok(answer) => return answer,
                Err(_) if deadline() > Instant::now() => {}
                Err(_) => return late(limit).into_response(),
            }
        }
    };
    DEADLINE.scope(Cell::new(Instant::now() + limit), answer).await
}

/// Does what may take longer, and is not counted: reading what the client sends, waiting for news as it wishes.
pub(crate) async fn apart<T>(at_most: Duration, what: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    move_deadline(|deadline| deadline + at_most);
    let done = what.await;
    move_deadline(|deadline| deadline - at_most.saturating_sub(begun.elapsed()));
    done
}

fn deadline() -> Instant {
    DEADLINE.with(Cell::get)
}

/// Nothing to do where no request is under way.
fn move_deadline(to: impl Fn(Instant) -> Instant) {
    let _ = DEADLINE.try_with(|deadline| deadline.set(to(deadline.get())));
}

fn late(limit: Duration) -> Error {
    Error::Unavailable(format!("it could not be answered within {limit:?}"))
}

impl Gateway {
    /// The same for what a frame of a WebSocket asks.
    pub(crate) async fn in_time<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let limit = self.config.answer_max;
        timeout(limit, answer).await.unwrap_or_else(|_| Err(late(limit)))
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::sleep;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    async fn counted(request: impl Future<Output = ()>) -> Duration {
        let begun = Instant::now();
        let left = async {
            request.await;
            deadline() - Instant::now()
        };
        DEADLINE.scope(Cell::new(begun + LIMIT), left).await
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_its_time_apart_is_not_counted_and_the_rest_is() {
        let left = counted(async {
            sleep(Duration::from_secs(3)).await;
            apart(Duration::from_mins(1), sleep(Duration::from_secs(40))).await;
            sleep(Duration::from_secs(2)).await;
        });
        assert_eq!(left.await.as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_longer_than_it_may_is_counted() {
        let left = counted(apart(Duration::from_secs(1), sleep(Duration::from_secs(4))));
        assert_eq!(left.await.as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_apart_from_no_request_is_just_done() {
        apart(LIMIT, sleep(Duration::from_secs(1))).await;
        assert!(timeout(LIMIT, apart(LIMIT, pending::<()>())).await.is_err());
    }
}
