//! Snapshots: made behind the scenes, used when they are of use, ignored when not.

use std::sync::atomic::Ordering;

use domain::chat::{Command, TitleText};
use domain::id::{CommitId, Position};
use domain::stream::Stream;
use uuid::Uuid;

use super::world::*;
use crate::executor::snapshots::save;
use crate::executor::{Error, Executor, Limits, Snapshot};
use crate::log::EventLog;

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

/// The snapshot with a lie that the commits behind it do not mend: the chat was never created.
fn lying(snapshot: &Snapshot) -> Snapshot {
    let state = snapshot.state.replace("\"exists\":true", "\"exists\":false");
    assert_ne!(state, snapshot.state);
    Snapshot { state, ..snapshot.clone() }
}

/// What an executor without memory answers: the message, and whether it believed the lie and created the chat once more.
async fn told(world: &World, snapshot: Snapshot, id: u128) -> (i64, bool) {
    world.models.rows().snapshots.insert(Stream::Chat(direct()), snapshot);
    let answer = send(&world.executor(), ALICE, id, "next").await.unwrap();
    (sent(&answer).get(), answer.facts.len() > 1)
}

#[tokio::test]
async fn an_aggregate_is_loaded_from_its_snapshot_and_the_commits_behind_it() {
    let (world, snapshot) = snapped().await;
    assert_eq!(snapshot.mark.position, Position::try_from(10).unwrap());
    assert_eq!(
        told(&world, lying(&snapshot), 20).await,
        (16, true),
        "it is believed, and the commits behind it count"
    );
}

#[tokio::test]
async fn the_time_of_its_last_commit_is_kept() {
    let (world, _) = snapped().await;
    world.clock.set(domain::time::Timestamp(7));
    let answer = send(&world.executor(), ALICE, 20, "next").await.unwrap();
    assert_eq!(answer.facts[0].recorded_at.0, 1_000_000);
}

#[tokio::test]
async fn a_snapshot_of_another_log_commit_or_version_is_ignored() {
    let (world, snapshot) = snapped().await;
    let lie = lying(&snapshot);
    let (mut other_log, mut other_commit, mut other_version, mut torn) = (lie.clone(), lie.clone(), lie.clone(), lie);
    other_log.mark.log = domain::id::LogId(Uuid::from_u128(1));
    other_commit.mark.commit = CommitId(Uuid::from_u128(1));
    other_version.version += 1;
    torn.state.truncate(20);
    assert_eq!(told(&world, other_log, 20).await, (16, false));
    assert_eq!(told(&world, other_commit, 21).await, (17, false));
    assert_eq!(told(&world, other_version, 22).await, (18, false));
    assert_eq!(told(&world, torn, 23).await, (19, false));
}

#[tokio::test]
async fn a_snapshot_beyond_the_read_models_is_ignored_for_the_trail_would_have_a_hole() {
    let (world, snapshot) = snapped().await;
    send(&world.executor(), ALICE, 20, "not in the read models").await.unwrap();
    let mut beyond = lying(&snapshot);
    beyond.mark.position = Position::try_from(16).unwrap();
    beyond.mark.commit = world.log.at(beyond.mark.position).await.unwrap().unwrap().id;
    assert_eq!(told(&world, beyond.clone(), 21).await, (17, false));
    assert!(send(&world.executor(), ALICE, 20, "not in the read models").await.unwrap().repeated);
    world.follow().await;
    assert_eq!(told(&world, beyond, 22).await, (18, true), "it is of use once they include it");
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

#[tokio::test]
async fn a_long_stream_is_read_page_by_page_and_what_was_read_before_a_failure_counts() {
    let world = World::new().await;
    for id in 0..15 {
        send(&world.executor(), ALICE, id, "hello").await.unwrap();
    }
    let (executor, log) = (world.executor(), &world.log);
    log.page.store(2, Ordering::SeqCst);
    log.pages.store(3, Ordering::SeqCst);
    log.given.store(0, Ordering::SeqCst);
    let failed = send(&executor, ALICE, 20, "while the log is away").await;
    assert!(matches!(failed, Err(Error::Unavailable(_))), "{failed:?}");
    assert_eq!(log.given.load(Ordering::SeqCst), 6);
    log.pages.store(usize::MAX, Ordering::SeqCst);
    let answer = send(&executor, ALICE, 21, "when it is back").await.unwrap();
    assert_eq!(sent(&answer), message(16));
    assert_eq!(log.given.load(Ordering::SeqCst), 15, "none is read twice");
}

#[tokio::test]
async fn what_took_long_to_read_is_saved_though_nothing_came_of_it() {
    let world = World::new().await;
    for id in 0..15 {
        send(&world.executor(), ALICE, id, "hello").await.unwrap();
    }
    world.follow().await;
    let title = TitleText::parse("two have no title").unwrap();
    let executor = snapping(&world);
    let refused = ask(&executor, ALICE, 20, Command::Rename { title }).await;
    assert!(matches!(refused, Err(Error::Rejected(_))), "{refused:?}");
    until(|| !world.models.rows().snapshots.is_empty()).await;
    let snapshot = world.models.rows().snapshots[&Stream::Chat(direct())].clone();
    assert_eq!(snapshot.mark.position, Position::try_from(15).unwrap());
}
