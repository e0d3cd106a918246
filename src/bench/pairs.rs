//! `pairs`: senders and receivers, each pair in its direct chat.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::measure::{Measured, measure};
use super::message::{Sent, Tag};
use super::pace::Pace;
use super::people::{Person, Setup};
use super::report::{Report, Scenario};
use super::server::{Part, Server};
use super::session::{Heard, Session, Since};
use super::tally::{Length, Tally};
use super::verify::Absent;
use super::{Common, Outcome};

/// How long messages under way at the end may take to arrive.
const GRACE: Duration = Duration::from_secs(30);
/// The pause after a refusal that names none.
const PAUSE: Duration = Duration::from_millis(20);

/// K senders write to K receivers, each pair in a direct chat of its own.
#[derive(Debug, Args)]
pub struct Pairs {
    /// Pairs of a sender and a receiver
    #[arg(long = "pairs", value_name = "K", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=20_000))]
    count: u16,
    /// Closed loop: messages of each pair that may be under way
    #[arg(long, value_name = "W", default_value_t = 10)]
    window: u32,
    /// Open loop: messages a second over all pairs, sent on time however slow the answers are; latency
    /// counts from the intended time
    #[arg(long, value_name = "R", conflicts_with = "window")]
    rate: Option<u32>,
    /// Receivers also mark what they get as read
    #[arg(long)]
    read: bool,
    /// Both: rounds on fresh, embedded servers in turns, one that seals what people write and one that does not; how far apart they are
    #[arg(long, value_enum, default_value_t = Rounds::With, value_name = "SEALING")]
    sealing: Rounds,
    /// Both: the same with servers of which one keeps an index of what people write and one does not
    #[arg(long, value_enum, default_value_t = Rounds::With, value_name = "SEARCH", conflicts_with = "sealing")]
    search: Rounds,
    /// With `both`: rounds of each
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(super) rounds: u32,
    #[command(flatten)]
    length: Length,
    #[command(flatten)]
    pub(super) common: Common,
}

/// With which servers it is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Rounds {
    /// One that does it
    #[value(name = "on")]
    With,
    /// Such ones, and ones that do not, in turns
    Both,
}

struct Pair {
    number: u16,
    chat: String,
    from: Session,
    to: Session,
    reads: bool,
    /// Closed loop: how many may be under way. Open loop: when to send.
    flow: Flow,
    tally: Rc<Tally>,
    sent: u32,
    under_way: u32,
    unanswered: u32,
    marked: u32,
    refused: bool,
}

enum Flow {
    Window(u32),
    Due(UnboundedReceiver<u64>),
}

impl Pairs {
    /// Sets up, runs, checks, reports.
    pub async fn run(&self) -> Result<Report> {
        self.round(self.common.from.start().await?).await
    }

    /// The part of the server whose cost is asked for.
    pub(super) fn compared(&self) -> Option<Part> {
        match (self.sealing, self.search) {
            (Rounds::Both, _) => Some(Part::Sealing),
            (Rounds::With, Rounds::Both) => Some(Part::Search),
            (Rounds::With, Rounds::With) => None,
        }
    }

    /// The same with a server that was started just now.
    pub(super) async fn round(&self, server: Server) -> Result<Report> {
        let (people, chats) = people(&server, self.count).await?;
        let tally = Rc::new(Tally::new(chats.len()));
        let measured = self.load(&server, &people, chats, &tally).await?;
        let absent = absent(&people);
        let outcome = Outcome { server, tally, absent };
        outcome.report(&self.common, self.scenario(), measured).await
    }

    pub(super) fn scenario(&self) -> Scenario {
        let closed = self.rate.is_none();
        Scenario::new("pairs")
            .with("pairs", self.count)
            .with_some("window", closed.then_some(self.window))
            .with_some("rate_per_s", self.rate)
            .with("read", self.read)
            .with("seconds", self.length.measured().as_secs())
    }

    async fn load(&self, server: &Server, people: &[Person], chats: Vec<String>, tally: &Rc<Tally>) -> Result<Measured> {
        let stop = CancellationToken::new();
        let mut pace = self.rate.map(Pace::new);
        let mut tasks = JoinSet::new();
        for ((number, chat), pair) in (0..).zip(chats).zip(people.chunks_exact(2)) {
            let mut pair = Pair::open(server, number, chat, pair, Rc::clone(tally)).await?;
            pair.reads = self.read;
            pair.flow = match &mut pace {
                Some(pace) => {
                    let (due, receiver) = unbounded_channel();
                    pace.add(due);
                    Flow::Due(receiver)
                }
                None => Flow::Window(self.window),
            };
            tasks.spawn_local(pair.drive(stop.clone()));
        }
        let pace = pace.map(|pace| pace.start(tally.now()));
        let measured = measure(server, tally, self.length, &mut tasks).await?;
        drop(pace);
        stop.cancel();
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(measured)
    }
}

