//! Saves snapshots behind the scenes, in batches, once the read models include what they include.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use domain::stream::Stream;
use tokio::sync::mpsc;

use super::{Recall, RecallError, Snapshot};

/// Snapshots that may wait; more are let go, their aggregates come again.
const WAITING_MAX: usize = 4096;
/// Snapshots saved together, at most.
const TOGETHER: usize = 256;
/// How often those that wait for the read models are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How long saving them may take.
const SAVING: Duration = Duration::from_secs(30);

/// Where snapshots are handed in.
#[derive(Debug)]
pub(super) struct Snapshots(mpsc::Sender<(Stream, Snapshot)>);

impl Snapshots {
    /// Starts the task that saves; it ends with this.
    pub(super) fn start(recall: Arc<dyn Recall>) -> Self {
        let (sender, receiver) = mpsc::channel(TOGETHER);
        tokio::spawn(save_all(recall, receiver));
        Self(sender)
    }

    /// Hands in a snapshot; let go when too many wait.
    pub(super) fn offer(&self, stream: &Stream, snapshot: Snapshot) {
        let _ = self.0.try_send((stream.clone(), snapshot));
    }
}

async fn save_all(recall: Arc<dyn Recall>, mut handed_in: mpsc::Receiver<(Stream, Snapshot)>) {
    let mut waiting: HashMap<Stream, Snapshot> = HashMap::new();
    loop {
        let next = if waiting.is_empty() {
            handed_in.recv().await
        } else {
            let Ok(next) = tokio::time::timeout(LOOK, handed_in.recv()).await else {
                save(&*recall, &mut waiting).await;
                continue;
            };
            next
        };
        let Some((stream, snapshot)) = next else { return };
        let full = waiting.len() >= WAITING_MAX;
        match waiting.entry(stream) {
            // The older one is nearer to being saved; of a busy aggregate a newer one comes soon.
            Entry::Occupied(_) => {}
            Entry::Vacant(_) if full => {}
            Entry::Vacant(place) => {
                place.insert(snapshot);
            }
        }
        if waiting.len() >= TOGETHER {
            save(&*recall, &mut waiting).await;
        }
    }
}

/// Saves those that the read models include.
pub(super) async fn save(recall: &dyn Recall, waiting: &mut HashMap<Stream, Snapshot>) {
    let included = recall.checkpoint();
    let ready: Vec<Stream> = waiting
        .iter()
        .filter(|(_, snapshot)| Some(snapshot.mark.position) <= included)
        .map(|(stream, _)| stream.clone())
        .take(TOGETHER)
        .collect();
    let snapshots: Vec<_> = ready.into_iter().filter_map(|stream| waiting.remove_entry(&stream)).collect();
    if snapshots.is_empty() {
        return;
    }
    let saved = tokio::time::timeout(SAVING, recall.save_snapshots(snapshots)).await;
    if let Err(error) = saved.unwrap_or_else(|_| Err(RecallError(format!("no answer within {SAVING:?}")))) {
        tracing::warn!(%error, "snapshots were not saved; their aggregates come again");
    }
}
