//! Judging the end by what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use heliograph_tests::client::snapshot;
use heliograph_tests::client::update::Tidings;
use heliograph_tests::{Device, Person, World};

use super::ledger::{Chat, Entries, Ledger};

/// Panics when anything acknowledged is missing, anything else is there, or anybody disagrees.
pub(super) async fn judge(world: &World, ledger: &Ledger) {
    let entries = ledger.entries();
    assert!(!entries.sent.is_empty(), "somebody said something");
    for chat in &ledger.chats {
        let owner = person(world, chat.owner);
        let reference = facts(&owner.phone, &chat.id);
        acknowledged_once(chat, &owner.phone, &reference, &entries);
        for device in world.people().iter().flat_map(heliograph_tests::Person::devices) {
            told_what_concerns(device, chat, &reference);
        }
    }
    for person in world.people() {
        one_order_on_both(person);
        marks_and_counts(person, ledger, &entries).await;
    }
}

fn person(world: &World, account: i64) -> &Person {
    world
        .people()
        .iter()
        .find(|person| person.account == account)
        .expect("one of the people")
}

/// A chat's facts in the order in which a device was told; read marks are each account's own.
fn facts(device: &Device, chat: &str) -> Vec<Tidings> {
    device.knows(|view| {
        let of_chat = view.told.iter().filter(|tidings| tidings.chat() == Some(chat));
        of_chat
            .filter(|tidings| !matches!(tidings, Tidings::ChatRead { .. }))
            .map(Tidings::fact)
            .collect()
    })
}

/// Who is in a chat from the start to the end sees each acknowledged message once, as it was last
/// acknowledged, and none that nobody sent.
fn acknowledged_once(chat: &Chat, owner: &Device, reference: &[Tidings], entries: &Entries) {
    let sent: Vec<i64> = reference
        .iter()
        .filter_map(|tidings| match tidings {
            Tidings::MessageSent { message, .. } => Some(message.id),
            _ => None,
        })
        .collect();
    let acknowledged: Vec<i64> = entries.sent.keys().filter(|(of, _)| *of == chat.id).map(|(_, id)| *id).collect();
    assert_eq!(sent, acknowledged, "{}: what was told and what was acknowledged", chat.id);
    let numbers: Vec<i64> = reference
        .iter()
        .filter_map(|tidings| match tidings {
            Tidings::MessageSent { message, .. } => Some(message.id),
            other => other.service_message().map(|message| message.id),
        })
        .collect();
    assert!(
        numbers.iter().copied().eq(1..=i64::try_from(numbers.len()).expect("it is small")),
        "{}: numbers are dense",
        chat.id
    );
    for id in sent {
        let heard = owner.knows(|view| view.chat(&chat.id).messages[&id].clone());
        let key = (chat.id.clone(), id);
        let entry = &entries.sent[&key];
        let deleted = entries.deleted.contains(&key);
        assert_eq!((heard.from, heard.deleted), (Some(entry.from), deleted), "{key:?}");
        if !deleted {
            assert_eq!(
                (heard.text.as_deref(), heard.reply_to),
                (Some(entry.text.as_str()), entry.reply_to),
                "{key:?}"
            );
        }
    }
}

/// A device is told exactly the facts that happened while its account was in the chat, in the same order.
fn told_what_concerns(device: &Device, chat: &Chat, reference: &[Tidings]) {
    let mut members: BTreeSet<i64> = BTreeSet::new();
    let concerns = reference.iter().filter(|tidings| {
        let was_in = members.contains(&device.account);
        match tidings {
            Tidings::ChatCreated { members: first, .. } => members.extend(first.iter().map(|member| member.account)),
            Tidings::MemberAdded { account, .. } => drop(members.insert(*account)),
            Tidings::MemberRemoved { account, .. } | Tidings::MemberLeft { account, .. } => drop(members.remove(account)),
            _ => {}
        }
        was_in || members.contains(&device.account)
    });
    let (expected, told) = (concerns.collect::<Vec<_>>(), facts(device, &chat.id));
    let first_difference = expected.iter().zip(&told).position(|(expected, told)| *expected != told);
    assert_eq!(first_difference, None, "{device} was told of {} in another order", chat.id);
    assert_eq!(expected.len(), told.len(), "{device} was told more or less of {}", chat.id);
}

/// Both devices of an account are told the same in the same order, since the second was authorised.
fn one_order_on_both(person: &Person) {
    let [phone, laptop] = person
        .devices()
        .map(|device| device.knows(|view| view.told.iter().map(Tidings::fact).collect::<Vec<_>>()));
    let earlier = phone.len().checked_sub(laptop.len()).expect("the phone was there first");
    assert_eq!(
        phone[earlier..],
        laptop,
        "{}: phone and laptop were told different things",
        person.name
    );
}

/// Read marks are what was acknowledged, and unread counts what a recount of the ledger gives.
async fn marks_and_counts(person: &Person, ledger: &Ledger, entries: &Entries) {
    let listed = snapshot::chats_of(&person.laptop.client).await.expect("an answer");
    let listed: BTreeMap<&str, &serde_json::Value> = listed.iter().filter_map(|chat| Some((chat["id"].as_str()?, chat))).collect();
    for chat in ledger.chats.iter().filter(|chat| chat.has_for_ever(person.account)) {
        let Some(listed) = listed.get(chat.id.as_str()) else {
            let any = entries.sent.keys().any(|(of, _)| *of == chat.id);
            assert!(!any && chat.other.is_some(), "{}: {} is not listed", person.name, chat.id);
            continue;
        };
        let own = entries
            .sent
            .iter()
            .filter(|((of, _), sent)| *of == chat.id && sent.from == person.account)
            .map(|((_, id), _)| *id)
            .max();
        let services = services(person, chat, entries);
        let done = services
            .iter()
            .filter(|(_, by)| *by == Some(person.account))
            .map(|(id, _)| *id)
            .max();
        let marked = entries.read.get(&(chat.id.clone(), person.account)).copied();
        let mark = own.max(done).max(marked).unwrap_or(0);
        assert_eq!(listed["read_up_to"], mark, "{}: the read mark of {}", person.name, chat.id);
        let behind = entries.sent.keys().filter(|(of, id)| *of == chat.id && *id > mark);
        let unread = behind.filter(|key| !entries.deleted.contains(*key)).count();
        let unread = unread + services.iter().filter(|(id, _)| *id > mark).count();
        assert_eq!(listed["unread"], unread, "{}: unread in {}", person.name, chat.id);
    }
}

/// The messages that tell what was done in a chat, as somebody heard of them, and by whom it was.
fn services(person: &Person, chat: &Chat, entries: &Entries) -> Vec<(i64, Option<i64>)> {
    let heard = person.phone.knows(|view| view.chat(&chat.id).messages.clone());
    let told = heard
        .into_iter()
        .filter(|(id, _)| !entries.sent.contains_key(&(chat.id.clone(), *id)));
    told.map(|(id, message)| (id, message.from)).collect()
}
