//! `search`: a long history is taken in, and searched.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use super::chatter;
use super::history::Scribe;
use super::measure::Measured;
use super::people::Setup;
use super::process::Process;
use super::questions::{Kind, Listener};
use super::report::{Report, Scenario, rounded};
use super::server::{Cpu, Server};
use super::tally::Tally;
use super::town::Town;
use super::verify::Absent;
use super::{Common, Outcome, floor};
use crate::door::Door;

/// How long the server may take to take in the history.
const INCLUDED: Duration = Duration::from_hours(1);
const PAUSE: Duration = Duration::from_millis(200);

/// Accounts talk in direct chats and a group; one of them searches.
#[derive(Debug, Args)]
pub struct Search {
    /// Messages that are said, a tenth of them in the group; they are written into the log while the server is down
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(10_000..))]
    messages: u32,
    /// Chats that there are
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..))]
    chats: u32,
    /// Accounts that there are
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(100..))]
    accounts: u32,
    /// Direct chats that the account is in which searches, beside the group
    #[arg(long, value_name = "N", default_value_t = 300)]
    own: u32,
    /// Queries of each kind
    #[arg(long, value_name = "K", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rounds: u32,
    #[command(flatten)]
    pub(super) common: Common,
}

/// How long it took until all that was said could be read, and found.
struct TakenIn {
    read: Duration,
    found: Duration,
}

/// How long queries of a kind took, in µs, and how many pages were short.
struct Times {
    micros: Histogram<u64>,
    short: u32,
}

impl Search {
    /// Sets up, runs, checks, reports.
    pub async fn run(self) -> Result<Report> {
        let mut server = self.common.from.start().await?;
        let sizes = (self.accounts as usize, self.chats as usize, self.own as usize);
        let town = Town::make(&Setup::of(&server), sizes, u64::from(self.messages)).await?;
        let (taken_in, listener) = self.fill(&mut server, &town).await?;
        let (folder, backend) = server.left().context("a server of its own")?;
        let bytes = backend.search_bytes(folder).await?;
        let began = Instant::now();
        let (before, generator) = (server.cpu(), own_cpu());
        let (kinds, all) = self.ask(&server, listener, &town).await?;
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
        let seconds = |took: Duration| rounded(took.as_secs_f64(), 1);
        let scenario = Scenario::new("search")
            .with("messages", self.messages)
            .with("chats", self.chats)
            .with("accounts", self.accounts)
            .with("own_chats", self.own + 1)
            .with("read_after_s", seconds(taken_in.read))
            .with("found_after_s", seconds(taken_in.found))
            .with("index_bytes", bytes)
            .with("index_bytes_per_message", bytes / u64::from(self.messages))
            .with("queries", all.micros.len())
            .with("query_ms", all.told())
            .with("kinds_ms", kinds);
        let absent = Absent {
            token: town.people[0].devices[1].clone(),
            senders: Vec::new(),
        };
        let outcome = Outcome {
            server,
            tally: Rc::new(Tally::new(0)),
            absent: vec![absent],
        };
        let mut report = outcome.report(&self.common, scenario, measured).await?;
        report.rate(all.micros.len(), measured);
        Ok(report)
    }

    /// Has it written into the log what is said, and waits until it can be read and found.
    async fn fill<'a>(&self, server: &mut Server, town: &'a Town) -> Result<(TakenIn, Listener<'a>)> {
        server.kill().await?;
        let (folder, backend) = server.left().context("only a server of its own can be filled")?;
        let log = floor::open(self.common.from.nats(), folder, backend).await?;
        let written = Scribe::new(town, &*log, folder).await?.write().await?;
        drop(log);
        let listener = Listener::new(town, &written);
        let began = Instant::now();
        server.start_again().await?;
        let (door, token) = (Door::new(&server.url), &town.people[0].devices[0]);
        let last = listener.newest().context("something is said")?;
        let chat = town.chats[last.chat].0;
        let text = chatter::text(&last.words);
        let is_it = |found: &Value| found["id"] == last.message && found["text"] == text.as_str();
        let newest = format!("/v1/chats/{chat}/messages?limit=1");
        let search = format!("/v1/chats/{chat}/search?q=%22{}%22", text.replace(' ', "+"));
        let mut read = None;
        loop {
            ensure!(began.elapsed() < INCLUDED, "what was said is not found after {INCLUDED:?}");
            if read.is_none() && door.get(token, &newest).await.is_ok_and(|page| is_it(&page["messages"][0])) {
                read = Some(began.elapsed());
            }
            // While the index is not open, or is behind, it may say so.
            if let (Some(read), Ok(page)) = (read, door.get(token, &search).await)
                && is_it(&page["messages"][0]["message"])
            {
                let found = began.elapsed();
                return Ok((TakenIn { read, found }, listener));
            }
            sleep(PAUSE).await;
        }
    }

    /// One query after the other, of all kinds in turns, each checked.
    async fn ask(&self, server: &Server, mut listener: Listener<'_>, town: &Town) -> Result<(Map<String, Value>, Times)> {
        let (door, token) = (Door::new(&server.url), &town.people[0].devices[0]);
        let asked = [true, false].into_iter().flat_map(|group| Kind::ALL.map(|kind| (group, kind)));
        let mut kinds = asked.map(|asked| Ok((asked, Times::none()?))).collect::<Result<Vec<_>>>()?;
        let mut all = Times::none()?;
        for _ in 0..self.rounds {
            for ((group, kind), times) in &mut kinds {
                let question = listener.question(*kind, *group);
                let path = question.path(town);
                let began = Instant::now();
                let answer = door.get(token, &path).await?;
                let took = began.elapsed();
                let short = listener.check(&question, &answer)?;
                times.note(took, short)?;
                all.note(took, short)?;
            }
        }
        let told = kinds.into_iter().map(|((group, kind), times)| {
            let place = if group { "in_a_chat" } else { "in_own_chats" };
            (format!("{place}.{}", kind.name()), times.told())
        });
        Ok((told.collect(), all))
    }
}

fn own_cpu() -> Duration {
    Process(std::process::id()).own_cpu()
}

impl Times {
    fn none() -> Result<Self> {
        Ok(Self {
            micros: Histogram::new(3)?,
            short: 0,
        })
    }

    fn note(&mut self, took: Duration, short: bool) -> Result<()> {
        self.short += u32::from(short);
        Ok(self.micros.record(u64::try_from(took.as_micros())?)?)
    }

    fn told(&self) -> Value {
        let ms = |quantile: f64| {
            rounded(
                Duration::from_micros(self.micros.value_at_quantile(quantile)).as_secs_f64() * 1e3,
                1,
            )
        };
        json!({ "p50": ms(0.5), "p95": ms(0.95), "p99": ms(0.99), "short_pages": self.short })
    }
}
