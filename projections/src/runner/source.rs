//! Reads the log for all lanes: decodes each commit once, parks what can't be read, and finds what is released.

use std::sync::Arc;
use std::time::Duration;

use domain::event::Event;
use domain::fact::{Fact, FactRef};
use domain::id::Position;
use domain::stream::Stream;
use domain::system::{self, Parked};
use futures::StreamExt;
use infra::commit::{self, Read};
use infra::log::{EventLog, Mark, Record};
use tokio::sync::{Semaphore, mpsc};

use super::Stop;
use super::commit::{Commit, Item};
use crate::parking::{ALL, Parker, Place, Skips};

#[derive(Debug)]
pub(super) struct Source {
    log: Arc<dyn EventLog>,
    skips: Arc<Skips>,
    parker: Arc<dyn Parker>,
    room: Arc<Semaphore>,
    most: usize,
    pub(super) lanes: Vec<mpsc::Sender<Arc<Commit>>>,
}

impl Source {
    pub(super) fn new(log: Arc<dyn EventLog>, skips: Arc<Skips>, parker: Arc<dyn Parker>, ahead: usize) -> Self {
        Self {
            log,
            skips,
            parker,
            room: Arc::new(Semaphore::new(ahead)),
            most: ahead,
            lanes: Vec::new(),
        }
    }

    /// Reads what is parked and released in the whole log, so that it is skipped at its place however far back that is.
    pub(super) async fn learn_skips(&mut self) -> Result<(), Stop> {
        for record in self.log.read(&Stream::System, None).await? {
            for read in commit::decode(&record).map_or_else(|_| Vec::new(), |stored| stored.facts) {
                match read {
                    Read::Fact(fact) => self.skips.note(&fact),
                    Read::Unreadable(..) => {}
                }
            }
        }
        Ok(())
    }

    /// Follows the log from behind a position.
    pub(super) async fn run(self, after: Option<Position>) -> Result<(), Stop> {
        let mut follow = self.log.follow(after);
        while let Some(records) = follow.next().await {
            for record in records? {
                let commit = Arc::new(self.read(&record).await?);
                for lane in &self.lanes {
                    if lane.send(Arc::clone(&commit)).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    async fn read(&self, record: &Record) -> Result<Commit, Stop> {
        let bytes = u32::try_from(record.body.len().clamp(1, self.most)).expect("a commit is small");
        let room = Arc::clone(&self.room).acquire_many_owned(bytes).await;
        let mut items = Vec::new();
        let (mut recorded_at, mut trace) = (None, None);
        match commit::decode(record) {
            Ok(stored) => {
                (recorded_at, trace) = (Some(stored.at), stored.trace);
                items.reserve(stored.facts.len());
                for read in stored.facts {
                    self.take(read, &mut items).await?;
                }
            }
            Err(error) => {
                let (position, index) = (record.position, 0);
                self.park(Place::own(FactRef { position, index }), &error.to_string()).await?;
            }
        }
        Ok(Commit {
            mark: Mark {
                log: self.log.id(),
                position: record.position,
                commit: record.id,
            },
            recorded_at,
            trace,
            bytes: record.body.len(),
            items,
            _room: room.expect("the semaphore is never closed"),
        })
    }

    async fn take(&self, read: Read, items: &mut Vec<Item>) -> Result<(), Stop> {
        match read {
            Read::Unreadable(at, error) => self.park(Place::own(at), &error.to_string()).await,
            Read::Fact(fact) => {
                let fact = Arc::new(fact);
                self.skips.note(&fact);
                items.push(Item::own(Arc::clone(&fact)));
                items.extend(self.released(&fact).await?);
                Ok(())
            }
        }
    }

    /// The fact that this one releases, to be applied behind it.
    async fn released(&self, fact: &Fact) -> Result<Option<Item>, Stop> {
        let Event::System(system::Event::FactReleased(released)) = &fact.event else {
            return Ok(None);
        };
        let of = FactRef {
            position: released.position,
            index: released.index,
        };
        let place = Place { fact: of, at: fact.at };
        let Some(record) = self.log.at(of.position).await? else {
            return Ok(None);
        };
        let found = commit::decode(&record).map(|stored| stored.facts.into_iter().nth(of.index as usize));
        match found {
            Ok(Some(Read::Fact(found))) => Ok(Some(Item {
                fact: Arc::new(found),
                place,
                only: Some(released.projection.clone()).filter(|name| name != ALL),
            })),
            Ok(Some(Read::Unreadable(_, error))) | Err(error) => self.park(place, &error.to_string()).await.map(|()| None),
            Ok(None) => Ok(None),
        }
    }

    /// Parks what nobody can read, unless that was done already.
    async fn park(&self, place: Place, error: &str) -> Result<(), Stop> {
        if self.skips.applies(ALL, place) {
            park(&*self.parker, &self.skips, ALL, place, error).await?;
        }
        Ok(())
    }
}

/// Parks a fact: only when that is recorded is it skipped. Tries a few times before everything starts over.
pub(super) async fn park(parker: &dyn Parker, skips: &Skips, projection: &str, place: Place, error: &str) -> Result<(), Stop> {
    tracing::error!(
        projection,
        position = place.fact.position.get(),
        index = place.fact.index,
        error,
        "a fact is parked"
    );
    let fact = Parked {
        projection: projection.to_owned(),
        position: place.fact.position,
        index: place.fact.index,
    };
    let mut pause = Duration::from_millis(20);
    for _ in 0..5 {
        match parker.park(fact.clone(), error).await {
            Ok(()) => {
                skips.parked(projection, place);
                metrics::counter!("heliograph_projection_facts_parked_total", "projection" => projection.to_owned()).increment(1);
                return Ok(());
            }
            Err(error) => tracing::warn!(error, "parking a fact"),
        }
        tokio::time::sleep(pause).await;
        pause *= 3;
    }
    Err(Stop::Park(format!("{projection} could not park the fact at {:?}", place.fact)))
}
