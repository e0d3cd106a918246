//! Two devices each of some who were there before most was imported: what they are told is what concerned them, in the log's order.

use std::collections::{HashMap, HashSet};

use heliograph_tests::client::update::{Member, Message, Tidings};
use heliograph_tests::client::view::Cursor;
use heliograph_tests::irc::{Log, Network, What, Who};
use heliograph_tests::world::person::authorise;
use heliograph_tests::world::poll;
use heliograph_tests::{Device, World};
use serde_json::Value;

use super::log::{Fact, People, created, facts};

/// Somebody with two devices.
#[derive(Debug)]
pub(super) struct Watcher {
    who: Who,
    account: i64,
    /// Online all the time.
    pub(super) phone: Device,
    /// Asks in the end.
    laptop: Device,
}

/// Of those who are known from the first logs: who is in the most of all, and who leaves in later ones, most often and from most.
pub(super) async fn watchers(world: &World, first: &Network, all: &Network, people: &People) -> Vec<Watcher> {
    let later = &all.logs[first.logs.len()..];
    let times = |who: &Who, what: &What| {
        let deeds = later.iter().flat_map(|log| &log.happened);
        deeds.filter(|happened| happened.by == *who && happened.what == *what).count()
    };
    let known = || people.all().keys();
    let joining = known()
        .max_by_key(|who| (times(who, &What::Joined), *who))
        .expect("somebody is known");
    let leaving = known().max_by_key(|who| (times(who, &What::Left), times(who, &What::Joined), *who));
    let leaving = leaving.expect("somebody is known");
    assert!(joining != leaving && times(leaving, &What::Left) > 0);
    let mut watchers = Vec::new();
    for who in [joining, leaving] {
        let account = people.account(who);
        let (phone, laptop) = (
            authorise(&world.admin, account, "phone").await,
            authorise(&world.admin, account, "laptop").await,
        );
        phone.online();
        phone.comes_to_know("its session is open", |view| view.sessions > 0).await;
        let who = who.clone();
        watchers.push(Watcher {
            who,
            account,
            phone,
            laptop,
        });
    }
    watchers
}

/// What both devices were told, the one at once and the other when it asked, is what the log has for them.
pub(super) async fn hold_what_concerned_them(world: &World, watchers: &[Watcher], first: &Network, all: &Network) {
    let now = world.now().await;
    let (facts, created) = (facts(world).await, created(world).await);
    let log = |fact: &Fact| {
        all.logs
            .iter()
            .find(|log| log.title == fact.title())
            .expect("it is one of the logs")
    };
    let logs: HashMap<&str, &Log> = created.iter().map(|fact| (fact.chat(), log(fact))).collect();
    for watcher in watchers {
        let Watcher {
            who,
            account,
            phone,
            laptop,
        } = watcher;
        let telling = |device: &Device| concerned(*account, device.number, &facts, &logs);
        let expected = telling(phone);
        let last = i64::try_from(expected.len()).expect("a log is short");
        phone.comes_to_know(&format!("has come to {last}"), |view| view.seq >= last).await;
        same(phone, &phone.knows(|view| view.told.clone()), &expected);
        let epoch = phone.knows(|view| view.epoch).expect("it was online");
        let polled = poll(&laptop.client, Cursor::start(epoch), &now).await;
        same(laptop, &polled, &telling(laptop));
        // The phone was told of the laptop, too.
        assert!(expected[1..] == polled, "{who:?}: two devices were not told the same");
        for (chat, log) in &logs {
            let before = first.logs.iter().any(|first| first.title == log.title);
            let heard = if before { Vec::new() } else { log.heard_by(who) };
            assert_eq!(messages(&polled, chat), heard, "{who:?} in {}", log.title);
        }
    }
}

/// The messages of a chat that were told.
fn messages(told: &[Tidings], of: &str) -> Vec<i64> {
    let messages = told.iter().filter_map(|tidings| match tidings {
        Tidings::MessageSent { chat, message } if chat == of => Some(message.id),
        _ => None,
    });
    messages.collect()
}

/// The devices' last numbers.
pub(super) async fn heads(world: &World, watchers: &[Watcher]) -> Vec<Value> {
    let (now, mut heads) = (world.now().await, Vec::new());
    for Watcher { phone, laptop, .. } in watchers {
        for device in [phone, laptop] {
            heads.push(device.client.get("/v1/updates").at(&now).await.accepted()["head"].clone());
        }
    }
    heads
}

fn same(device: &Device, told: &[Tidings], expected: &[Tidings]) {
    for (number, (told, expected)) in (1..).zip(told.iter().zip(expected)) {
        assert_eq!(told, expected, "{device}: update {number}");
    }
    assert_eq!(told.len(), expected.len(), "{device}");
}

/// What a device has to be told: all that concerns its account, behind what authorised it.
fn concerned(account: i64, device: i64, facts: &[Fact], logs: &HashMap<&str, &Log>) -> Vec<Tidings> {
    let texts: HashMap<&str, Vec<&str>> = logs
        .iter()
        .map(|(chat, log)| (*chat, log.messages().map(|(_, _, text, _)| text).collect()))
        .collect();
    let own = format!("account.{account}");
    let (mut told, mut chats, mut begun) = (Vec::new(), HashSet::new(), false);
    for fact in facts {
        let about = fact.data["account"].as_i64();
        if fact.stream == own {
            if begun {
                told.push(Tidings::Other);
            }
            begun |= fact.kind == "account.device_authorised" && fact.data["device"] == device;
            continue;
        }
        let joins = match fact.kind.as_str() {
            "chat.created" => members(fact).iter().any(|member| member.account == account),
            "chat.member_added" => about == Some(account),
            _ => false,
        };
        if joins {
            chats.insert(fact.chat());
        }
        if begun && chats.contains(fact.chat()) {
            let log = logs[fact.chat()];
            told.push(tidings(fact, log, &texts[fact.chat()]));
        }
        if fact.kind == "chat.member_left" && about == Some(account) {
            chats.remove(fact.chat());
        }
    }
    told
}

/// A chat's fact as it is told.
fn tidings(fact: &Fact, log: &Log, texts: &[&str]) -> Tidings {
    let number = |of: &str| fact.data[of].as_i64();
    let chat = fact.chat().to_owned();
    let account = number("account").unwrap_or_default();
    match fact.kind.as_str() {
        "chat.created" => Tidings::ChatCreated {
            chat,
            title: Some(log.title.clone()),
            members: members(fact),
        },
        "chat.member_added" => Tidings::MemberAdded {
            chat,
            account,
            service_message: None,
        },
        "chat.member_left" => Tidings::MemberLeft {
            chat,
            account,
            service_message: None,
        },
        "chat.role_changed" => Tidings::RoleChanged {
            chat,
            account,
            role: fact.data["role"].as_str().expect("owner or member").to_owned(),
        },
        "chat.message_sent" => {
            let id = number("message").expect("a message has an id");
            let place = usize::try_from(id - 1).expect("ids count from 1");
            let message = Message {
                id,
                from: number("from"),
                text: Some(texts[place].to_owned()),
                reply_to: number("reply_to"),
                ..Message::default()
            };
            Tidings::MessageSent { chat, message }
        }
        other => panic!("an IRC log tells nothing of {other}"),
    }
}

fn members(fact: &Fact) -> Vec<Member> {
    serde_json::from_value(fact.data["members"].clone()).expect("a chat has members")
}
