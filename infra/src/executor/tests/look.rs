//! Looking: what is seen is never stale, whoever wrote it.

use std::sync::atomic::Ordering;

use domain::account::Account;
use domain::chat::Chat;
use domain::id::DeviceId;

use super::world::*;
use crate::executor::{Error, Executor, Limits};

async fn devices(executor: &Executor, id: i64) -> Vec<DeviceId> {
    let looked = executor.look::<Account>(account(id)).await.unwrap();
    looked.devices().iter().copied().collect()
}

#[tokio::test]
async fn what_another_process_wrote_is_seen_at_once() {
    let world = World::new().await;
    let (one, other) = (world.executor(), world.executor());
    register(&one, 30).await.unwrap();
    authorise(&one, 30, 1).await.unwrap();
    assert_eq!(devices(&one, 30).await.len(), 1, "of what it wrote itself");
    assert_eq!(devices(&other, 30).await.len(), 1, "of what it never saw");
    authorise(&one, 30, 2).await.unwrap();
    assert_eq!(devices(&other, 30).await.len(), 2, "of what came after it looked");
    authorise(&other, 30, 3).await.unwrap();
    assert_eq!(devices(&one, 30).await.len(), 3, "of what it decided on itself");
}

#[tokio::test]
async fn who_never_was_is_seen_as_such() {
    let world = World::new().await;
    let executor = world.executor();
    assert!(!executor.look::<Account>(account(31)).await.unwrap().exists());
    register(&executor, 31).await.unwrap();
    assert!(executor.look::<Account>(account(31)).await.unwrap().exists());
}

#[tokio::test]
async fn what_was_looked_at_is_not_read_again() {
    let world = World::new().await;
    register(&world.executor(), 32).await.unwrap();
    let executor = world.executor();
    devices(&executor, 32).await;
    let read = world.log.given.load(Ordering::SeqCst);
    assert!(devices(&executor, 32).await.is_empty());
    authorise(&executor, 32, 1).await.unwrap();
    assert_eq!(world.log.given.load(Ordering::SeqCst), read);
}

#[tokio::test]
async fn a_long_history_is_seen_whole_page_by_page_and_from_a_snapshot() {
    let world = World::new().await;
    let limits = Limits {
        snapshot_every: 4,
        ..Limits::default()
    };
    let writer = world.executor_with(limits.clone());
    register(&writer, 33).await.unwrap();
    for id in 1..=10 {
        authorise(&writer, 33, id).await.unwrap();
    }
    world.log.page.store(3, Ordering::SeqCst);
    assert_eq!(devices(&world.executor(), 33).await.len(), 10);
    world.follow().await;
    assert_eq!(devices(&world.executor_with(limits), 33).await.len(), 10);
}

#[tokio::test]
async fn who_looks_while_commands_wait_sees_what_is_in_the_log() {
    let world = World::new().await;
    let executor = world.executor();
    register(&executor, 34).await.unwrap();
    world.log.close();
    let came = world.log.came.load(Ordering::SeqCst);
    let held = tokio::spawn({
        let executor = executor.clone();
        async move { authorise(&executor, 34, 1).await }
    });
    until(|| world.log.came.load(Ordering::SeqCst) > came).await;
    assert!(devices(&executor, 34).await.is_empty());
    world.log.open();
    held.await.unwrap().unwrap();
    assert_eq!(devices(&executor, 34).await.len(), 1);
}

#[tokio::test]
async fn a_log_that_does_not_answer_is_told_and_nothing_old_is_shown() {
    let world = World::new().await;
    let executor = world.executor();
    register(&world.executor(), 35).await.unwrap();
    world.log.pages.store(0, Ordering::SeqCst);
    let looked = executor.look::<Account>(account(35)).await;
    assert!(matches!(looked, Err(Error::Unavailable(_))));
}

#[tokio::test]
async fn whoever_looks_takes_a_place_among_the_commands() {
    let world = World::new().await;
    let limits = Limits {
        in_flight: 0,
        ..Limits::default()
    };
    let looked = world.executor_with(limits).look::<Chat>(direct()).await;
    assert!(matches!(looked, Err(Error::Overloaded { .. })));
}
