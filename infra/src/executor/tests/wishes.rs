//! What others wish is looked up, and remembered for a moment.

use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::account::Wishes;
use domain::chat::{Chat, Rejection};
use domain::id::ChatId;

use super::world::*;
use crate::executor::{Error, Executor};

fn blocked() -> Wishes {
    Wishes {
        blocked: true,
        ..Wishes::default()
    }
}

fn wish(world: &World, owner: i64, of: i64, wishes: Wishes) {
    world.models.rows().wishes.insert((account(owner), account(of)), wishes);
}

fn asked(world: &World) -> usize {
    world.models.asked_for_wishes.load(Ordering::SeqCst)
}

async fn refused(executor: &Executor, id: u128) -> bool {
    match send(executor, ALICE, id, "hello").await {
        Ok(_) => false,
        Err(Error::Rejected(Rejection::CannotWrite(to))) => to == account(BOB),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn who_is_blocked_writes_to_nobody() {
    for (owner, of) in [(ALICE, BOB), (BOB, ALICE)] {
        let world = World::new().await;
        wish(&world, owner, of, blocked());
        assert!(refused(&world.executor(), 1).await);
        assert_eq!(world.commits().await, 0);
    }
}

#[tokio::test]
async fn many_messages_ask_once() {
    let world = World::new().await;
    let executor = world.executor();
    for id in 1..=50 {
        send(&executor, ALICE, id, "hello").await.unwrap();
    }
    assert!((1..50).contains(&asked(&world)), "{}", asked(&world));
}

#[tokio::test]
async fn a_new_wish_is_heard_in_a_moment_and_one_that_is_over_at_once() {
    let world = World::new().await;
    let executor = world.executor();
    assert!(!refused(&executor, 1).await);
    wish(&world, BOB, ALICE, blocked());
    let mut id = 2;
    while !refused(&executor, id).await {
        id += 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    wish(&world, BOB, ALICE, Wishes::default());
    assert!(!refused(&executor, id).await);
}

#[tokio::test]
async fn what_one_writes_to_oneself_concerns_nobody() {
    let world = World::new().await;
    let own = ChatId::direct(account(ALICE), account(ALICE));
    world.executor().execute::<Chat>(own, request(ALICE, 1, say("milk"))).await.unwrap();
    assert_eq!(asked(&world), 0);
}
