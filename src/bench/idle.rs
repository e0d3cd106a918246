//! `idle`: many connections on which nothing happens.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::measure::window;
use super::people::{Person, Setup};
use super::report::{Report, Scenario};
use super::session::{Session, Since};
use super::tally::Tally;
use super::verify::Absent;
use super::{Common, Outcome};

/// Connections opened at a time.
const AT_ONCE: usize = 64;
/// How long memory may settle before it is read.
const SETTLE: Duration = Duration::from_secs(3);

/// N devices are online and nothing happens.
#[derive(Debug, Args)]
pub struct Idle {
    /// Connections, each of another account's device
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=25_000))]
    connections: u32,
    /// Seconds for which they are held
    #[arg(long, value_name = "S", default_value_t = 40)]
    seconds: u64,
    #[command(flatten)]
    pub(super) common: Common,
}

impl Idle {
    /// Sets up, runs, checks, reports.
    pub async fn run(self) -> Result<Report> {
        let server = self.common.from.start().await?;
        let people = Setup::of(&server).people(self.connections as usize).await?;
        sleep(SETTLE).await;
        let before = server.resident();
        let address = server.address;
        let sessions: Vec<Session> = stream::iter(&people)
            .map(|person| Session::open(address, &person.devices[0], Since::Now))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let end = CancellationToken::new();
        let mut tasks = JoinSet::new();
        for session in sessions {
            tasks.spawn_local(hold(session, end.clone()));
        }
        sleep(SETTLE).await;
        let measured = window(&server, Duration::from_secs(self.seconds)).await;
        end.cancel();
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        let each = measured.resident.saturating_sub(before) / u64::from(self.connections);
        let scenario = Scenario::new("idle")
            .with("connections", self.connections)
            .with("seconds", self.seconds)
            .with("rss_bytes_before", before)
            .with("rss_bytes_per_connection", each);
        let absent = |person: &Person| Absent {
            token: person.devices[1].clone(),
            senders: Vec::new(),
        };
        let absent = people.iter().map(absent).collect();
        let tally = Rc::new(Tally::new(0));
        Outcome { server, tally, absent }.report(&self.common, scenario, measured).await
    }
}

/// Answers pings until the end.
async fn hold(mut session: Session, end: CancellationToken) -> Result<()> {
    loop {
        tokio::select! {
            waited = session.wait() => waited?,
            () = end.cancelled() => return Ok(()),
        }
        session.hear(|_| {})?;
        session.flush().await?;
    }
}
