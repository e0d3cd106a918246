//! How far the lanes have come, and waiting for them.

use std::sync::Arc;
use std::time::Duration;

use domain::id::Position;
use tokio::sync::watch;

use crate::lane::Lane;

/// How far each lane has come. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Progress {
    /// The lanes, of which there may be another number once the read models were made anew.
    cut: Arc<watch::Sender<Lanes>>,
}

type Lanes = Arc<[watch::Sender<Standing>]>;

/// Where a lane stands; `None`: before its first commit.
#[derive(Debug, Clone, Copy)]
struct Standing {
    at: Option<Position>,
    /// The furthest that it was seen at.
    seen: Option<Position>,
}

/// The lanes did not get there in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the read models have not come to position {0} yet")]
pub struct Behind(pub Position);

impl Progress {
    /// With each lane where it stands.
    pub fn new(lanes: impl IntoIterator<Item = Option<Position>>) -> Self {
        Self {
            cut: Arc::new(watch::Sender::new(channels(lanes))),
        }
    }

    /// How many lanes there are.
    pub fn lanes(&self) -> u32 {
        u32::try_from(self.cut.borrow().len()).expect("lanes are few")
    }

    /// All lanes include everything up to here; `None`: nothing yet.
    pub fn checkpoint(&self) -> Option<Position> {
        self.cut.borrow().iter().map(|lane| lane.borrow().at).min().flatten()
    }

    /// Where one lane stands.
    pub fn of(&self, lane: &Lane) -> Option<Position> {
        self.cut.borrow().get(lane.index as usize).and_then(|lane| lane.borrow().at)
    }

    /// The furthest that one lane was seen at, though its rows may have become an older copy of themselves since.
    pub(crate) fn seen(&self, lane: Lane) -> Option<Position> {
        self.cut.borrow().get(lane.index as usize).and_then(|lane| lane.borrow().seen)
    }

    /// Waits until all lanes include a position.
    pub async fn wait(&self, position: Position, at_most: Duration) -> Result<(), Behind> {
        self.wait_for(position, at_most, |_| true).await
    }

    /// Waits until the lanes of interest include a position.
    pub async fn wait_for(&self, position: Position, at_most: Duration, wanted: impl Fn(&Lane) -> bool) -> Result<(), Behind> {
        let mut cuts = self.cut.subscribe();
        let all = async {
            loop {
                let lanes = Arc::clone(&cuts.borrow_and_update());
                tokio::select! {
                    () = reach(&lanes, position, &wanted) => return,
                    // What they were waited for is now others'.
                    Ok(()) = cuts.changed() => {}
                }
            }
        };
        tokio::time::timeout(at_most, all).await.map_err(|_| Behind(position))
    }

    /// Tells where a lane stands as its rows say, which is behind where it stood when they are an older copy of themselves.
    pub(crate) fn stands(&self, lane: Lane, at: Option<Position>) {
        if let Some(channel) = self.cut.borrow().get(lane.index as usize) {
            channel.send_modify(|lane| {
                lane.at = at;
                lane.seen = lane.seen.max(at);
            });
        }
    }

    /// Tells that a lane has come to a position; it never goes back.
    pub fn reached(&self, lane: &Lane, position: Position) {
        if let Some(channel) = self.cut.borrow().get(lane.index as usize) {
            channel.send_if_modified(|lane| {
                let later = lane.at < Some(position);
                if later {
                    lane.at = Some(position);
                    lane.seen = lane.seen.max(lane.at);
                }
                later
            });
        }
    }

    /// Other lanes have taken the place of these, and stand here.
    pub(crate) fn recut(&self, lanes: impl IntoIterator<Item = Option<Position>>) {
        self.cut.send_replace(channels(lanes));
    }

    /// Where each lane stands.
    pub(crate) fn marks(&self) -> Vec<Option<Position>> {
        self.cut.borrow().iter().map(|lane| lane.borrow().at).collect()
    }
}

fn channels(lanes: impl IntoIterator<Item = Option<Position>>) -> Lanes {
    lanes.into_iter().map(|at| watch::Sender::new(Standing { at, seen: at })).collect()
}

async fn reach(lanes: &Lanes, position: Position, wanted: &impl Fn(&Lane) -> bool) {
    let of = u32::try_from(lanes.len()).expect("lanes are few");
    for (lane, channel) in Lane::all(of).zip(lanes.iter()) {
        if wanted(&lane) && channel.borrow().at < Some(position) {
            let mut receiver = channel.subscribe();
            let _ = receiver.wait_for(|lane| lane.at >= Some(position)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_stays_seen_when_the_rows_go_back() {
        let progress = Progress::new([Position::new(3)]);
        let (lane, stood) = (Lane::WHOLE, |progress: &Progress| {
            (progress.checkpoint(), progress.seen(Lane::WHOLE))
        });
        assert_eq!(stood(&progress), (Position::new(3), Position::new(3)));
        progress.reached(&lane, Position::MIN);
        progress.reached(&lane, Position::try_from(9).unwrap());
        progress.stands(lane, Position::new(5));
        assert_eq!(stood(&progress), (Position::new(5), Position::new(9)));
        progress.reached(&lane, Position::try_from(7).unwrap());
        assert_eq!(stood(&progress), (Position::new(7), Position::new(9)));
        progress.reached(&lane, Position::try_from(10).unwrap());
        assert_eq!(stood(&progress), (Position::new(10), Position::new(10)));
    }
}
