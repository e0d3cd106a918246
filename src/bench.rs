//! `heliograph bench`: what a server carries, measured from outside as its clients see it, and checked afterwards.

use std::rc::Rc;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use tokio::runtime;
use tokio::task::LocalSet;

use self::measure::Measured;
use self::report::{Parts, Report, Scenario};
use self::server::{From, Server};
use self::tally::Tally;
use self::verify::{Absent, verify};

mod backend;
mod channel;
mod chatter;
mod compare;
mod fanout;
mod fill;
mod first_sync;
mod floor;
mod frame;
mod history;
mod idle;
mod measure;
mod message;
mod pace;
mod pairs;
mod people;
mod process;
mod questions;
mod report;
mod resync;
mod search;
mod server;
mod session;
mod socket;
mod tally;
mod town;
mod verify;
mod writers;

/// Measure a server: throughput, latency, CPU and memory, as its clients see it
#[derive(Debug, Args)]
#[command(
    after_help = "Each scenario starts a server of its own in a new folder, sets people up through its door (accounts with two \
                  devices), loads it, kills it, starts it again, and checks with the second devices that every sequence is \
                  dense and every acknowledged message there. Texts have 100 bytes; sealing (but see pairs --sealing) and all projections are on. The floor is \
                  what the bare log does right after, on the same machine, with commits as long as the scenario's own were on average."
)]
pub struct Bench {
    #[command(subcommand)]
    scenario: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Senders and receivers in direct chats: throughput, or latency at a given rate
    Pairs(pairs::Pairs),
    /// One group, all members online: deliveries
    Fanout(fanout::Fanout),
    /// One channel, few post, many follow: from a post to all who are online
    Channel(channel::Channel),
    /// A device that missed many updates catches up
    Resync(resync::Resync),
    /// A new device asks for its first screen: latency
    FirstSync(first_sync::FirstSync),
    /// A long history is taken in and searched: how soon, how large the index is, latency
    Search(search::Search),
    /// Many connections on which nothing happens: memory
    Idle(idle::Idle),
    /// Write history into a data folder, for comparisons
    Fill(fill::Fill),
}

/// What all scenarios take.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    from: From,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Leave out the restart and the check of every sequence and message
    #[arg(long)]
    no_verify: bool,
    /// Leave out measuring the bare log
    #[arg(long)]
    no_floor: bool,
}

/// What a scenario leaves behind.
struct Outcome {
    server: Server,
    tally: Rc<Tally>,
    absent: Vec<Absent>,
}

impl Bench {
    /// Runs on one thread: the generator shares the machine with what it measures.
    pub fn run(self) -> Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, self.scenario.run())
    }
}

impl Which {
    async fn run(self) -> Result<()> {
        let (json, report) = match self {
            Self::Pairs(pairs) => match pairs.compared() {
                Some(part) => return compare::compare(&pairs, part).await,
                None => (pairs.common.json, pairs.run().await?),
            },
            Self::Fanout(fanout) => (fanout.common.json, fanout.run().await?),
            Self::Channel(channel) => (channel.common.json, channel.run().await?),
            Self::Resync(resync) => (resync.common.json, resync.run().await?),
            Self::FirstSync(first) => (first.common.json, first.run().await?),
            Self::Search(search) => (search.common.json, search.run().await?),
            Self::Idle(idle) => (idle.common.json, idle.run().await?),
            Self::Fill(fill) => return fill.run().await,
        };
        report::print(&report, json)
    }
}

impl Outcome {
    /// Restarts the server, checks everything, measures the floor, and puts the report together.
    async fn report(mut self, common: &Common, scenario: Scenario, measured: Measured) -> Result<Report> {
        let counts = Rc::into_inner(self.tally).context("a session outlived the run")?.counts();
        let mut verified = None;
        if !common.no_verify {
            let after_kill = self.server.restart().await?;
            let found = verify(&self.server, self.absent, &counts.acknowledged).await?;
            verified = Some(verify::Verified { after_kill, ..found });
        }
        self.server.kill().await?;
        let floor = if common.no_floor {
            Ok(None)
        } else {
            floor::measure(&common.from, &self.server).await
        };
        self.server.remove().await?;
        let parts = Parts {
            backend: common.from.backend(),
            rate_limits: common.from.rate_limits(),
            measured,
            latency: &counts.latency,
            deliveries: counts.deliveries,
            refusals: counts.refusals,
            first_refusal: counts.refusal,
            verified,
            floor: floor?,
        };
        Ok(Report::new(scenario, parts))
    }
}
