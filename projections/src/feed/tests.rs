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

fn to_chat(chat: &str, first: i64, list: usize) -> Told {
    Told {
        chats: vec![ToChat {
            chat: chat.parse().unwrap(),
            first: Seq::try_from(first).unwrap(),
            list,
        }],
        ..told(vec![])
    }
}

#[test]
fn who_follows_a_chat_hears_of_it_and_shares_what_is_told() {
    let feed = Feed::default();
    let (mut one, mut other) = (feed.follow(), feed.follow());
    one.add("c-1".parse().unwrap());
    other.add("c-1".parse().unwrap());
    feed.publish(&to_chat("c-1", 7, 0));
    feed.publish(&to_chat("c-2", 1, 0));
    let (Some(Followed::Delivery(chat, hers)), Some(Followed::Delivery(_, his))) = (one.try_next(), other.try_next()) else {
        panic!("both are told");
    };
    assert_eq!(
        (chat.to_string().as_str(), hers.first.get(), hers.updates.facts.len()),
        ("c-1", 7, 2)
    );
    assert!(Arc::ptr_eq(&hers.updates, &his.updates));
    assert!(one.try_next().is_none());
}

#[test]
fn who_follows_no_more_hears_nothing_that_waited_either() {
    let feed = Feed::default();
    let mut following = feed.follow();
    following.add("c-1".parse().unwrap());
    following.add("c-2".parse().unwrap());
    feed.publish(&to_chat("c-1", 1, 0));
    feed.publish(&to_chat("c-2", 1, 1));
    following.remove("c-1".parse().unwrap());
    let Some(Followed::Delivery(chat, _)) = following.try_next() else {
        panic!("it is told")
    };
    assert_eq!(chat.to_string(), "c-2");
    assert_eq!(
        feed.followed(["c-1", "c-2"].into_iter().map(|chat| chat.parse().unwrap())),
        vec![chat]
    );
    drop(following);
    assert_eq!(feed.followed([chat].into_iter()), vec![]);
}

#[test]
fn a_slow_follower_is_told_that_it_missed_something_and_keeps_nothing() {
    let feed = Feed::default();
    let (mut slow, mut attached) = (feed.follow(), feed.attach(account(1), 1.try_into().unwrap()));
    slow.add("c-1".parse().unwrap());
    for number in 0..600 {
        feed.publish(&to_chat("c-1", 1 + 2 * number, 0));
    }
    assert!(matches!(slow.try_next(), Some(Followed::Missed)));
    assert!(slow.try_next().is_none());
    assert!(attached.try_next().is_none(), "its own updates are none of that");
    feed.publish(&to_chat("c-1", 1201, 0));
    assert!(matches!(slow.try_next(), Some(Followed::Delivery(_, delivery)) if delivery.first.get() == 1201));
}
