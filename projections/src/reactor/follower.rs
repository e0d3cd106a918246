//! Runs one reactor: follows the log from its checkpoint, tries again what did not succeed, parks what never will.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use domain::event::Event;
use domain::fact::Fact;
use domain::stream::Stream;
use domain::system::{self, Parked};
use futures::{FutureExt, StreamExt};
use infra::clock::Clock;
use infra::commit::{self, Read};
use infra::executor::Executor;
use infra::log::{self, EventLog, Mark, Record};
use infra::trace;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Context, Reactor, Trouble};
use crate::parking::Parker;
use crate::state::State;

/// How far the checkpoint may stay behind while nothing concerns the reactor; what concerns it is noted at once.
const UNNOTED: Duration = Duration::from_secs(5);
/// Pauses between attempts rise to this.
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// Panics on one fact until it is parked.
const PANICS_MAX: u32 = 3;

/// Runs one reactor.
#[derive(Debug)]
pub struct Follower {
    /// The reactor.
    pub reactor: Arc<dyn Reactor>,
    /// What it follows.
    pub log: Arc<dyn EventLog>,
    /// Where it remembers how far it has come.
    pub state: State,
    /// Decides its commands.
    pub executor: Executor,
    /// Where facts go that it can't react to.
    pub parker: Arc<dyn Parker>,
    /// Tells it the time.
    pub clock: Clock,
}

/// Why a reactor gave up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log is not the one its checkpoint is about, or can't be read any further.
    #[error(
        "reactor {0}: {1}. If the log was restored from a backup, restore the operational state (state.db) from the same one; or stop the server, delete \
         state.db in the data folder (with PostgreSQL: the reactor's row in the table `reactors`), and start again: it reacts to the whole log \
         again, which repeats nothing"
    )]
    Log(&'static str, log::Error),
}

#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error(transparent)]
    Log(#[from] log::Error),
    #[error("the operational state: {0}")]
    State(#[from] sqlx::Error),
    #[error("the log ended")]
    Ended,
}

impl Follower {
    /// Runs until `shutdown`, or until the log turns out not to be the one remembered.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), Error> {
        loop {
            let stop = tokio::select! {
                biased;
                () = shutdown.cancelled() => return Ok(()),
                stop = self.session() => stop,
            };
            match stop {
                Stop::Log(error @ (log::Error::Replaced(_) | log::Error::Damaged(_))) => {
                    return Err(Error::Log(self.reactor.name(), error));
                }
                Stop::Log(log::Error::Unavailable(_) | log::Error::Unfit(_)) | Stop::State(_) | Stop::Ended => {
                    tracing::warn!(reactor = self.reactor.name(), error = %stop, "a reactor stopped; going on from its checkpoint");
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
            }
        }
    }

    async fn session(&self) -> Stop {
        match self.follow().await {
            Ok(()) => Stop::Ended,
            Err(stop) => stop,
        }
    }

    async fn follow(&self) -> Result<(), Stop> {
        let name = self.reactor.name();
        let mark = self.state.reactor(name).await?;
        if let Some(mark) = &mark {
            log::verify(&*self.log, mark).await?;
        }
        let mut follow = self.log.follow(mark.map(|mark| mark.position));
        let mut noted = Instant::now();
        while let Some(records) = follow.next().await {
            let mut reacted = false;
            let mut last = None;
            for record in records? {
                reacted |= self.take(&record).await?;
                last = Some(Mark {
                    log: self.log.id(),
                    position: record.position,
                    commit: record.id,
                });
            }
            if let Some(mark) = last
                && (reacted || noted.elapsed() > UNNOTED)
            {
                self.state.reacted(name, &mark).await?;
                noted = Instant::now();
            }
        }
        Ok(())
    }

    /// Deals with one commit; answers whether anything of it concerned the reactor.
    async fn take(&self, record: &Record) -> Result<bool, Stop> {
        if record.stream != Stream::System && !self.reactor.concerns(&record.stream) {
            return Ok(false);
        }
        // What nobody can read is parked by the projections' runner.
        let Ok(stored) = commit::decode(record) else { return Ok(false) };
        let span = trace::follow("reactor.react", stored.trace.as_deref());
        span.tell("heliograph.reactor", || self.reactor.name());
        span.within(self.take_facts(stored.facts)).await
    }

    async fn take_facts(&self, facts: Vec<Read>) -> Result<bool, Stop> {
        let mut reacted = false;
        for read in facts {
            let Read::Fact(fact) = read else { continue };
            if let Some(released) = self.released(&fact).await? {
                self.deal_with(&released).await;
                reacted = true;
            }
            if self.reactor.concerns(&fact.stream) && self.reactor.cares(&fact.event) {
                self.deal_with(&fact).await;
                reacted = true;
            }
        }
        Ok(reacted)
    }

    /// The fact that was parked for this reactor and that this one releases; `None`: there is none, or none that can be read.
    async fn released(&self, fact: &Fact) -> Result<Option<Fact>, log::Error> {
        let Event::System(system::Event::FactReleased(released)) = &fact.event else {
            return Ok(None);
        };
        if released.projection != self.parked_as() {
            return Ok(None);
        }
        let Some(record) = self.log.at(released.position).await? else {
            return Ok(None);
        };
        let facts = commit::decode(&record).map_or_else(|_| Vec::new(), |stored| stored.facts);
        Ok(match facts.into_iter().nth(released.index as usize) {
            Some(Read::Fact(fact)) => Some(fact),
            Some(Read::Unreadable(..)) | None => None,
        })
    }

    /// Reacts, again and again, until it has succeeded or the fact is parked.
    async fn deal_with(&self, fact: &Fact) {
        let mut panics = 0;
        let mut pause = Duration::from_millis(50);
        loop {
            let error = match self.react(fact).await {
                Ok(Ok(())) => return,
                Ok(Err(Trouble::Never(error))) => return self.park(fact, &error).await,
                Ok(Err(Trouble::Later(error))) => error,
                Err(_) if panics + 1 == PANICS_MAX => return self.park(fact, "panic").await,
                Err(_) => {
                    panics += 1;
                    "panic".to_owned()
                }
            };
            tracing::warn!(
                reactor = self.reactor.name(),
                error,
                position = fact.at.position.get(),
                "a reaction is tried again"
            );
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    async fn react(&self, fact: &Fact) -> std::thread::Result<Result<(), Trouble>> {
        let context = Context::new(self.executor.clone(), self.clock.clone(), self.reactor.name(), fact);
        AssertUnwindSafe(self.reactor.react(fact, &context)).catch_unwind().await
    }

    async fn park(&self, fact: &Fact, error: &str) {
        let (position, index) = (fact.at.position, fact.at.index);
        tracing::error!(
            reactor = self.reactor.name(),
            position = position.get(),
            index,
            error,
            "a reaction is given up; the fact is parked"
        );
        let mut pause = Duration::from_millis(50);
        loop {
            let parked = Parked {
                projection: self.parked_as(),
                position,
                index,
            };
            match self.parker.park(parked, error).await {
                Ok(()) => return,
                Err(error) => tracing::warn!(error, "parking a fact"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    fn parked_as(&self) -> String {
        format!("reactor.{}", self.reactor.name())
    }
}
