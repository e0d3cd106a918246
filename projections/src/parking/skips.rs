//! Which facts projections skip: derived from the stream `system`, so that the log alone says it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use domain::event::Event;
use domain::fact::{Fact, FactRef};
use domain::system;

use super::ALL;

/// A fact at a place in the log where it may be applied: its own, or one of its releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The fact.
    pub fact: FactRef,
    /// Its own place, or that of its release.
    pub at: FactRef,
}

impl Place {
    /// A fact's own.
    pub fn own(fact: FactRef) -> Self {
        Self { fact, at: fact }
    }
}

/// What is parked and released. For a projection and a fact the two alternate: the first parking is about the fact's own
/// place, the next about its first release, and so on.
#[derive(Debug, Default)]
pub struct Skips {
    entries: RwLock<HashMap<FactRef, HashMap<String, Entry>>>,
    any: AtomicBool,
}

#[derive(Debug, Default)]
struct Entry {
    parked: Vec<FactRef>,
    released: Vec<FactRef>,
    /// Parkings that this process knows of and has not seen in the log yet are among these.
    known: usize,
}

impl Entry {
    fn released_by(&self, at: FactRef) -> usize {
        self.released.iter().filter(|release| **release <= at).count()
    }
}

impl Skips {
    /// Takes note of a fact, if it parks or releases another. In the order of the log; again is harmless.
    pub fn note(&self, fact: &Fact) {
        let (projection, of, parks) = match &fact.event {
            Event::System(system::Event::FactParked(parked)) => (&parked.projection, (parked.position, parked.index), true),
            Event::System(system::Event::FactReleased(released)) => (&released.projection, (released.position, released.index), false),
            Event::System(system::Event::TokenIssued(_) | system::Event::TokenEnded(_))
            | Event::Chat(_)
            | Event::Account(_)
            | Event::Inbox(_)
            | Event::SignIn(_)
            | Event::Name(_)
            | Event::Interactions(_) => return,
        };
        let of = FactRef {
            position: of.0,
            index: of.1,
        };
        self.change(of, projection, |entry| {
            let places = if parks { &mut entry.parked } else { &mut entry.released };
            if !places.contains(&fact.at) {
                places.push(fact.at);
            }
        });
    }

    /// Takes note that a projection has just parked a fact at a place.
    pub fn parked(&self, projection: &str, place: Place) {
        self.change(place.fact, projection, |entry| {
            entry.known = entry.known.max(entry.released_by(place.at) + 1);
        });
    }

    /// Whether a projection applies a fact at a place.
    pub fn applies(&self, projection: &str, place: Place) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return true;
        }
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let Some(entries) = entries.get(&place.fact) else { return true };
        let names = if projection == ALL { &[ALL][..] } else { &[ALL, projection] };
        let concerning = || names.iter().filter_map(|name| entries.get(*name));
        let parked: usize = concerning().map(|entry| entry.parked.len().max(entry.known)).sum();
        let released: usize = concerning().map(|entry| entry.released_by(place.at)).sum();
        parked <= released
    }

    fn change(&self, of: FactRef, projection: &str, change: impl FnOnce(&mut Entry)) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        change(entries.entry(of).or_default().entry(projection.to_owned()).or_default());
        self.any.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use domain::actor::Actor;
    use domain::id::{CommandId, Position};
    use domain::stream::Stream;
    use domain::system::event::{FactParked, FactReleased};
    use domain::time::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn at(position: i64) -> FactRef {
        FactRef {
            position: Position::try_from(position).unwrap(),
            index: 0,
        }
    }

    fn fact(position: i64, event: system::Event) -> Fact {
        Fact {
            at: at(position),
            stream: Stream::System,
            recorded_at: Timestamp(0),
            sent_at: None,
            by: Actor::Service("test".into()),
            command: CommandId(Uuid::nil()),
            digest: String::new(),
            event: Event::System(event),
        }
    }

    fn parked(projection: &str, of: i64) -> system::Event {
        system::Event::FactParked(FactParked {
            projection: projection.into(),
            position: at(of).position,
            index: 0,
            error: String::new(),
        })
    }

    fn released(projection: &str, of: i64) -> system::Event {
        system::Event::FactReleased(FactReleased {
            projection: projection.into(),
            position: at(of).position,
            index: 0,
        })
    }

    fn place(fact: i64, place: i64) -> Place {
        Place {
            fact: at(fact),
            at: at(place),
        }
    }

    #[test]
    fn a_parked_fact_is_skipped_by_its_projection_and_applied_where_it_is_released() {
        let skips = Skips::default();
        skips.note(&fact(10, parked("timeline", 5)));
        skips.note(&fact(20, released("timeline", 5)));
        assert!(!skips.applies("timeline", place(5, 5)));
        assert!(skips.applies("timeline", place(5, 20)));
        assert!(skips.applies("dialogs", place(5, 5)));
        assert!(skips.applies("timeline", place(6, 6)));
    }

    #[test]
    fn what_is_parked_again_waits_for_its_next_release() {
        let skips = Skips::default();
        skips.note(&fact(10, parked("timeline", 5)));
        skips.note(&fact(20, released("timeline", 5)));
        skips.parked("timeline", place(5, 20));
        assert!(!skips.applies("timeline", place(5, 20)));
        skips.note(&fact(30, parked("timeline", 5)));
        skips.note(&fact(40, released("timeline", 5)));
        assert!(!skips.applies("timeline", place(5, 20)));
        assert!(skips.applies("timeline", place(5, 40)));
    }

    #[test]
    fn what_nobody_can_read_is_skipped_by_all_and_one_may_still_refuse_it_when_released() {
        let skips = Skips::default();
        skips.note(&fact(10, parked(ALL, 5)));
        skips.note(&fact(20, released(ALL, 5)));
        skips.parked("timeline", place(5, 20));
        assert!(!skips.applies("dialogs", place(5, 5)));
        assert!(skips.applies("dialogs", place(5, 20)));
        assert!(!skips.applies("timeline", place(5, 20)));
    }
}
