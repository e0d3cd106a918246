//! Devices that nobody sees for too long are ended, and no others.

use domain::account;
use domain::account::event::EndReason;
use domain::event::Event;
use domain::id::DeviceId;
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::clock::Clock;

use crate::town::{ALICE, BOB, Town, id};

const DAYS: u32 = 3;
const BEGINNING: Timestamp = Timestamp(1_700_000_000_000_000);

fn day(number: i64) -> Timestamp {
    BEGINNING.plus_seconds(number * 24 * 3600)
}

/// A town at its beginning, and the clock that it goes by.
async fn town() -> (Town, Clock) {
    let clock = Clock::manual(BEGINNING);
    let town = Town::at(clock.clone()).await;
    town.includes_all().await;
    (town, clock)
}

async fn sees(town: &Town, account: i64, at: Timestamp) {
    town.models.state.see(&[((id(account), DeviceId::MIN), at)]).await.unwrap();
}

/// Why an account's devices were ended.
async fn ends(town: &Town, account: i64) -> Vec<Option<EndReason>> {
    let facts = town.facts(&Stream::Account(id(account))).await.into_iter();
    let ended = facts.filter_map(|event| match event {
        Event::Account(account::Event::DeviceEnded(ended)) => Some(ended.reason),
        _ => None,
    });
    ended.collect()
}

#[tokio::test]
async fn a_device_that_was_not_seen_for_so_many_days_is_ended_once() {
    let (town, clock) = town().await;
    let (one, other) = (town.upkeep(DAYS), town.upkeep(DAYS));
    for number in 0..=3 {
        clock.set(day(number));
        sees(&town, ALICE, day(number)).await;
        one.round().await;
        assert_eq!(ends(&town, BOB).await, [], "day {number}");
    }
    clock.set(day(4));
    tokio::join!(one.round(), other.round());
    assert_eq!(ends(&town, BOB).await, [Some(EndReason::Idle)]);
    assert_eq!(ends(&town, ALICE).await, []);
    town.includes_all().await;
    for number in 5..=8 {
        clock.set(day(number));
        one.round().await;
    }
    assert_eq!(ends(&town, BOB).await, [Some(EndReason::Idle)]);
    assert_eq!(ends(&town, ALICE).await, [Some(EndReason::Idle)], "last seen on day 3");
}

#[tokio::test]
async fn days_during_which_nobody_looked_do_not_count() {
    let (town, clock) = town().await;
    let upkeep = town.upkeep(DAYS);
    upkeep.round().await;
    for number in 100..=103 {
        clock.set(day(number));
        upkeep.round().await;
        assert_eq!(ends(&town, BOB).await, [], "day {number}");
    }
    clock.set(day(104));
    upkeep.round().await;
    assert_eq!(ends(&town, BOB).await, [Some(EndReason::Idle)]);
}

#[tokio::test]
async fn where_no_days_are_set_nobody_is_ended() {
    let (town, clock) = town().await;
    let upkeep = town.upkeep(0);
    for number in 0..10 {
        clock.set(day(number));
        upkeep.round().await;
    }
    assert_eq!(ends(&town, BOB).await, []);
}
