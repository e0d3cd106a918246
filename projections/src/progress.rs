//! How far the lanes have come, and waiting for them.

use std::sync::Arc;
use std::time::Duration;

use domain::id::Position;
use tokio::sync::watch;

use crate::lane::Lane;

/// How far each lane has come. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Progress {
    lanes: Arc<[watch::Sender<Option<Position>>]>,
}

/// The lanes did not get there in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the read models have not come to position {0} yet")]
pub struct Behind(pub Position);

impl Progress {
    /// With each lane where it stands.
    pub fn new(lanes: impl IntoIterator<Item = Option<Position>>) -> Self {
        Self {
            lanes: lanes.into_iter().map(watch::Sender::new).collect(),
        }
    }

    /// All lanes include everything up to here; `None`: nothing yet.
    pub fn checkpoint(&self) -> Option<Position> {
        self.lanes.iter().map(|lane| *lane.borrow()).min().flatten()
    }

    /// Where one lane stands.
    pub fn of(&self, lane: &Lane) -> Option<Position> {
        self.lanes.get(lane.index as usize).and_then(|lane| *lane.borrow())
    }

    /// Waits until all lanes include a position.
    pub async fn wait(&self, position: Position, at_most: Duration) -> Result<(), Behind> {
        self.wait_for(position, at_most, |_| true).await
    }

    /// Waits until the lanes of interest include a position.
    pub async fn wait_for(&self, position: Position, at_most: Duration, wanted: impl Fn(&Lane) -> bool) -> Result<(), Behind> {
        let of = u32::try_from(self.lanes.len()).expect("lanes are few");
        let all = async {
            for (lane, channel) in Lane::all(of).zip(self.lanes.iter()) {
                if wanted(&lane) && *channel.borrow() < Some(position) {
                    let mut receiver = channel.subscribe();
                    let _ = receiver.wait_for(|at| *at >= Some(position)).await;
                }
            }
        };
        tokio::time::timeout(at_most, all).await.map_err(|_| Behind(position))
    }

    /// Tells where a lane stands as its rows say, which is behind where it stood when they are an older copy of themselves.
    pub(crate) fn stands(&self, lane: Lane, at: Option<Position>) {
        if let Some(channel) = self.lanes.get(lane.index as usize) {
            channel.send_replace(at);
        }
    }

    /// Tells that a lane has come to a position; it never goes back.
    pub fn reached(&self, lane: &Lane, position: Position) {
        if let Some(channel) = self.lanes.get(lane.index as usize) {
            channel.send_if_modified(|at| {
                let later = *at < Some(position);
                if later {
                    *at = Some(position);
                }
                later
            });
        }
    }
}
