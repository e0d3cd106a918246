//! Read models are a function of the log, on both databases.

use std::sync::Arc;

use domain::id::Seq;
use heliograph_tests::fed::{Fed, Place, one_fact_at_a_time};
use heliograph_tests::past::Past;
use heliograph_tests::postgres::Postgres;
use projections::hash::Hashes;
use projections::runner::{self, Limits};
use projections::updates;

/// Everything that can differ without the rows differing.
async fn all_agree(past: &Past, postgres: &Postgres) -> Vec<(String, Hashes)> {
    let mut found = Vec::new();
    for lanes in [1, 4] {
        for (cut, limits) in [("one fact at a time", one_fact_at_a_time()), ("large batches", Limits::default())] {
            found.push((
                format!("SQLite, {lanes} lanes, {cut}"),
                past.hashes(&Place::sqlite(), lanes, limits.clone()).await,
            ));
            let place = Place::postgres(postgres.database().await);
            found.push((
                format!("PostgreSQL, {lanes} lanes, {cut}"),
                past.hashes(&place, lanes, limits).await,
            ));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_log_gives_the_same_rows_in_any_batches_and_lanes_on_either_database() {
    let postgres = Postgres::start().await;
    for seed in [1, 2] {
        let past = Past::of(seed, 400).await;
        let found = all_agree(&past, &postgres).await;
        let (first, expected) = &found[0];
        for (name, hashes) in &found {
            assert_eq!(hashes, expected, "seed {seed}: {name} against {first}");
        }
        assert!(expected.models.iter().all(|model| model.rows > 0), "{expected:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuilt_equals_live() {
    let mut past = Past::of(4, 10).await;
    let place = Place::sqlite();
    let fed = past.feed(&place, 1, Limits::default()).await;
    past.goes_on(500).await;
    let live = fed.finish(past.end()).await;
    let resumed = past.feed(&place, 1, Limits::default()).await;
    past.goes_on(500).await;
    let resumed = resumed.finish(past.end()).await;
    assert_ne!(live, resumed);
    assert_eq!(resumed, past.hashes(&Place::sqlite(), 1, Limits::default()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_device_is_told_everything_that_concerns_it_densely_and_in_order() {
    for (seed, lanes) in [(5, 1), (6, 4)] {
        let past = Past::of(seed, 1_500).await;
        let place = Place::sqlite();
        let fed = past.feed(&place, lanes, Limits::default()).await;
        fed.includes(past.end()).await;
        let told = past.told();
        assert!(told.values().any(|list| list.len() > 100));
        for ((account, device), expected) in told {
            let mut found = Vec::new();
            let mut after = None;
            loop {
                let page = updates::read(&fed.models, account, device, after, 37).await.unwrap();
                assert_eq!(page.head.map_or(0, Seq::get), i64::try_from(expected.len()).unwrap());
                let Some(last) = page.entries.last() else { break };
                after = Some(last.seq);
                found.extend(page.entries);
            }
            assert_eq!(found.iter().map(|entry| entry.at).collect::<Vec<_>>(), expected);
            assert!((1..).zip(&found).all(|(seq, entry)| entry.seq.get() == seq));
            for entry in &found {
                let fact = entry.fact.as_ref().expect("everything can be rendered");
                assert_eq!(fact.at, entry.at);
            }
        }
        fed.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runners_of_one_database_apply_everything_once() {
    let postgres = Postgres::start().await;
    for place in [Place::sqlite(), Place::postgres(postgres.database().await)] {
        let mut past = Past::of(7, 10).await;
        let one = past.feed(&place, 2, one_fact_at_a_time()).await;
        let other = past.feed(&place, 2, one_fact_at_a_time()).await;
        past.goes_on(300).await;
        other.includes(past.end()).await;
        other.stop().await;
        // The one that is left takes over what the other led.
        past.goes_on(100).await;
        let hashes = one.finish(past.end()).await;
        assert_eq!(hashes, past.hashes(&Place::sqlite(), 2, Limits::default()).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_restarts_is_waited_for() {
    let mut postgres = Postgres::start().await;
    let mut past = Past::of(8, 100).await;
    let place = Place::postgres(postgres.database().await);
    let fed = past.feed(&place, 2, Limits::default()).await;
    fed.includes(past.end()).await;
    for _ in 0..2 {
        postgres.kill9();
        past.goes_on(100).await;
        postgres.restart().await;
        past.goes_on(100).await;
        fed.includes(past.end()).await;
    }
    assert_eq!(
        fed.finish(past.end()).await,
        past.hashes(&Place::sqlite(), 2, Limits::default()).await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_lost_its_tail_is_refused() {
    let past = Past::of(9, 50).await;
    let place = Place::sqlite();
    past.hashes(&place, 1, Limits::default()).await;
    // The same log, as an older backup has it: with other commits behind.
    let copy = Past::of(9, 40).await;
    let models = place.try_open(&*copy.log, 1).await.expect_err("another log");
    assert!(models.to_string().contains("were made from log"), "{models}");
    let mut models = place.open(&*past.log, 1).await;
    models.log = copy.log.id();
    sqlx::query("update checkpoints set log = $1")
        .bind(copy.log.id().to_string())
        .execute(&models.db.pool)
        .await
        .unwrap();
    let fed = Fed::start(models, Arc::clone(&copy.log), copy.parker(), Limits::default());
    let complaint = fed.complaint().await;
    assert!(matches!(complaint, runner::Error::Replaced(_)), "{complaint}");
    assert!(complaint.to_string().contains("delete the read models"), "{complaint}");
}

#[tokio::test]
async fn another_number_of_lanes_is_refused() {
    let past = Past::new(10).await;
    let place = Place::sqlite();
    place.open(&*past.log, 1).await;
    let refused = place.try_open(&*past.log, 4).await.expect_err("cut otherwise");
    assert!(refused.to_string().contains("cut into 1 lanes"), "{refused}");
}
