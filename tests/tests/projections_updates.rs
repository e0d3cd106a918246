//! What devices are told: live, missed, acknowledged, cleared away.

use std::time::Duration;

use domain::fact::FactRef;
use domain::id::{AccountId, DeviceId, Position, Seq};
use domain::time::Timestamp;
use heliograph_tests::fed::{Fed, Place};
use heliograph_tests::past::Past;
use heliograph_tests::postgres::Postgres;
use infra::commit;
use projections::feed::Live;
use projections::hash::hashes;
use projections::runner::Limits;
use projections::state::Cursor;
use projections::updates::retention::{Retention, trim};
use projections::updates::{self, EPOCH, ReadError};

type Device = (AccountId, DeviceId);

fn busiest(past: &Past) -> (Device, i64) {
    let told = past.told();
    let (device, list) = told.into_iter().max_by_key(|(device, list)| (list.len(), *device)).unwrap();
    (device, i64::try_from(list.len()).unwrap())
}

fn seq(number: i64) -> Option<Seq> {
    Seq::try_from(number).ok()
}

async fn fed(past: &Past, place: &Place) -> Fed {
    let fed = past.feed(place, 1, Limits::default()).await;
    fed.includes(past.end()).await;
    fed
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attached_device_gets_everything_live_and_in_order() {
    let mut past = Past::of(31, 300).await;
    let place = Place::sqlite();
    let fed = fed(&past, &place).await;
    let mut sessions = Vec::new();
    for (account, device) in past.told().into_keys() {
        sessions.push((
            (account, device),
            fed.models.feed.attach(account, device),
            updates::head(&fed.models, account, device).await.unwrap(),
        ));
    }
    past.goes_on(300).await;
    fed.includes(past.end()).await;
    let told = past.told();
    let mut closed = 0;
    for ((account, device), mut session, head) in sessions {
        let mut next = head.map_or(1, |head| head.get() + 1);
        let mut ended = false;
        while let Some(live) = session.try_next() {
            match live {
                Live::Delivery(delivery) => {
                    assert_eq!(delivery.first.get(), next);
                    for (seq, update) in (next..).zip(&delivery.updates.facts) {
                        if let Some(list) = told.get(&(account, device)) {
                            assert_eq!(list[usize::try_from(seq).unwrap() - 1], update.fact.at);
                        }
                    }
                    next += i64::try_from(delivery.updates.facts.len()).unwrap();
                }
                Live::Overflowed => panic!("nobody was slow"),
                Live::Closed(_) => {
                    ended = true;
                    closed += 1;
                    break;
                }
            }
        }
        assert_eq!(ended, !told.contains_key(&(account, device)));
        if let Some(list) = told.get(&(account, device)) {
            assert_eq!(next, i64::try_from(list.len()).unwrap() + 1);
        }
    }
    assert!(closed > 0);
    fed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_were_never_given_are_refused() {
    let past = Past::of(32, 200).await;
    let place = Place::sqlite();
    let fed = fed(&past, &place).await;
    let ((account, device), head) = busiest(&past);
    let future = updates::read(&fed.models, account, device, seq(head + 1), 10).await;
    assert!(matches!(future, Err(ReadError::Future { head: Some(_) })), "{future:?}");
    let page = updates::read(&fed.models, account, device, seq(head), 10).await.unwrap();
    assert!(page.entries.is_empty());
    fed.stop().await;
}

/// Everything that a device can read behind a number is there, up to its head.
async fn reads_on(fed: &Fed, (account, device): Device, after: i64, head: i64) {
    let page = updates::read(&fed.models, account, device, seq(after), usize::MAX / 2)
        .await
        .unwrap();
    let found: Vec<i64> = page.entries.iter().map(|entry| entry.seq.get()).collect();
    assert_eq!(found, (after + 1..=head).collect::<Vec<_>>());
    assert!(page.entries.iter().all(|entry| entry.fact.is_some()));
}

/// The fact that an update tells, and when it was recorded.
async fn stands(fed: &Fed, (account, device): Device, number: i64) -> Option<(FactRef, Option<Timestamp>)> {
    let place = updates::place(&fed.models, account, device, seq(number).unwrap()).await.unwrap()?;
    assert_eq!(place.seq.get(), number);
    Some((place.at, place.recorded_at))
}

async fn resyncs(fed: &Fed, (account, device): Device, after: i64) -> i64 {
    match updates::read(&fed.models, account, device, seq(after), 10).await {
        Err(ReadError::Trimmed { floor, .. }) => floor.get(),
        other => panic!("{after}: {other:?}"),
    }
}

fn keeping(age: Option<Duration>, count: Option<u32>, acknowledged: bool) -> Retention {
    Retention { age, count, acknowledged }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_updates_are_cleared_away_by_count_and_the_sequence_goes_on() {
    let postgres = Postgres::start().await;
    for place in [Place::sqlite(), Place::postgres(postgres.database().await)] {
        let mut past = Past::of(33, 400).await;
        let fed = past.feed(&place, 1, heliograph_tests::fed::one_fact_at_a_time()).await;
        fed.includes(past.end()).await;
        let (device, head) = busiest(&past);
        assert!(
            trim(&fed.models, &*past.log, &keeping(None, Some(20), false), Timestamp(0))
                .await
                .unwrap()
                > 0
        );
        assert_eq!(resyncs(&fed, device, 0).await, head - 20);
        reads_on(&fed, device, head - 20, head).await;
        let told = past.told().remove(&device).unwrap();
        assert_eq!(stands(&fed, device, 1).await, None);
        for kept in [head - 20, head - 19, head] {
            let at = told[usize::try_from(kept).unwrap() - 1];
            assert_eq!(
                stands(&fed, device, kept).await,
                Some((at, Some(recorded_at(&past, at.position).await)))
            );
        }
        assert_eq!(stands(&fed, device, head + 1).await, None);
        past.goes_on(60).await;
        fed.includes(past.end()).await;
        let more = i64::try_from(past.told()[&device].len()).unwrap();
        reads_on(&fed, device, head - 20, more).await;
        // What was cleared away is no part of what is compared.
        let hashed = hashes(&fed.models).await.unwrap();
        fed.stop().await;
        let models = place.open(&*past.log, 1).await;
        assert_eq!(hashes(&models).await.unwrap(), hashed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_from_the_log_below_a_floor_is_cleared_away_again() {
    let postgres = Postgres::start().await;
    for place in [Place::sqlite(), Place::postgres(postgres.database().await)] {
        let past = Past::of(37, 300).await;
        let fed = past.feed(&place, 1, heliograph_tests::fed::one_fact_at_a_time()).await;
        fed.includes(past.end()).await;
        let (device, head) = busiest(&past);
        // What is made anew has these rows again, and the floors are those of before.
        for sql in [
            "create table devices_anew as select * from update_devices",
            "create table segments_anew as select * from update_segments",
        ] {
            sqlx::raw_sql(sql).execute(&fed.models.db.pool).await.unwrap();
        }
        let kept = keeping(None, Some(20), false);
        let gone = trim(&fed.models, &*past.log, &kept, Timestamp(0)).await.unwrap();
        assert!(gone > 0);
        assert_eq!(trim(&fed.models, &*past.log, &kept, Timestamp(0)).await.unwrap(), 0);
        for sql in [
            "insert into update_devices select * from devices_anew where true on conflict do nothing",
            "insert into update_segments select * from segments_anew where true on conflict do nothing",
        ] {
            sqlx::raw_sql(sql).execute(&fed.models.db.pool).await.unwrap();
        }
        assert_eq!(trim(&fed.models, &*past.log, &kept, Timestamp(0)).await.unwrap(), gone);
        assert_eq!(resyncs(&fed, device, 0).await, head - 20);
        reads_on(&fed, device, head - 20, head).await;
        fed.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_can_be_cleared_away_at_once() {
    let past = Past::of(34, 300).await;
    let place = Place::sqlite();
    let fed = fed(&past, &place).await;
    let (device, head) = busiest(&past);
    let half = Cursor {
        epoch: EPOCH,
        seq: seq(head / 2).unwrap(),
        seen_at: Timestamp(0),
    };
    fed.models.state.acknowledge(&[(device, half)]).await.unwrap();
    trim(&fed.models, &*past.log, &keeping(None, None, true), Timestamp(0))
        .await
        .unwrap();
    reads_on(&fed, device, head / 2, head).await;
    fed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_older_than_allowed_are_cleared_away_and_even_then_the_head_stands() {
    let mut past = Past::of(35, 300).await;
    let place = Place::sqlite();
    let fed = past.feed(&place, 1, heliograph_tests::fed::one_fact_at_a_time()).await;
    fed.includes(past.end()).await;
    let told = past.told();
    let middle = past.written[past.written.len() / 2].0;
    let now = recorded_at(&past, middle).await;
    let age = Duration::from_secs(10);
    let cut = Timestamp(now.0 - 10_000_000);
    trim(&fed.models, &*past.log, &keeping(Some(age), None, false), now).await.unwrap();
    for (device, list) in &told {
        let head = i64::try_from(list.len()).unwrap();
        let mut old = 0;
        for at in list {
            old += i64::from(recorded_at(&past, at.position).await < cut);
        }
        let floor = fed.models.state.floor(device.0, device.1).await.unwrap();
        assert_eq!(floor.map_or(0, Seq::get), old);
        reads_on(&fed, *device, old, head).await;
    }
    // Everything is old: numbers go on from where they were.
    trim(&fed.models, &*past.log, &keeping(Some(age), None, false), Timestamp(i64::MAX))
        .await
        .unwrap();
    past.goes_on(200).await;
    fed.includes(past.end()).await;
    for (device, list) in past.told() {
        let before = told.get(&device).map_or(0, Vec::len);
        reads_on(&fed, device, i64::try_from(before).unwrap(), i64::try_from(list.len()).unwrap()).await;
    }
    fed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_allowed_is_below_the_floor_also_within_a_row() {
    let past = Past::of(36, 300).await;
    let place = Place::sqlite();
    // Rows of many updates: the age ends amid some.
    let fed = fed(&past, &place).await;
    let now = recorded_at(&past, past.written[past.written.len() / 2].0).await;
    let cut = Timestamp(now.0 - 10_000_000);
    let age = Some(Duration::from_secs(10));
    trim(&fed.models, &*past.log, &keeping(age, None, false), now).await.unwrap();
    let mut amid = 0;
    for (device, list) in past.told() {
        let head = i64::try_from(list.len()).unwrap();
        let mut old = 0;
        for at in &list {
            old += i64::from(recorded_at(&past, at.position).await < cut);
        }
        amid += i64::from(0 < old && old < head);
        let floor = fed.models.state.floor(device.0, device.1).await.unwrap();
        assert_eq!(floor.map_or(0, Seq::get), old);
        reads_on(&fed, device, old, head).await;
    }
    assert!(amid > 0);
    fed.stop().await;
}

async fn recorded_at(past: &Past, position: Position) -> Timestamp {
    let record = past.log.at(position).await.unwrap().unwrap();
    commit::decode(&record).unwrap().at
}
