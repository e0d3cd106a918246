//! `fanout`: one group, everybody online.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::measure::{Measured, measure};
use super::message::{Sent, Tag};
use super::people::{Person, Setup};
use super::report::{Report, Scenario};
use super::server::Server;
use super::session::{Heard, Session, Since};
use super::tally::{Length, Tally};
use super::verify::Absent;
use super::{Common, Outcome};

const GRACE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// One group of M members, all online; one of them writes.
#[derive(Debug, Args)]
pub struct Fanout {
    /// Members of the group
    #[arg(long, value_name = "M", default_value_t = 500, value_parser = clap::value_parser!(u32).range(2..=1000))]
    members: u32,
    /// Messages that may be under way: sent, and not yet received by every member
    #[arg(long, value_name = "W", default_value_t = 10)]
    window: u32,
    #[command(flatten)]
    length: Length,
    #[command(flatten)]
    pub(super) common: Common,
}

/// What the members share.
#[derive(Debug)]
struct Group {
    members: u32,
    window: u32,
    tally: Rc<Tally>,
    /// How many members have which message.
    arrived: RefCell<Vec<u32>>,
    under_way: Cell<u32>,
    /// How long messages took to reach everybody, in µs.
    complete: RefCell<Vec<u64>>,
    changed: Notify,
}

impl Fanout {
    /// Sets up, runs, checks, reports.
    pub async fn run(self) -> Result<Report> {
        let server = self.common.from.start().await?;
        let door = Setup::of(&server);
        let people = door.people(self.members as usize).await?;
        let chat = door.group(&people).await?;
        let tally = Rc::new(Tally::new(1));
        let load = Load {
            window: self.window,
            length: self.length,
        };
        let (measured, _) = load.run(&server, &people, chat, &tally).await?;
        let absent = people.iter().map(absent).collect();
        let scenario = Scenario::new("fanout")
            .with("members", self.members)
            .with("window", self.window)
            .with("seconds", self.length.measured().as_secs());
        Outcome { server, tally, absent }.report(&self.common, scenario, measured).await
    }
}

/// One writes, all hear.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// Messages that may be under way.
    pub(super) window: u32,
    /// For how long.
    pub(super) length: Length,
}

impl Load {
    /// The first of these people writes into the chat, and all of them hear it. Gives how long each message took to reach them all, too, in µs.
    pub(super) async fn run(self, server: &Server, people: &[Person], chat: String, tally: &Rc<Tally>) -> Result<(Measured, Vec<u64>)> {
        let group = Rc::new(Group {
            members: u32::try_from(people.len())?,
            window: self.window,
            complete: RefCell::default(),
            tally: Rc::clone(tally),
            arrived: RefCell::default(),
            under_way: Cell::new(0),
            changed: Notify::new(),
        });
        let (stop, end) = (CancellationToken::new(), CancellationToken::new());
        let (writer, others) = people.split_first().context("a group has members")?;
        let mut listeners = JoinSet::new();
        for person in others {
            let session = Session::open(server.address, &person.devices[0], Since::Now).await?;
            listeners.spawn_local(Rc::clone(&group).listen(session, end.clone()));
        }
        let session = Session::open(server.address, &writer.devices[0], Since::Now).await?;
        let writer = tokio::task::spawn_local(Rc::clone(&group).write(session, chat, stop.clone()));
        let measured = measure(server, tally, self.length, &mut listeners).await?;
        stop.cancel();
        writer.await??;
        end.cancel();
        while let Some(ended) = listeners.join_next().await {
            ended??;
        }
        let group = Rc::into_inner(group).context("a session outlived the run")?;
        Ok((measured, group.complete.into_inner()))
    }
}

fn absent(person: &Person) -> Absent {
    Absent {
        token: person.devices[1].clone(),
        senders: vec![0],
    }
}

impl Group {
    async fn listen(self: Rc<Self>, mut session: Session, end: CancellationToken) -> Result<()> {
        loop {
            tokio::select! {
                waited = session.wait() => waited?,
                () = end.cancelled() => return Ok(()),
            }
            session.hear(|heard| self.heard(&heard))?;
            session.flush().await?;
        }
    }

    async fn write(self: Rc<Self>, mut session: Session, chat: String, stop: CancellationToken) -> Result<()> {
        let (mut count, mut unanswered, mut refused) = (0, 0u32, false);
        let mut deadline = None;
        loop {
            let stopping = stop.is_cancelled();
            if stopping && self.under_way.get() == 0 && unanswered == 0 {
                return Ok(());
            }
            if stopping && Instant::now() > *deadline.get_or_insert(Instant::now() + GRACE) {
                bail!(
                    "{GRACE:?} after the end {} messages had not reached every member",
                    self.under_way.get()
                );
            }
            if std::mem::take(&mut refused) {
                sleep(PAUSE).await;
            }
            while !stopping && self.under_way.get().max(unanswered) < self.window {
                let tag = Tag { sender: 0, count };
                session.send(self.tally.run, &chat, Sent { tag, at: self.tally.now() });
                self.under_way.set(self.under_way.get() + 1);
                (count, unanswered) = (count + 1, unanswered + 1);
            }
            session.flush().await?;
            tokio::select! {
                waited = session.wait() => waited?,
                () = self.changed.notified() => {}
                () = stop.cancelled(), if !stopping => {}
                () = sleep_until(Instant::now() + GRACE) => {}
            }
            session.hear(|heard| {
                self.heard(&heard);
                match heard {
                    Heard::Done(_) => unanswered -= 1,
                    Heard::Refused(_) => (unanswered, refused) = (unanswered - 1, true),
                    Heard::Update(_) => {}
                }
            })?;
        }
    }

    fn heard(&self, heard: &Heard<'_>) {
        match heard {
            Heard::Update(Some(message)) => {
                self.tally.delivered(message.sent.at);
                self.arrived(message.sent);
            }
            Heard::Update(None) => {}
            Heard::Done(tag) => self.tally.acknowledge(*tag),
            Heard::Refused(error) => {
                self.tally.refused(error);
                self.freed();
            }
        }
    }

    fn arrived(&self, sent: Sent) {
        let count = sent.tag.count as usize;
        let mut arrived = self.arrived.borrow_mut();
        if arrived.len() <= count {
            arrived.resize(count + 1, 0);
        }
        arrived[count] += 1;
        if arrived[count] == self.members {
            self.complete.borrow_mut().push(self.tally.now().saturating_sub(sent.at) / 1_000);
            self.freed();
        }
    }

    fn freed(&self) {
        self.under_way.set(self.under_way.get() - 1);
        self.changed.notify_one();
    }
}
