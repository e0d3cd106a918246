//! Usernames: asked for by accounts, decided by the names' own streams, brought together by a reactor.

use std::sync::Arc;

use domain::name::Name;
use domain::time::Timestamp;
use heliograph_tests::deadline::eventually;
use infra::clock::Clock;
use projections::reactors::username::Usernames;

use crate::town::{ALICE, BOB, Town};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_who_asks_gets_the_name_and_the_other_is_refused_until_it_is_given_up() {
    let town = Town::new().await;
    let _reacting = town.react();
    town.wants(ALICE, "sunny").await;
    town.holds("sunny", ALICE).await;
    town.wants(BOB, "sunny").await;
    town.refused(BOB).await;
    town.wants(ALICE, "shade").await;
    town.holds("shade", ALICE).await;
    town.free("sunny").await;
    town.wants(BOB, "sunny").await;
    town.holds("sunny", BOB).await;
    town.drops(BOB).await;
    town.free("sunny").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_while_no_reactor_runs_is_dealt_with_later_and_only_the_newest_wish_counts() {
    let town = Town::new().await;
    for name in ["first_name", "other_name", "final_name"] {
        town.wants(ALICE, name).await;
    }
    let reacting = town.react();
    town.holds("final_name", ALICE).await;
    town.free("first_name").await;
    town.free("other_name").await;
    reacting.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn several_reactors_and_one_that_starts_over_repeat_nothing() {
    let town = Town::new().await;
    let (_one, _other) = (town.react(), town.react());
    for round in 0..5 {
        town.wants(ALICE, &format!("alice_{round}")).await;
        town.wants(BOB, &format!("robert_{round}")).await;
    }
    town.holds("alice_4", ALICE).await;
    town.holds("robert_4", BOB).await;
    sqlx::query("delete from reactors")
        .execute(&town.models.state.db.pool)
        .await
        .unwrap();
    let _again = town.react();
    town.wants(BOB, "robert_5").await;
    town.holds("robert_5", BOB).await;
    town.free("robert_4").await;
    town.holds("alice_4", ALICE).await;
    for round in 0..4 {
        town.free(&format!("alice_{round}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_given_up_rests_but_not_for_who_had_it() {
    let noon = Timestamp(1_750_000_000_000_000);
    let clock = Clock::manual(noon);
    let town = Town::at(clock.clone()).await;
    let usernames = Usernames::resting(30);
    let _reacting = town.reacts(Arc::new(usernames));
    for name in ["sunny", "shade", "sunny", "shade"] {
        town.wants(ALICE, name).await;
        town.holds(name, ALICE).await;
    }
    town.free("sunny").await;
    town.wants(BOB, "sunny").await;
    town.refused(BOB).await;
    clock.set(noon.plus_seconds(i64::from(usernames.rest_seconds)));
    town.wants(BOB, "sunny").await;
    town.holds("sunny", BOB).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_only_claimed_does_not_rest() {
    let town = Town::new().await;
    for name in ["first_name", "final_name"] {
        town.wants(ALICE, name).await;
    }
    let _reacting = town.reacts(Arc::new(Usernames::resting(30)));
    town.holds("final_name", ALICE).await;
    eventually("the other is free", async || {
        (town.name_of(&town.key("first_name")).await == Name::Free).then_some(())
    })
    .await;
}
