//! Sending a command again, with the same id, until there is an answer that settles it.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::http::{Answer, Call};

/// How long a command may stay unsettled while things are broken and mended.
const SETTLED: Duration = Duration::from_mins(3);

/// Errors that leave open whether the command was accepted, or say that it was not and may be sent again.
const UNSETTLED: [&str; 5] = ["behind", "overloaded", "unavailable", "shutting_down", "request_timeout"];

/// Sends the command until it is accepted or refused for good.
pub async fn insist(id: Uuid, call: impl Fn() -> Call) -> Answer {
    let deadline = Instant::now() + SETTLED;
    let mut last = String::new();
    while Instant::now() < deadline {
        match call().id(id).patience(Duration::from_secs(20)).attempt().await {
            Ok(answer) if !answer.code().is_some_and(|code| UNSETTLED.contains(&code)) => return answer,
            Ok(answer) => last = answer.text,
            Err(error) => last = error.to_string(),
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("command {id} was not settled within {SETTLED:?}: {last}");
}
