//! Bounded queues, bounded commits.

use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::actor::Actor;
use domain::chat::Chat;
use domain::system::{Command, Parked, System};
use futures::future::join_all;

use super::world::*;
use crate::executor::{Error, Executor, Limits, Request};
use crate::log::COMMIT_MAX_BYTES;

fn overloaded(answer: &Answer) -> bool {
    matches!(answer, Err(Error::Overloaded { .. }))
}

#[tokio::test]
async fn a_full_queue_says_so_and_the_rest_is_answered() {
    let world = World::new().await;
    let executor = world.executor_with(Limits {
        queue: 5,
        ..Limits::default()
    });
    world.log.close();
    let mut first = Box::pin(send(&executor, ALICE, 1, "first"));
    assert!(futures::poll!(&mut first).is_pending());
    until(|| world.log.came.load(Ordering::SeqCst) == 1).await;
    let queued = join_all((2..12).map(|id| send(&executor, ALICE, id, "queued")));
    let (answers, ()) = futures::join!(queued, async { world.log.open() });
    assert_eq!(answers.iter().filter(|answer| overloaded(answer)).count(), 5);
    assert!(first.await.is_ok());
    assert!(send(&executor, ALICE, 11, "queued").await.is_ok());
}

#[tokio::test]
async fn too_many_commands_under_way_are_said_so() {
    let world = World::new().await;
    let executor = world.executor_with(Limits {
        in_flight: 3,
        ..Limits::default()
    });
    let chats = (10..20).map(|id| domain::id::ChatId::direct(account(ALICE), account(id)));
    let answers = join_all(
        (1..)
            .zip(chats)
            .map(|(id, chat)| executor.execute::<Chat>(chat, request(ALICE, id, say("hi")))),
    )
    .await;
    assert_eq!(answers.iter().filter(|answer| overloaded(answer)).count(), 7);
    assert!(send(&executor, ALICE, 99, "later").await.is_ok(), "places are given back");
}

#[tokio::test]
async fn read_models_too_far_behind_are_waited_for() {
    let world = World::new().await;
    let executor = world.executor_with(Limits {
        ahead: 3,
        ..Limits::default()
    });
    for id in 0..3 {
        send(&executor, ALICE, id, "hello").await.unwrap();
    }
    assert!(overloaded(&send(&executor, ALICE, 3, "too far").await));
    world.follow().await;
    assert!(send(&executor, ALICE, 3, "too far").await.is_ok());
}

#[tokio::test]
async fn what_waited_too_long_is_not_begun() {
    let world = World::new().await;
    let patience = Duration::from_secs(1);
    let executor = world.executor_with(Limits {
        patience,
        ..Limits::default()
    });
    world.log.close();
    let mut first = Box::pin(send(&executor, ALICE, 1, "first"));
    assert!(futures::poll!(&mut first).is_pending());
    until(|| world.log.came.load(Ordering::SeqCst) == 1).await;
    let mut late = Box::pin(send(&executor, ALICE, 2, "late"));
    assert!(futures::poll!(&mut late).is_pending());
    tokio::time::sleep(patience * 2).await;
    // Whoever waits for either has been told to try again.
    assert!(matches!(first.await, Err(Error::Unavailable(_))));
    assert!(matches!(late.await, Err(Error::Unavailable(_))));
    world.log.open();
    executor.drain().await;
    assert_eq!(world.commits().await, 1);
}

#[tokio::test]
async fn a_command_is_answered_in_time_whatever_does_not_answer() {
    let world = World::new().await;
    let executor = world.executor_with(Limits {
        patience: Duration::from_millis(20),
        call: Duration::from_hours(1),
        ..Limits::default()
    });
    world.log.close();
    let answers = join_all((1..4).map(|id| send(&executor, ALICE, id, "is there anybody")));
    let answers = tokio::time::timeout(Duration::from_mins(1), answers).await.unwrap();
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Unavailable(_)))));
    world.log.open();
    executor.drain().await;
}

async fn park(executor: &Executor, id: u128, size: usize) -> Result<crate::executor::Done, Error<domain::system::Rejection>> {
    let fact = Parked {
        projection: format!("{id}{}", "x".repeat(size)),
        position: domain::id::Position::MIN,
        index: 0,
    };
    let payload = Command::Park {
        fact,
        error: String::new(),
    };
    let by = Actor::Reactor("test".to_owned());
    executor
        .execute::<System>(
            (),
            Request {
                by,
                command: command(id),
                payload,
                sent_at: None,
                trace: None,
            },
        )
        .await
}

#[tokio::test]
async fn commands_that_do_not_fit_into_one_commit_get_several() {
    let world = World::new().await;
    let executor = world.executor();
    let answers = join_all((0..5).map(|id| park(&executor, id, 200_000))).await;
    let positions: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().position.unwrap().get()).collect();
    assert_eq!(positions, [1, 1, 2, 2, 3]);
}

#[tokio::test]
async fn a_command_that_no_commit_can_hold_is_refused_and_others_go_on() {
    let world = World::new().await;
    let executor = world.executor();
    let answers = join_all([park(&executor, 1, 10), park(&executor, 2, COMMIT_MAX_BYTES), park(&executor, 3, 10)]).await;
    assert!(answers[0].is_ok());
    assert!(matches!(answers[1], Err(Error::TooLarge { size }) if size > COMMIT_MAX_BYTES));
    assert!(answers[2].is_ok());
}
