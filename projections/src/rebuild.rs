//! Read models made anew from the log beside those that serve, and put in their place without a gap.
//!
//! The hot ones share a transaction, so they are made anew together. What is built is fed by a runner of its own from the log's
//! beginning; nobody hears of its updates, and it parks nothing. Once it has come near the log's end, those that serve stand still
//! for a moment, the new ones catch up with exactly that, and from then on every question is asked of them. They give the same
//! numbers, so that cursors stay good; sessions read the table once.

mod chase;
mod error;
mod file;
mod hope;
mod place;
mod schema;
mod status;

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::id::Position;
use domain::system::Parked;
use domain::time::Timestamp;
use infra::clock::Clock;
use infra::commit;
use infra::log::EventLog;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

pub use error::Error;
pub use file::{Files, tidy};
pub use place::Place;
pub use schema::Schema;
pub use status::{Phase, Status};

use crate::checkpoint::{self, Refused};
use crate::parking::Parker;
use crate::read_models::{ReadModels, versions};
use crate::runner::Built;
use chase::{Chase, Feeding, facts};
use hope::Hope;

/// The hot projections, as operators call them.
pub const HOT: &str = "hot";

/// How near, in commits, what is built has to come to the log's end before it is put in place.
const NEAR: i64 = 1_000;
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How often it is tried to clear away what a killed process has left.
const CLEARINGS: u32 = 6;
/// How long it is waited, at first and at most, until what must be made anew and could not is tried again.
const AGAIN: Duration = Duration::from_secs(5);
const AGAIN_MAX: Duration = Duration::from_hours(1);

/// Makes read models anew, one at a time. Cheap to clone.
#[derive(Clone)]
pub struct Rebuilds {
    parts: Arc<Parts>,
}

struct Parts {
    models: ReadModels,
    log: Arc<dyn EventLog>,
    clock: Clock,
    place: Place,
    /// Into how many lanes they are cut.
    lanes: u32,
    wake: Notify,
    now: Mutex<Now>,
}

struct Now {
    status: Status,
    asked: bool,
    /// Those that serve are of another version, or in another number of lanes.
    outdated: bool,
    hope: Hope,
    cancel: CancellationToken,
}

/// One is being made already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the read models are being made anew already")]
pub struct UnderWay;

impl Rebuilds {
    /// Of these, in this place; begins by itself with those that are `outdated`.
    pub fn new(models: ReadModels, log: Arc<dyn EventLog>, clock: Clock, place: Place, lanes: u32, outdated: Option<&Refused>) -> Self {
        let now = Now {
            status: outdated.map_or_else(Status::default, |_| Status::begun(true)),
            asked: outdated.is_some(),
            outdated: outdated.is_some(),
            hope: Hope::After(0),
            cancel: CancellationToken::new(),
        };
        if let Some(why) = outdated {
            tracing::warn!(found = %why, "the read models are made anew; until then those that there are serve");
        }
        Self {
            parts: Arc::new(Parts {
                models,
                log,
                clock,
                place,
                lanes,
                wake: Notify::new(),
                now: Mutex::new(now),
            }),
        }
    }

    /// Begins, or will in a moment.
    pub fn start(&self) -> Result<Status, UnderWay> {
        let mut now = self.now();
        if now.asked || now.status.phase.is_under_way() {
            return Err(UnderWay);
        }
        now.asked = true;
        now.hope = Hope::After(0);
        now.status = Status::begun(now.status.outdated);
        let status = now.status.clone();
        drop(now);
        self.parts.wake.notify_one();
        Ok(status)
    }

    /// Gives up what is being made; those that serve go on.
    pub fn cancel(&self) -> Status {
        let mut now = self.now();
        if std::mem::take(&mut now.asked) {
            // It had not begun.
            now.status.phase = Phase::Cancelled;
            now.hope = Hope::GivenUp;
        }
        now.cancel.cancel();
        now.status.clone()
    }

    /// How it goes, or how the last one ended.
    pub fn status(&self) -> Status {
        self.now().status.clone()
    }

    /// Who serves rows of another version parks nothing: what fails on them may well succeed on those that are made.
    pub fn parker(&self, parker: Arc<dyn Parker>) -> Arc<dyn Parker> {
        Arc::new(WhenCurrent {
            rebuilds: self.clone(),
            parker,
        })
    }

