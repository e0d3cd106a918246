//! Erasures: begun when they are due, and finished by a reactor, which may repeat it.

use std::sync::Arc;

use domain::account::{self, Account};
use domain::actor::{ADMIN, Actor};
use domain::chat::{self, Chat};
use domain::event::Event;
use domain::id::{ChatId, DeviceId};
use domain::sealed::Closed;
use domain::stream::Stream;
use domain::time::Timestamp;
use heliograph_tests::deadline::eventually;
use infra::clock::Clock;
use infra::seal;
use projections::chats;
use projections::reactors::erasure::Erasures;

use crate::town::{ALICE, BOB, Town, id};

/// What Alice is called, as the log has it.
async fn her_name(town: &Town) -> Closed {
    let facts = town.facts(&Stream::Account(id(ALICE))).await;
    let Some(Event::Account(account::Event::Registered(registered))) = facts.first() else {
        panic!("she was registered first")
    };
    let domain::sealed::Sealed::Closed(name) = &registered.profile else {
        panic!("the log holds what is closed")
    };
    name.clone()
}

fn count(facts: &[Event], kind: &str) -> usize {
    facts.iter().filter(|event| event.type_name() == kind).count()
}

async fn erases(town: &Town, account: i64) {
    let begin = account::Command::BeginErasure;
    town.ask::<Account>(Actor::Service(ADMIN.to_owned()), id(account), begin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_an_erasure_has_begun_the_key_goes_and_the_account_says_so_once() {
    let town = Town::new().await;
    let (stream, name) = (Stream::Account(id(ALICE)), her_name(&town).await);
    town.keys.load(&[id(ALICE)]).await.unwrap();
    assert!(town.keys.open_box(&stream, &name).is_ok());
    let (phone, state) = ((id(ALICE), DeviceId::MIN), &town.models.state);
    state.see(&[(phone, Timestamp(7))]).await.unwrap();
    let reactor = || {
        let (keys, models) = (town.keys.clone(), town.models.clone());
        Arc::new(Erasures { keys, models })
    };
    let (_one, _other) = (town.reacts(reactor()), town.reacts(reactor()));
    erases(&town, ALICE).await;
    eventually("it is finished", async || {
        let facts = town.facts(&stream).await;
        (count(&facts, "account.erased") > 0).then_some(())
    })
    .await;
    town.keys.load(&[id(ALICE)]).await.unwrap();
    assert_eq!(town.keys.open_box(&stream, &name), Err(seal::Error::Erased(id(ALICE))));
    assert!(state.seen(id(ALICE)).await.unwrap().is_empty());
    // A process may have noted it a moment later.
    state.see(&[(phone, Timestamp(8))]).await.unwrap();
    town.includes_all().await;
    town.erasing().round().await;
    assert!(state.seen(id(ALICE)).await.unwrap().is_empty());
    town.reacts_so_far(reactor()).await;
    let facts = town.facts(&stream).await;
    assert_eq!((count(&facts, "account.erasure_begun"), count(&facts, "account.erased")), (1, 1));
    assert_eq!(facts.last().map(Event::type_name), Some("account.erased"));
    let others = town.facts(&Stream::Account(id(BOB))).await;
    assert_eq!(count(&others, "account.erased"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_begins_once_it_is_due_and_not_if_it_was_called_off() {
    const BEGINNING: Timestamp = Timestamp(1_700_000_000_000_000);
    let clock = Clock::manual(BEGINNING);
    let town = Town::at(clock.clone()).await;
    let due_at = BEGINNING.plus_seconds(100);
    for account in [ALICE, BOB] {
        let schedule = account::Command::ScheduleErasure {
            due_at,
            shown: None,
            tries: None,
        };
        let by = Actor::Device(id(account), DeviceId::MIN);
        town.ask::<Account>(by, id(account), schedule).await;
    }
    let by = Actor::Device(id(BOB), DeviceId::MIN);
    town.ask::<Account>(by, id(BOB), account::Command::CallOffErasure).await;
    let begun = async |account| {
        town.includes_all().await;
        let (one, other) = (town.erasing(), town.erasing());
        tokio::join!(one.round(), other.round());
        count(&town.facts(&Stream::Account(id(account))).await, "account.erasure_begun")
    };
    clock.set(due_at.plus_seconds(-1));
    assert_eq!((begun(ALICE).await, begun(BOB).await), (0, 0));
    clock.set(due_at);
    assert_eq!((begun(ALICE).await, begun(BOB).await), (1, 0));
    clock.set(due_at.plus_seconds(1_000));
    assert_eq!((begun(ALICE).await, begun(BOB).await), (1, 0));
}

const HERS: &str = "g-7";
const HER_CHANNEL: &str = "c-8";
const HIS_CHANNEL: &str = "c-9";

fn chat(id: &str) -> ChatId {
    id.parse().unwrap()
}

/// What was said of these streams, by its type.
async fn types(town: &Town, stream: Stream) -> Vec<&'static str> {
    town.facts(&stream).await.iter().map(Event::type_name).collect()
}

/// How many the rows say there are.
async fn members(town: &Town, of: &str) -> u32 {
    town.includes_all().await;
    chats::chat(&town.models.db, chat(of)).await.unwrap().unwrap().members
}

#[tokio::test(flavor = "multi_thread")]
async fn before_it_is_finished_the_account_has_left_what_it_was_part_of() {
    let town = Town::new().await;
    town.founds(ALICE, chat(HERS), &[BOB]).await;
    town.founds(ALICE, chat(HER_CHANNEL), &[]).await;
    town.founds(BOB, chat(HIS_CHANNEL), &[]).await;
    for (who, what) in [(ALICE, HER_CHANNEL), (BOB, HER_CHANNEL), (ALICE, HIS_CHANNEL)] {
        town.follows(who, chat(what)).await;
    }
    let reactor = || {
        let (keys, models) = (town.keys.clone(), town.models.clone());
        Arc::new(Erasures { keys, models })
    };
    let (_one, _other) = (town.reacts(reactor()), town.reacts(reactor()));
    erases(&town, ALICE).await;
    eventually("it is finished", async || {
        let facts = town.facts(&Stream::Account(id(ALICE))).await;
        (count(&facts, "account.erased") > 0).then_some(())
    })
    .await;
    // All of it again, as if nobody remembered.
    town.reacts_so_far(reactor()).await;
    let left = async || {
        let hers = types(&town, Stream::Chat(chat(HERS))).await;
        assert_eq!(hers, ["chat.created", "chat.member_left", "chat.role_changed"]);
        let channel = types(&town, Stream::Chat(chat(HER_CHANNEL))).await;
        assert_eq!(channel, ["chat.created", "chat.member_left"], "it has no owner any more");
        assert_eq!(types(&town, Stream::Chat(chat(HIS_CHANNEL))).await, ["chat.created"]);
        let inbox = town.facts(&Stream::Inbox(id(ALICE))).await;
        assert_eq!((count(&inbox, "inbox.subscribed"), count(&inbox, "inbox.unsubscribed")), (2, 2));
        let counts = [
            members(&town, HERS).await,
            members(&town, HER_CHANNEL).await,
            members(&town, HIS_CHANNEL).await,
        ];
        assert_eq!(counts, [1, 1, 0]);
    };
    left().await;
    let end = town.log.last(&Stream::Account(id(ALICE))).await.unwrap();
    for stream in [Stream::Chat(chat(HERS)), Stream::Chat(chat(HER_CHANNEL)), Stream::Inbox(id(ALICE))] {
        assert!(town.log.last(&stream).await.unwrap() < end, "{stream}");
    }
    town.erasing().round().await;
    left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_brought_somewhere_after_it_is_gone_leaves_by_upkeep() {
    let town = Town::new().await;
    town.founds(BOB, chat(HERS), &[]).await;
    town.founds(BOB, chat(HIS_CHANNEL), &[]).await;
    erases(&town, ALICE).await;
    // By who did not know yet, and from a device that did not either.
    let add = chat::Command::Add { account: id(ALICE) };
    town.ask::<Chat>(Actor::Import(id(BOB)), chat(HERS), add).await;
    town.follows(ALICE, chat(HIS_CHANNEL)).await;
    assert_eq!((members(&town, HERS).await, members(&town, HIS_CHANNEL).await), (2, 1));
    let (one, other) = (town.erasing(), town.erasing());
    tokio::join!(one.round(), other.round());
    assert_eq!((members(&town, HERS).await, members(&town, HIS_CHANNEL).await), (1, 0));
    one.round().await;
    let left = town.facts(&Stream::Chat(chat(HERS))).await;
    assert_eq!(count(&left, "chat.member_left"), 1);
}
