//! `resync`: a device that was away comes back.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use tokio::time::{Instant, interval, sleep};

use super::measure::Measured;
use super::people::{Person, Setup};
use super::process::Process;
use super::report::{Report, Scenario};
use super::server::{Cpu, Server};
use super::session::{Session, Since};
use super::tally::Tally;
use super::verify::Absent;
use super::writers::{Writer, write};
use super::{Common, Outcome};

/// How many people write to the one who is away.
const WRITERS: u16 = 20;
/// How often the server's memory is looked at meanwhile.
const SAMPLE: Duration = Duration::from_millis(20);

/// How long the read models may take for what was written.
const PATIENCE: Duration = Duration::from_mins(10);
const POLL: Duration = Duration::from_millis(200);

/// A device misses N updates, comes back and catches up.
#[derive(Debug, Args)]
pub struct Resync {
    /// Messages that the device misses
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(20..=100_000_000))]
    missed: u32,
    /// How often it catches up from the start; the median is reported
    #[arg(long, value_name = "K", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    #[command(flatten)]
    pub(super) common: Common,
}

/// One round of catching up.
#[derive(Debug, Clone, Copy)]
struct Round {
    updates: u64,
    measured: Measured,
    grown: u64,
}

impl Resync {
    /// Sets up, runs, checks, reports.
    pub async fn run(self) -> Result<Report> {
        let server = self.common.from.start().await?;
        let door = Setup::of(&server);
        let people = door.people(usize::from(WRITERS) + 1).await?;
        let (away, writers) = people.split_first().context("somebody is away")?;
        let chats = door.direct_chats(writers.iter().map(|writer| (writer, away))).await?;
        let tally = Rc::new(Tally::new(writers.len()));
        write(&server, self.writers(writers, chats), &tally).await?;
        projected(&server, &away.devices[0], self.missed).await?;
        let mut rounds = Vec::new();
        for _ in 0..self.rounds {
            rounds.push(catch_up(&server, &away.devices[0]).await?);
        }
        rounds.sort_by_key(|round| round.measured.took);
        let (median, grown) = (rounds[rounds.len() / 2], rounds.iter().map(|round| round.grown).max());
        let scenario = Scenario::new("resync")
            .with("missed", self.missed)
            .with("rounds", self.rounds)
            .with("updates", median.updates)
            .with("resync_ms", u64::try_from(median.measured.took.as_millis())?)
            .with_some("rss_growth_bytes", grown);
        let outcome = Outcome {
            server,
            tally,
            absent: absent(away, writers),
        };
        let mut report = outcome.report(&self.common, scenario, median.measured).await?;
        report.rate(median.updates, median.measured);
        Ok(report)
    }

    fn writers(&self, writers: &[Person], chats: Vec<String>) -> Vec<Writer> {
        let share = |number: u16| self.missed / u32::from(WRITERS) + u32::from(u32::from(number) < self.missed % u32::from(WRITERS));
        let writer = |((number, person), chat): ((u16, &Person), String)| Writer {
            number,
            token: person.devices[0].clone(),
            chat,
            messages: share(number),
        };
        (0..).zip(writers).zip(chats).map(writer).collect()
    }
}

/// Waits until the device has so many updates to catch up on.
async fn projected(server: &Server, token: &str, updates: u32) -> Result<()> {
    let began = Instant::now();
    while Session::open(server.address, token, Since::Now).await?.head < u64::from(updates) {
        ensure!(began.elapsed() < PATIENCE, "the read models do not come to the end of the log");
        sleep(POLL).await;
    }
    Ok(())
}

/// Opens behind update 0 and reads until it has everything.
async fn catch_up(server: &Server, token: &str) -> Result<Round> {
    let (rested, before, generator) = (server.resident(), server.cpu(), Process(std::process::id()).own_cpu());
    let began = Instant::now();
    let mut resident = rested;
    let mut sample = interval(SAMPLE);
    let mut session = Session::open(server.address, token, Since::Start).await?;
    while session.last < session.head {
        tokio::select! {
            waited = session.wait() => waited?,
            _ = sample.tick() => resident = resident.max(server.resident()),
        }
        session.hear(|_| {})?;
        session.flush().await?;
    }
    let (took, after) = (began.elapsed(), server.cpu());
    let measured = Measured {
        took,
        cpu: Cpu {
            server: after.server.saturating_sub(before.server),
            beside: after.beside.saturating_sub(before.beside),
        },
        generator: Process(std::process::id()).own_cpu().saturating_sub(generator),
        resident: resident.max(server.resident()),
        lag_ms: None,
    };
    Ok(Round {
        updates: session.last,
        measured,
        grown: measured.resident.saturating_sub(rested),
    })
}

/// The second devices: that of who was away has everybody's messages.
fn absent(away: &Person, writers: &[Person]) -> Vec<Absent> {
    let device = |person: &Person, senders| Absent {
        token: person.devices[1].clone(),
        senders,
    };
    let writers = (0..).zip(writers).map(|(number, writer)| device(writer, vec![number]));
    std::iter::once(device(away, (0..WRITERS).collect())).chain(writers).collect()
}
