//! Usernames: asked for by accounts, decided by the names' own streams, brought together by a reactor.

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