/// Two people and a direct chat for each pair; the senders stand at even places.
pub async fn people(server: &Server, pairs: u16) -> Result<(Vec<Person>, Vec<String>)> {
    let door = Setup::of(server);
    let people = door.people(usize::from(pairs) * 2).await?;
    let chats = door.direct_chats(people.chunks_exact(2).map(|pair| (&pair[0], &pair[1]))).await?;
    Ok((people, chats))
}

/// Everybody's second device; pair `i` has the messages of sender `i`.
pub fn absent(people: &[Person]) -> Vec<Absent> {
    let device = |(number, pair): (u16, &[Person])| {
        let absent = |person: &Person| Absent {
            token: person.devices[1].clone(),
            senders: vec![number],
        };
        [absent(&pair[0]), absent(&pair[1])]
    };
    (0..).zip(people.chunks_exact(2)).flat_map(device).collect()
}

impl Pair {
    async fn open(server: &Server, number: u16, chat: String, pair: &[Person], tally: Rc<Tally>) -> Result<Self> {
        Ok(Self {
            number,
            chat,
            from: Session::open(server.address, &pair[0].devices[0], Since::Now).await?,
            to: Session::open(server.address, &pair[1].devices[0], Since::Now).await?,
            reads: false,
            flow: Flow::Window(1),
            tally,
            sent: 0,
            under_way: 0,
            unanswered: 0,
            marked: 0,
            refused: false,
        })
    }

    /// Sends and hears until told to stop and nothing is under way.
    async fn drive(mut self, stop: CancellationToken) -> Result<()> {
        while !stop.is_cancelled() {
            self.send_what_may();
            self.pause_if_refused().await;
            self.turn(&stop).await?;
        }
        let deadline = Instant::now() + GRACE;
        let never = CancellationToken::new();
        while self.under_way > 0 || self.unanswered > 0 {
            tokio::select! {
                turned = self.turn(&never) => turned?,
                () = sleep_until(deadline) => bail!(
                    "{GRACE:?} after the end {} messages of a pair were not delivered and {} not answered",
                    self.under_way, self.unanswered
                ),
            }
        }
        Ok(())
    }

    fn send_what_may(&mut self) {
        match &mut self.flow {
            Flow::Window(window) => {
                let now = self.tally.now();
                for _ in self.under_way.max(self.unanswered)..*window {
                    self.send(now);
                }
            }
            Flow::Due(due) => {
                let due: Vec<u64> = std::iter::from_fn(|| due.try_recv().ok()).collect();
                for at in due {
                    self.send(at);
                }
            }
        }
    }

    fn send(&mut self, at: u64) {
        let tag = Tag {
            sender: self.number,
            count: self.sent,
        };
        self.from.send(self.tally.run, &self.chat, Sent { tag, at });
        self.sent += 1;
        self.under_way += 1;
        self.unanswered += 1;
    }

    async fn pause_if_refused(&mut self) {
        if std::mem::take(&mut self.refused) {
            sleep(PAUSE).await;
        }
    }

    /// Writes out, waits for something to happen, hears it.
    async fn turn(&mut self, stop: &CancellationToken) -> Result<()> {
        self.from.flush().await?;
        self.to.flush().await?;
        let due = async |flow: &mut Flow| match flow {
            Flow::Due(due) => due.recv().await,
            Flow::Window(_) => std::future::pending().await,
        };
        let mut at = None;
        tokio::select! {
            waited = self.to.wait() => waited?,
            waited = self.from.wait() => waited?,
            Some(next) = due(&mut self.flow) => at = Some(next),
            () = stop.cancelled() => {}
        }
        if let Some(at) = at {
            self.send(at);
        }
        self.hear_sender()?;
        self.hear_receiver()
    }

    fn hear_sender(&mut self) -> Result<()> {
        let (tally, unanswered, under_way, refused) = (&self.tally, &mut self.unanswered, &mut self.under_way, &mut self.refused);
        self.from.hear(|heard| match heard {
            Heard::Done(tag) => {
                *unanswered = unanswered.saturating_sub(1);
                tally.acknowledge(tag);
            }
            Heard::Refused(error) => {
                *unanswered = unanswered.saturating_sub(1);
                *under_way = under_way.saturating_sub(1);
                *refused = true;
                tally.refused(error);
            }
            Heard::Update(_) => {}
        })
    }

    fn hear_receiver(&mut self) -> Result<()> {
        let (tally, under_way) = (&self.tally, &mut self.under_way);
        let mut newest = None;
        self.to.hear(|heard| match heard {
            Heard::Update(Some(message)) => {
                tally.delivered(message.sent.at);
                *under_way = under_way.saturating_sub(1);
                newest = Some(message.id);
            }
            Heard::Refused(error) => tally.refused(error),
            Heard::Done(_) | Heard::Update(None) => {}
        })?;
        if let Some(id) = newest.filter(|_| self.reads) {
            let tag = Tag {
                sender: self.number,
                count: self.marked,
            };
            self.to.read(tally.run, &self.chat, tag, id);
            self.marked += 1;
        }
        Ok(())
    }
}