    /// Makes what is asked for until `stop`.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Infallible> {
        tokio::select! {
            () = self.clear_away() => {}
            () = stop.cancelled() => return Ok(()),
        }
        let mut pause = AGAIN;
        loop {
            let Some(cancel) = self.next(&stop).await else { return Ok(()) };
            let begun = Instant::now();
            let made = tokio::select! {
                made = self.make(&cancel, begun) => made,
                () = stop.cancelled() => return Ok(()),
            };
            match &made {
                Ok(()) => tracing::info!(seconds = begun.elapsed().as_secs_f64(), "the read models were made anew"),
                Err(error) => tracing::warn!(%error, "the read models were not made anew; those that there are go on"),
            }
            self.ended(&made);
            if matches!(&made, Err(Error::Elsewhere)) {
                // What another process makes will soon be there.
                pause = AGAIN;
            }
            // Given up, or cut off, in the moment in which it took its place, it may serve.
            let outdated = tokio::select! {
                outdated = self.still_outdated() => outdated,
                () = stop.cancelled() => return Ok(()),
            };
            if !outdated || matches!(&made, Err(Error::Cancelled)) {
                pause = AGAIN;
                continue;
            }
            tokio::select! {
                () = sleep(pause) => {}
                // Somebody does not want to wait for that.
                () = self.parts.wake.notified() => {}
                () = stop.cancelled() => return Ok(()),
            }
            pause = (pause * 2).min(AGAIN_MAX);
            if self.still_outdated().await {
                let mut now = self.now();
                now.asked = true;
                now.status = Status::begun(true);
            }
        }
    }

    /// Clears away what a process that was killed has left, unless one is asked for: that begins with it.
    async fn clear_away(&self) {
        for _ in 0..CLEARINGS {
            if self.now().asked {
                return;
            }
            match self.parts.place.clear_away(&self.parts.models).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "what was begun of read models can't be cleared away"),
            }
            tokio::select! {
                () = sleep(AGAIN) => {}
                () = self.parts.wake.notified() => {}
            }
        }
    }

    /// Waits until one is asked for. `None`: no more.
    async fn next(&self, stop: &CancellationToken) -> Option<CancellationToken> {
        loop {
            {
                let mut now = self.now();
                if std::mem::take(&mut now.asked) {
                    now.status = Status::begun(now.outdated);
                    now.status.phase = Phase::Building;
                    now.cancel = CancellationToken::new();
                    return Some(now.cancel.clone());
                }
            }
            tokio::select! {
                () = self.parts.wake.notified() => {}
                () = stop.cancelled() => return None,
            }
        }
    }

    fn ended(&self, made: &Result<(), Error>) {
        let mut now = self.now();
        now.hope = now.hope.after(made, Instant::now());
        now.status.phase = match made {
            Ok(()) => Phase::Done,
            Err(Error::Cancelled) => Phase::Cancelled,
            Err(_) => Phase::Failed,
        };
        now.status.error = made.as_ref().err().map(Error::to_string);
        now.status.eta_s = None;
        metrics::gauge!("heliograph_rebuild_running").set(0.0);
        if made.is_ok() {
            now.outdated = false;
            now.status.outdated = false;
        }
    }

    /// Whether those that serve are not what is wanted, as their rows say: another process may have made them anew.
    async fn still_outdated(&self) -> bool {
        if !self.now().outdated {
            return false;
        }
        let Parts { models, lanes, .. } = &*self.parts;
        match checkpoint::find(&models.db, models.log, *lanes, &versions()).await {
            Ok(found) if found.outdated.is_none() => {
                models.renewed(found.marks.iter().map(|mark| mark.map(|mark| mark.position)));
                let mut now = self.now();
                now.outdated = false;
                now.status.outdated = false;
                if !now.asked {
                    now.status.phase = Phase::Done;
                    now.status.error = None;
                }
                false
            }
            // Unreachable just now, perhaps.
            Ok(_) | Err(_) => true,
        }
    }

    async fn make(&self, cancel: &CancellationToken, begun: Instant) -> Result<(), Error> {
        metrics::gauge!("heliograph_rebuild_running").set(1.0);
        let Parts { models, lanes, place, .. } = &*self.parts;
        let mut building = place.begin(models, *lanes).await?;
        let made = tokio::select! {
            made = self.build(&mut building, begun) => made,
            () = cancel.cancelled() => Err(Error::Cancelled),
        };
        match &made {
            Ok(()) => building.tidy_up().await,
            Err(_) => building.discard().await,
        }
        made
    }

    async fn build(&self, building: &mut place::Building, begun: Instant) -> Result<(), Error> {
        let Parts { models, log, clock, .. } = &*self.parts;
        let feeding = Feeding {
            log: Arc::clone(log),
            clock: clock.clone(),
            newest: newest(&**log).await?,
        };
        let chase = Chase::start(building.models().clone(), feeding.clone(), Built::default());
        self.near(&chase, begun).await?;
        let built = chase.built();
        chase.stop().await?;
        self.now().status.phase = Phase::Swapping;
        building.finish(models).await?;
        // Messages went on arriving meanwhile.
        let chase = Chase::start(building.models().clone(), feeding, Arc::clone(&built));
        self.near(&chase, begun).await?;
        building.swap(models, chase).await?;
        let stand = models.checkpoint();
        self.now().status.stands(facts(&built), stand, stand, begun.elapsed());
        Ok(())
    }

    /// Waits until what is built has come near the log's end.
    async fn near(&self, chase: &Chase, begun: Instant) -> Result<(), Error> {
        loop {
            self.parts.place.has_room()?;
            let end = self.parts.log.end().await?;
            let stand = chase.models().checkpoint();
            self.now().status.stands(facts(&chase.built()), stand, end, begun.elapsed());
            let behind = end.map_or(0, Position::get) - stand.map_or(0, Position::get);
            if behind <= NEAR {
                return Ok(());
            }
            tokio::select! {
                () = sleep(LOOK) => {}
                failed = chase.failed() => return Err(Error::Building(failed)),
            }
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.parts.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Rebuilds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rebuilds").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// When the log's newest commit was recorded, if that can be read.
async fn newest(log: &dyn EventLog) -> Result<Option<Timestamp>, Error> {
    let Some(end) = log.end().await? else { return Ok(None) };
    let record = log.at(end).await?;
    Ok(record.and_then(|record| commit::decode(&record).ok()).map(|stored| stored.at))
}

/// Parks only what fails on rows of this program's own version, unless there will be none soon: one fact would hold up all others.
/// Who waits for another process that makes them, or for its own next try, is hopeful, too.
#[derive(Debug)]
struct WhenCurrent {
    rebuilds: Rebuilds,
    parker: Arc<dyn Parker>,
}

#[async_trait]
impl Parker for WhenCurrent {
    async fn park(&self, fact: Parked, error: &str) -> Result<(), String> {
        let hopeful = {
            let now = self.rebuilds.now();
            now.outdated && now.hope.lasts(Instant::now())
        };
        if hopeful {
            return Err(format!("not while the read models are made anew: {error}"));
        }
        self.parker.park(fact, error).await
    }
}
