//! Snapshots: made behind the scenes, used when they are of use, ignored when not.

use std::sync::atomic::Ordering;

use domain::id::{CommitId, Position};
use domain::stream::Stream;
use uuid::Uuid;

use super::world::*;
use crate::executor::snapshots::save;
use crate::executor::{Executor, Limits, Snapshot};

const EVERY: u32 = 10;

fn snapping(world: &World) -> Executor {
    world.executor_with(Limits {
        snapshot_every: EVERY,
        ..Limits::default()
    })
}

/// A world whose chat holds 15 messages, the first 10 of them in a snapshot.
async fn snapped() -> (World, Snapshot) {
    let world = World::new().await;
    let executor = snapping(&world);
    for id in 0..15 {
        send(&executor, ALICE, id, "hello").await.unwrap();
    }
    world.follow().await;
    until(|| !world.models.rows().snapshots.is_empty()).await;
    let snapshot = world.models.rows().snapshots[&Stream::Chat(direct())].clone();
    (world, snapshot)
}

#[tokio::test]
async fn an_aggregate_is_loaded_from_its_snapshot_and_the_commits_behind_it() {
    let (world, snapshot) = snapped().await;
    assert_eq!(snapshot.mark.position, Position::try_from(10).unwrap());
    // Only who uses the snapshot believes this: the log says 15.
    let state = snapshot.state.replace("\"top\":10", "\"top\":1000");
    assert_ne!(state, snapshot.state);
    world
        .models
        .rows()
        .snapshots
        .insert(Stream::Chat(direct()), Snapshot { state, ..snapshot });
    let answer = send(&world.executor(), ALICE, 20, "next").await.unwrap();
    assert_eq!(sent(&answer), message(16), "the commits behind it count");
    assert_eq!(world.models.snapshots_used.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_time_of_its_last_commit_is_kept() {
    let (world, _) = snapped().await;
    world.clock.set(domain::time::Timestamp(7));
    let answer = send(&world.executor(), ALICE, 20, "next").await.unwrap();
    assert_eq!(answer.facts[0].recorded_at.0, 1_000_000);
}

#[tokio::test]
async fn a_snapshot_of_another_log_or_version_or_from_the_future_is_ignored() {
    let (world, good) = snapped().await;
    // Who believes one of these would answer with a message far beyond.
    let good = Snapshot {
        state: good.state.replace("\"top\":10", "\"top\":1000"),
        ..good
    };
    let (mut other_log, mut other_commit, mut other_version, mut torn) = (good.clone(), good.clone(), good.clone(), good.clone());
    let mut future = good.clone();
    other_log.mark.log = domain::id::LogId(Uuid::from_u128(1));
    other_commit.mark.commit = CommitId(Uuid::from_u128(1));
    other_version.version += 1;
    torn.state.truncate(20);
    future.mark.position = Position::try_from(16).unwrap();
    for (bad, id) in [other_log, other_commit, other_version, torn].into_iter().zip(20..) {
        world.models.rows().snapshots.insert(Stream::Chat(direct()), bad);
        let answer = send(&world.executor(), ALICE, id, "next").await.unwrap();
        assert_eq!(sent(&answer), message(i64::try_from(id).unwrap() - 4));
    }
    world.models.rows().snapshots.insert(Stream::Chat(direct()), future);
    assert_eq!(sent(&send(&world.executor(), ALICE, 30, "next").await.unwrap()), message(20));
}

#[tokio::test]
async fn only_what_the_read_models_include_is_saved() {
    let (world, snapshot) = snapped().await;
    let stream = Stream::Chat(direct());
    world.models.rows().snapshots.clear();
    world.models.rows().checkpoint = Position::try_from(9).ok();
    let mut waiting = std::collections::HashMap::from([(stream.clone(), snapshot)]);
    save(&*world.models, &mut waiting).await;
    assert!(world.models.rows().snapshots.is_empty());
    world.models.rows().checkpoint = Position::try_from(10).ok();
    save(&*world.models, &mut waiting).await;
    assert!(waiting.is_empty());
    assert!(world.models.rows().snapshots.contains_key(&stream));
}
