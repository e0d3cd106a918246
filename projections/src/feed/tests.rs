use domain::actor::Actor;
use domain::event::Event;
use domain::fact::{Fact, FactRef};
use domain::id::{CommandId, MessageId, Position, Seq};
use domain::inbox;
use domain::stream::Stream;
use domain::time::Timestamp;
use uuid::Uuid;

use super::*;

fn account(id: i64) -> AccountId {
    id.try_into().unwrap()
}

fn device(account_id: i64, id: i64) -> Device {
    (account(account_id), id.try_into().unwrap())
}

fn fact(position: i64) -> Arc<Fact> {
    Arc::new(Fact {
        at: FactRef {
            position: Position::try_from(position).unwrap(),
            index: 0,
        },
        stream: Stream::Inbox(account(1)),
        recorded_at: Timestamp(0),
        sent_at: None,
        by: Actor::Service("test".into()),
        command: CommandId(Uuid::nil()),
        digest: String::new(),
        event: Event::Inbox(inbox::Event::Read(inbox::event::Read {
            chat: "dm-1-2".parse().unwrap(),
            up_to: MessageId::MIN,
        })),
    })
}

fn to(device: Device, first: i64, list: usize) -> To {
    To {
        device,
        first: Seq::try_from(first).unwrap(),
        list,
    }
}

fn told(devices: Vec<To>) -> Told {
    Told {
        facts: vec![fact(1), fact(2)],
        lists: vec![vec![0, 1], vec![1]],
        devices,
        ..Told::default()
    }
}

fn delivered(live: Option<Live>) -> Delivery {
    match live {
        Some(Live::Delivery(delivery)) => delivery,
        other => panic!("{other:?}"),
    }
}

#[test]
fn devices_with_the_same_list_share_it_and_every_fact_is_rendered_once() {
    let feed = Feed::default();
    let mut one = feed.attach(account(1), device(1, 1).1);
    let mut two = feed.attach(account(2), device(2, 1).1);
    let mut late = feed.attach(account(2), device(2, 2).1);
    feed.publish(&told(vec![
        to(device(1, 1), 5, 0),
        to(device(2, 1), 9, 0),
        to(device(2, 2), 1, 1),
        to(device(3, 1), 1, 1),
    ]));
    let (one, two, late) = (delivered(one.try_next()), delivered(two.try_next()), delivered(late.try_next()));
    assert!(Arc::ptr_eq(&one.updates, &two.updates));
    assert_eq!((one.first.get(), two.first.get(), late.first.get()), (5, 9, 1));
    assert!(Arc::ptr_eq(&one.updates.facts[1], &late.updates.facts[0]));
    assert_eq!(&**one.updates.facts[1].body(|_| "rendered".into()), "rendered");
    assert_eq!(&**late.updates.facts[0].body(|_| "again".into()), "rendered");
}

#[test]
fn a_full_queue_says_so_and_goes_on() {
    let feed = Feed::default();
    let mut slow = feed.attach(account(1), device(1, 1).1);
    let batch = told(vec![to(device(1, 1), 1, 0)]);
    for _ in 0..=attached::CAPACITY / 2 {
        feed.publish(&batch);
    }
    assert!(matches!(slow.try_next(), Some(Live::Overflowed)));
    assert!(slow.try_next().is_none());
    feed.publish(&batch);
    delivered(slow.try_next());
}

#[test]
fn an_ended_device_is_closed_and_a_dropped_session_is_forgotten() {
    let feed = Feed::default();
    let mut gone = feed.attach(account(1), device(1, 1).1);
    let other = feed.attach(account(1), device(1, 1).1);
    feed.publish(&Told {
        ended: vec![device(1, 1)],
        ..Told::default()
    });
    assert!(matches!(gone.try_next(), Some(Live::Closed(Closed::Ended))));
    drop((gone, other));
    assert!(feed.devices.read().unwrap().is_empty());
}

#[test]
fn a_suspended_accounts_session_is_closed_and_says_why() {
    let feed = Feed::default();
    let mut out = feed.attach(account(1), device(1, 1).1);
    feed.publish(&Told {
        suspended: vec![device(1, 1), device(1, 2)],
        ..Told::default()
    });
    assert!(matches!(out.try_next(), Some(Live::Closed(Closed::Suspended))));
}

#[test]
fn once_somebody_is_gone_what_waits_is_read_again() {
    let feed = Feed::default();
    let (mut behind, mut level) = (feed.attach(account(1), device(1, 1).1), feed.attach(account(2), device(2, 1).1));
    feed.publish(&told(vec![to(device(1, 1), 1, 0)]));
    let gone = Told {
        gone: vec![account(3)],
        ..Told::default()
    };
    feed.publish(&gone);
    assert!(feed.gone().has(account(3)));
    assert!(matches!(behind.try_next(), Some(Live::Overflowed)));
    assert!(level.try_next().is_none());
    feed.publish(&told(vec![to(device(1, 1), 3, 0)]));
    feed.publish(&gone);
    delivered(behind.try_next());
}

#[tokio::test]
async fn a_waiting_session_wakes() {
    let feed = Feed::default();
    let mut session = feed.attach(account(1), device(1, 1).1);
    let waiting = tokio::spawn(async move { session.next().await });
    tokio::task::yield_now().await;
    feed.missed();
    assert!(matches!(waiting.await.unwrap(), Live::Overflowed));
}
