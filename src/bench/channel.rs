//! `channel`: one channel, of whose many subscribers some are online.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use domain::actor::Actor;
use domain::event::Event;
use domain::id::{AccountId, ChatId, CommandId, CommitId, DeviceId};
use domain::inbox::{self, event::Subscribed};
use domain::stream::Stream;
use infra::clock::Clock;
use infra::commit::{Commit, Entry, VERSION};
use infra::log::{Append, EventLog};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::fanout::Load;
use super::people::Setup;
use super::report::{Report, Scenario};
use super::server::Server;
use super::tally::{Length, Tally};
use super::{Common, Outcome, floor};

/// Subscriptions appended together.
const AT_ONCE: u32 = 1_000;
/// How long the read models may take to include all subscriptions.
const INCLUDED: Duration = Duration::from_mins(30);
const PAUSE: Duration = Duration::from_millis(200);

/// One channel of M subscribers, of whom N are online; its owner posts.
#[derive(Debug, Args)]
pub struct Channel {
    /// Subscribers that are online, the owner among them
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(2..=20_000))]
    followers: u32,
    /// Subscribers, those that are online among them; the others are written into the log while the server is down
    #[arg(long, value_name = "M", default_value_t = 500, value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    subscribers: u32,
    /// Posts that may be under way: sent, and not yet received by all who are online
    #[arg(long, value_name = "W", default_value_t = 1)]
    window: u32,
    #[command(flatten)]
    length: Length,
    #[command(flatten)]
    pub(super) common: Common,
}

impl Channel {
    /// Sets up, runs, checks, reports.
    pub async fn run(self) -> Result<Report> {
        ensure!(
            self.followers <= self.subscribers,
            "who is online follows the channel: N is at most M"
        );
        let mut server = self.common.from.start().await?;
        let setup = Setup::of(&server);
        let people = setup.people(self.followers as usize).await?;
        let chat = setup.channel(&people).await?;
        self.fill(&mut server, chat.parse()?, &people[0].devices[0]).await?;
        let tally = Rc::new(Tally::new(1));
        let load = Load {
            window: self.window,
            length: self.length,
        };
        let (measured, mut complete) = load.run(&server, &people, chat, &tally).await?;
        complete.sort_unstable();
        let at = |share: f64| complete.get(share_of(complete.len(), share)).map(|micros| micros.div_ceil(10) * 10);
        let scenario = Scenario::new("channel")
            .with("followers", self.followers)
            .with("subscribers", self.subscribers)
            .with("window", self.window)
            .with("seconds", self.length.measured().as_secs())
            .with_some("all_have_it_us_p50", at(0.5))
            .with_some("all_have_it_us_p99", at(0.99));
        // What a device's own sequence says is not what is measured here.
        let absent = Vec::new();
        Outcome { server, tally, absent }.report(&self.common, scenario, measured).await
    }

    /// Writes the subscriptions of those who are never online, and waits until the server knows of them.
    async fn fill(&self, server: &mut Server, chat: ChatId, token: &str) -> Result<()> {
        let others = self.subscribers - self.followers;
        if others == 0 {
            return Ok(());
        }
        server.kill().await?;
        let (folder, backend) = server.left().context("only a server of its own can be filled")?;
        let log = floor::open(self.common.from.nats(), folder, backend).await?;
        write(&*log, chat, others).await?;
        drop(log);
        server.start_again().await?;
        let setup = Setup::of(server);
        let deadline = Instant::now() + INCLUDED;
        while setup.subscribers(token).await? != Some(u64::from(self.subscribers)) {
            if Instant::now() > deadline {
                bail!("the read models do not include all subscriptions after {INCLUDED:?}");
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }
}

/// The place of a share of so many.
fn share_of(count: usize, share: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a run has some thousand posts"
    )]
    let place = (count as f64 * share) as usize;
    place.min(count.saturating_sub(1))
}

/// Appends a subscription each of so many accounts, from the greatest number down: those that there are were drawn, and are hardly among them.
async fn write(log: &dyn EventLog, chat: ChatId, count: u32) -> Result<()> {
    let clock = Clock::system();
    let accounts =
        (0..i64::from(count)).map(|number| AccountId::new(AccountId::MAX.get() - number).expect("a great number is an account's"));
    let mut appends = Vec::with_capacity(AT_ONCE as usize);
    let mut accounts = accounts.peekable();
    while let Some(account) = accounts.next() {
        appends.push(subscription(&clock, account, chat)?);
        if appends.len() == AT_ONCE as usize || accounts.peek().is_none() {
            for appended in log.append_many(std::mem::take(&mut appends)).await {
                appended?;
            }
        }
    }
    Ok(())
}

/// An account's first commit: it follows the channel.
fn subscription(clock: &Clock, account: AccountId, chat: ChatId) -> Result<Append> {
    let event = Event::from(inbox::Event::Subscribed(Subscribed { chat, after: None }));
    let id = CommitId(Uuid::new_v5(&Uuid::NAMESPACE_OID, account.to_string().as_bytes()));
    let entry = Entry {
        by: &Actor::Device(account, DeviceId::MIN),
        command: CommandId(id.0),
        digest: "",
        sent_at: None,
        event: &event,
    };
    let commit = Commit {
        v: VERSION,
        id,
        at: clock.now(),
        trace: None,
        facts: vec![entry],
    };
    Ok(Append {
        stream: Stream::Inbox(account),
        expected: None,
        id,
        body: commit.encode()?,
    })
}
