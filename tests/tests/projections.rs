//! Read models are a function of the log, on both databases.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::id::{AccountId, DeviceId, Seq};
use heliograph_tests::deadline::eventually;
use heliograph_tests::fed::{Fed, Place, one_fact_at_a_time};
use heliograph_tests::past::Past;
use heliograph_tests::postgres::Postgres;
use infra::clock::Clock;
use projections::feed::{Feed, Live};
use projections::hash::{Hashes, hashes};
use projections::runner::{self, Limits};
use projections::{ReadModels, read_models, updates};
use sqlx::AssertSqlSafe;

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
        // Whoever is made up here bans nobody, invites nobody, pins nothing and follows no channel.
        let unused = ["bans", "links", "pins", "sequences"];
        let used = expected.models.iter().filter(|model| !unused.contains(&model.model));
        assert!(used.clone().all(|model| model.rows > 0), "{expected:?}");
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

/// A runner that has read where it stands, and hears of the log only when the gate is dropped.
async fn held_back(past: &Past, place: &Place, limits: Limits) -> (Fed, Sender<()>) {
    let (gate, open) = std::sync::mpsc::channel();
    let (arrived, mut arrivals) = tokio::sync::mpsc::unbounded_channel();
    let open = Mutex::new(open);
    let projections = Arc::new(move |feed: &Feed| {
        let _ = arrived.send(());
        let _ = tokio::task::block_in_place(|| open.lock().unwrap().recv());
        read_models::hot(feed, &Clock::system())
    });
    let models = place.open(&*past.log, 1).await;
    let fed = Fed::start_with(models, Arc::clone(&past.log), past.parker(), limits, projections);
    arrivals.recv().await.unwrap();
    (fed, gate)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_on_keeps_up_wakes_whom_it_concerns_and_takes_over() {
    let mut past = Past::of(11, 100).await;
    let place = Place::sqlite();
    past.hashes(&place, 1, Limits::default()).await;
    let limits = Limits {
        give_way: Duration::from_millis(200),
        ..one_fact_at_a_time()
    };
    let (one, gate) = held_back(&past, &place, limits).await;
    let before = past.told();
    let attach = |(account, device): (AccountId, DeviceId)| one.models.feed.attach(account, device);
    let sessions: Vec<_> = before.keys().map(|device| (*device, attach(*device))).collect();
    let mut stranger = attach(((1_i64 << 40) - 1).try_into().map(|account| (account, DeviceId::MIN)).unwrap());

    let other = past.feed(&place, 1, Limits::default()).await;
    past.goes_on(2_000).await;
    other.includes(past.end()).await;
    other.stop().await;
    let elsewhere = past.told();
    drop(gate);
    past.goes_on(10).await;
    let hashes = one.finish(past.end()).await;
    assert_eq!(hashes, past.hashes(&Place::sqlite(), 1, Limits::default()).await);

    let after = past.told();
    for (device, mut session) in sessions.into_iter().filter(|(device, _)| after.contains_key(device)) {
        let concerned = elsewhere[&device].len() > before[&device].len();
        let woken = matches!(session.try_next(), Some(Live::Overflowed));
        assert_eq!(woken, concerned, "{device:?}");
    }
    assert!(stranger.try_next().is_none());
}

/// Makes the database an older copy of itself, as old as can be.
async fn forget_everything(models: &ReadModels) {
    let _writing = models.writing().await;
    let mut tx = models.db.pool.now().begin().await.unwrap();
    let tables: Vec<(String,)> = sqlx::query_as("select name from sqlite_master where type = 'table' and name not like '%sql%'")
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    for (table,) in tables.iter().filter(|(table,)| table != "checkpoints") {
        sqlx::query(AssertSqlSafe(format!("delete from {table}")))
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    sqlx::query("update checkpoints set position = 0, commit_id = ''")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_database_is_noticed_though_nothing_comes() {
    let past = Past::of(12, 200).await;
    let place = Place::sqlite();
    let fed = past.feed(&place, 2, Limits::default()).await;
    fed.includes(past.end()).await;
    let expected = hashes(&fed.models).await.unwrap();
    forget_everything(&fed.models).await;
    eventually("the rows are what they were", async || {
        let found = hashes(&fed.models).await.ok()?;
        (found == expected).then_some(())
    })
    .await;
    fed.stop().await;
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
    assert!(complaint.to_string().contains("delete read.db and state.db"), "{complaint}");
}

#[tokio::test]
async fn what_comes_no_further_is_given_up_where_somebody_deals_with_it() {
    let past = Past::of(12, 200).await;
    let place = Place::sqlite();
    let models = place.open(&*past.log, 1).await;
    sqlx::query("alter table timeline rename to away")
        .execute(&models.db.pool)
        .await
        .unwrap();
    let limits = Limits {
        fruitless: Some(3),
        ..Limits::default()
    };
    let complaint = Fed::start(models, Arc::clone(&past.log), past.parker(), limits).complaint().await;
    assert!(matches!(complaint, runner::Error::Stuck(_)), "{complaint}");
}

#[tokio::test]
async fn another_number_of_lanes_is_refused() {
    let past = Past::new(10).await;
    let place = Place::sqlite();
    place.open(&*past.log, 1).await;
    let refused = place.try_open(&*past.log, 4).await.expect_err("cut otherwise");
    assert!(refused.to_string().contains("cut into 1 lanes"), "{refused}");
}
