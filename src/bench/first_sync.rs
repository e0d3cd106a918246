//! `first-sync`: a new device asks for its first screen.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use hdrhistogram::Histogram;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::measure::Measured;
use super::people::{Person, Setup};
use super::process::Process;
use super::report::{Report, Scenario};
use super::server::{Cpu, Server};
use super::tally::Tally;
use super::verify::Absent;
use super::{Common, Outcome};
use crate::door::Door;

/// Requests under way at a time while setting up.
const AT_ONCE: usize = 32;
/// How long the read models may take for what was set up.
const PATIENCE: Duration = Duration::from_mins(10);
const POLL: Duration = Duration::from_millis(200);

/// Somebody with many chats takes snapshots.
#[derive(Debug, Args)]
pub struct FirstSync {
    /// Chats that the account is in
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(2..=20_000))]
    chats: u32,
    /// How many of them are groups
    #[arg(long, value_name = "N", default_value_t = 300)]
    groups: u32,
    /// Members of each group
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    members: u32,
    /// Chats of the first page
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    page: u32,
    /// How often the first page is asked for
    #[arg(long, value_name = "K", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rounds: u32,
    #[command(flatten)]
    pub(super) common: Common,
}

/// What was set up.
struct Scene<'a> {
    door: Door,
    setup: Setup<'a>,
    /// Who asks.
    host: Person,
    others: Vec<Person>,
}

impl FirstSync {
    /// Sets up, runs, checks, reports.
    pub async fn run(self) -> Result<Report> {
        ensure!(self.groups < self.chats, "some chats are direct ones");
        let server = self.common.from.start().await?;
        let scene = self.scene(&server).await?;
        let first = included(&scene, self.chats).await?;
        let (page, token) = (format!("/v1/sync?limit={}", self.page), &scene.host.devices[0]);
        let (micros, measured) = self.ask(&server, &scene.door, token, &page).await?;
        let pages = Instant::now();
        all_pages(&scene.door, token, self.page).await?;
        let ms = |quantile: f64| Duration::from_micros(micros.value_at_quantile(quantile)).as_secs_f64() * 1e3;
        let scenario = Scenario::new("first-sync")
            .with("chats", self.chats)
            .with("groups", self.groups)
            .with("members", self.members)
            .with("page", self.page)
            .with("rounds", self.rounds)
            .with("bytes", first)
            .with("p50_ms", ms(0.5))
            .with("p95_ms", ms(0.95))
            .with("p99_ms", ms(0.99))
            .with("all_pages_ms", u64::try_from(pages.elapsed().as_millis())?);
        let absent = Absent {
            token: scene.host.devices[1].clone(),
            senders: Vec::new(),
        };
        drop(scene);
        let outcome = Outcome {
            server,
            tally: Rc::new(Tally::new(0)),
            absent: vec![absent],
        };
        let mut report = outcome.report(&self.common, scenario, measured).await?;
        report.rate(u64::from(self.rounds), measured);
        Ok(report)
    }

    /// One after the other, as a device does: in µs each.
    async fn ask(&self, server: &Server, door: &Door, token: &str, page: &str) -> Result<(Histogram<u64>, Measured)> {
        let mut micros = Histogram::new(3)?;
        let own_cpu = || Process(std::process::id()).own_cpu();
        let (before, generator, began) = (server.cpu(), own_cpu(), Instant::now());
        for _ in 0..self.rounds {
            let asked = Instant::now();
            door.get(token, page).await?;
            micros.record(u64::try_from(asked.elapsed().as_micros())?)?;
        }
        let after = server.cpu();
        let measured = Measured {
            took: began.elapsed(),
            cpu: Cpu {
                server: after.server.saturating_sub(before.server),
                beside: after.beside.saturating_sub(before.beside),
            },
            generator: own_cpu().saturating_sub(generator),
            resident: server.resident(),
            lag_ms: None,
        };
        Ok((micros, measured))
    }

    /// Somebody in groups of which others are members, too, and in direct chats; something is said in each by another.
    async fn scene<'a>(&self, server: &'a Server) -> Result<Scene<'a>> {
        let (setup, direct) = (Setup::of(server), self.chats - self.groups);
        let mut people = setup.people(direct.max(self.members) as usize + 1).await?;
        let host = people.pop().context("somebody asks")?;
        let scene = Scene {
            door: Door::new(&server.url),
            setup,
            host,
            others: people,
        };
        let talk = async |number: u32| {
            let other = &scene.others[number as usize % scene.others.len()];
            let chat = match number.checked_sub(direct) {
                None => scene.direct(other).await?,
                Some(_) => scene.group(number, self.members).await?,
            };
            scene.say(other, &chat).await
        };
        stream::iter(0..self.chats)
            .map(talk)
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        Ok(scene)
    }
}

impl Scene<'_> {
    async fn direct(&self, other: &Person) -> Result<String> {
        let chats = self.setup.direct_chats(std::iter::once((other, &self.host))).await?;
        chats.into_iter().next().context("a chat")
    }

    /// Of the host and others: who speaks there, and whoever comes next.
    async fn group(&self, number: u32, members: u32) -> Result<String> {
        let others = self.others.iter().cycle().skip(number as usize % self.others.len());
        let people: Vec<Person> = std::iter::once(&self.host).chain(others).take(members as usize).cloned().collect();
        self.setup.group(&people).await
    }

    async fn say(&self, by: &Person, chat: &str) -> Result<()> {
        let text = json!({ "text": "x".repeat(100) });
        self.door
            .post(&by.devices[0], &format!("/v1/chats/{chat}/messages"), &text)
            .await
            .map(drop)
    }
}

/// Waits until the read models include all chats; gives the bytes of the first page.
async fn included(scene: &Scene<'_>, chats: u32) -> Result<usize> {
    let began = Instant::now();
    while all_pages(&scene.door, &scene.host.devices[0], 200).await? < chats as usize {
        ensure!(began.elapsed() < PATIENCE, "the read models do not come to the end of the log");
        sleep(POLL).await;
    }
    Ok(scene.door.text(&scene.host.devices[0], "/v1/sync").await?.len())
}

/// The whole snapshot, page by page: how many chats it holds.
async fn all_pages(door: &Door, token: &str, limit: u32) -> Result<usize> {
    let (mut chats, mut path) = (0, format!("/v1/sync?limit={limit}"));
    loop {
        let page = door.get(token, &path).await?;
        chats += page["chats"].as_array().context("chats")?.len();
        match page["next"].as_str() {
            Some(after) => path = format!("/v1/sync?limit={limit}&after={after}"),
            None => return Ok(chats),
        }
    }
}
