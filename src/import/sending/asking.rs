//! Operations as the server is asked for them: a request at a time, again where it has to be, and what became of each.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::beside::Beside;
use crate::door::Refused;
use crate::import::progress::Progress;
use crate::import::summary::Summary;

/// Operations of one request.
pub(super) const TOGETHER: usize = 1_000;
/// How often a server that is overloaded, restarting or out of reach is asked again without getting any further.
const TRIES: u32 = 120;
const PAUSE: Duration = Duration::from_millis(500);

/// What became of an operation.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Outcome {
    id: Option<Uuid>,
    pub(super) account: Option<i64>,
    pub(super) chat: Option<String>,
    pub(super) message: Option<i64>,
    pub(super) repeated: bool,
    unchanged: bool,
    error: Option<Refusal>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal {
    code: String,
    message: String,
    retry_after_ms: Option<u64>,
}

/// Counts what became of an operation; what is `new` counts itself, and a name that was known nothing.
pub(super) fn tally(summary: &mut Summary, outcome: &Outcome, new: impl FnOnce(&mut Summary)) {
    match &outcome.error {
        Some(error) => summary.skip(&format!("refused by the server: {} ({})", error.message, error.code), 1),
        None if outcome.repeated => summary.before += 1,
        None if outcome.unchanged => {}
        None => new(summary),
    }
}

/// Has operations done, all of them, in their order; waits where the server has to.
pub(super) async fn perform(server: &Beside, progress: &Progress, operations: &[Value]) -> Result<Vec<Outcome>> {
    let (mut outcomes, mut tries) = (Vec::with_capacity(operations.len()), 0);
    while outcomes.len() < operations.len() {
        let rest = &operations[outcomes.len()..];
        let (found, again) = attempt(server, rest).await;
        let got = found.len();
        progress.done(got);
        outcomes.extend(found);
        let Some(again) = again else {
            ensure!(got == rest.len(), "the server answered {got} of {} operations", rest.len());
            continue;
        };
        tries = if got > 0 { 0 } else { tries + 1 };
        if tries > TRIES || again.is_final {
            bail!(again.why);
        }
        tokio::time::sleep(again.pause).await;
    }
    Ok(outcomes)
}

/// Why not all was answered, and when to ask again.
struct Again {
    why: String,
    pause: Duration,
    is_final: bool,
}

/// What was answered, and what to do about the rest.
async fn attempt(server: &Beside, operations: &[Value]) -> (Vec<Outcome>, Option<Again>) {
    let mut body = String::new();
    for operation in operations {
        body.push_str(&operation.to_string());
        body.push('\n');
    }
    let later = |why: String, pause| Again {
        why,
        pause,
        is_final: false,
    };
    let answer = match server.lines("/v1/admin/import", body).await {
        Ok(answer) => answer,
        Err(error) => {
            let is_final = error.downcast_ref::<Refused>().is_some_and(Refused::is_final);
            let again = later(format!("{error:#}"), PAUSE);
            return (Vec::new(), Some(Again { is_final, ..again }));
        }
    };
    let mut outcomes: Vec<Outcome> = Vec::new();
    for line in answer.lines() {
        let Ok(outcome) = serde_json::from_str::<Outcome>(line) else {
            break;
        };
        match &outcome.error {
            Some(Refusal {
                message,
                retry_after_ms: Some(wait),
                ..
            }) => return (outcomes, Some(later(message.clone(), Duration::from_millis(*wait)))),
            Some(refusal) if outcome.id.is_none() => {
                let again = later(format!("{} ({})", refusal.message, refusal.code), PAUSE);
                return (outcomes, Some(Again { is_final: true, ..again }));
            }
            Some(_) | None => outcomes.push(outcome),
        }
    }
    let cut = (outcomes.len() < operations.len()).then(|| later("the server's answer was cut off".to_owned(), PAUSE));
    (outcomes, cut)
}
