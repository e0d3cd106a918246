//! The measured part of a run: what it cost, sampled from outside the server.

use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::people::Setup;
use super::process::Process;
use super::server::{Cpu, Server};
use super::tally::{Length, Tally};

/// How often memory and lag are looked at.
const SAMPLE: Duration = Duration::from_secs(1);
/// The gauge of how old the newest fact is that the slowest lane has not applied yet, in seconds.
const LAG: &str = "heliograph_projection_delay_seconds";

/// What the measured part cost.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// How long it was.
    pub took: Duration,
    /// CPU time in it.
    pub cpu: Cpu,
    /// The generator's CPU time in it.
    pub generator: Duration,
    /// The most resident memory, in bytes.
    pub resident: u64,
    /// The worst lag that was seen, in ms.
    pub lag_ms: Option<f64>,
}

/// Measures for the length of a run; a task that ends before ends the run.
pub async fn measure(server: &Server, tally: &Tally, length: Length, tasks: &mut JoinSet<Result<()>>) -> Result<Measured> {
    let watched = async {
        sleep(length.warm_up()).await;
        tally.measure(true);
        let measured = window(server, length.measured()).await;
        tally.measure(false);
        measured
    };
    tokio::select! {
        measured = watched => Ok(measured),
        Some(ended) = tasks.join_next() => {
            ended??;
            anyhow::bail!("a session ended before the run did")
        }
    }
}

/// Watches the server for a while.
pub async fn window(server: &Server, length: Duration) -> Measured {
    let door = Setup::of(server);
    let (began, before, generator) = (Instant::now(), server.cpu(), own_cpu());
    let (mut resident, mut lag_ms) = (server.resident(), None);
    let mut next = began;
    while began.elapsed() < length {
        next = (next + SAMPLE).min(began + length);
        sleep_until(next).await;
        resident = resident.max(server.resident());
        lag_ms = lag(&door).await.into_iter().chain(lag_ms).reduce(f64::max);
    }
    let after = server.cpu();
    Measured {
        took: began.elapsed(),
        cpu: Cpu {
            server: after.server.saturating_sub(before.server),
            beside: after.beside.saturating_sub(before.beside),
        },
        generator: own_cpu().saturating_sub(generator),
        resident,
        lag_ms,
    }
}

fn own_cpu() -> Duration {
    Process(std::process::id()).own_cpu()
}

async fn lag(door: &Setup<'_>) -> Option<f64> {
    let metrics = door.metrics().await.ok()?;
    let values = metrics
        .lines()
        .filter(|line| line.starts_with(LAG))
        .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok());
    values.reduce(f64::max).map(|seconds| seconds * 1000.0)
}
