//! A few people and their chats: whatever they do, they do at the door.

mod calls;
mod guard;
mod person;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use futures::future::join_all;
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::person::authorise;
use heliograph_tests::{Answer, Device, Observer, World};
use serde_json::{Value, json};

use crate::deed::{Deed, PEOPLE, Pick};

/// Members of whom devices are told all that happens, at most.
const TOLD_MAX: usize = 1_000;

/// People who know each other, and the chats that there are.
pub(crate) struct Town<'a> {
    world: &'a World,
    people: Vec<Device>,
    /// Their ids, and the newest message of each.
    chats: Mutex<Vec<(String, i64)>>,
    /// Invite links: their chat, number and token.
    links: Mutex<Vec<(String, i64, String)>>,
    /// How many things were said or called so far.
    words: Mutex<u64>,
}

/// One of them.
struct Person<'a> {
    town: &'a Town<'a>,
    me: &'a Device,
    number: usize,
    observers: Vec<Observer>,
    /// Further devices, by number.
    devices: Vec<i64>,
}

impl<'a> Town<'a> {
    /// People who are new here: each writes to oneself and to each other, the first has a channel, and all are in one group.
    pub(crate) async fn settle(world: &'a World) -> Self {
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let account = register(world, &format!("Person {number}")).await;
            people.push(authorise(&world.admin, account, "phone").await);
        }
        let mut chats = BTreeMap::new();
        for (number, one) in people.iter().enumerate() {
            for other in &people[number..] {
                let (low, high) = (one.account.min(other.account), one.account.max(other.account));
                chats.insert(format!("dm-{low}-{high}"), 0);
            }
        }
        let others: Vec<i64> = people[1..].iter().map(|other| other.account).collect();
        let town = Self {
            world,
            people,
            chats: Mutex::new(chats.into_iter().collect()),
            links: Mutex::default(),
            words: Mutex::default(),
        };
        let owner = &town.people[0];
        let channel = owner.client.post("/v1/channels", &json!({"title": "Gazette"})).await.accepted();
        town.founded(&channel);
        let path = format!("/v1/chats/{}/username", channel["chat"]["id"].as_str().expect("an id"));
        let username = json!({"username": format!("town_{}", owner.account)});
        owner.client.put(path, &username).await.accepted();
        let group = json!({"title": "All of us", "members": others});
        town.founded(&owner.client.post("/v1/chats", &group).await.accepted());
        town
    }

    /// People whose only chat is a group of a thousand, two of them among it.
    pub(crate) async fn grow(world: &'a World) -> Self {
        let town = Self::settle(world).await;
        let mut members: Vec<i64> = vec![town.people[1].account];
        while members.len() < TOLD_MAX - 1 {
            let some = join_all((members.len()..TOLD_MAX - 1).take(20).map(|_| register(world, "one of many"))).await;
            members.extend(some);
        }
        lock(&town.chats).clear();
        let body = json!({"title": "Everybody", "members": members});
        town.founded(&town.people[0].client.post("/v1/chats", &body).await.accepted());
        town
    }

    /// In each phase everybody does what is theirs, one thing after the other; all at once. Gives the snapshots that were taken.
    pub(crate) async fn live(&self, phases: &[Vec<(usize, Deed)>]) -> Vec<Observer> {
        let mut people: Vec<Person<'_>> = (0..PEOPLE).map(|number| self.person(number)).collect();
        for deeds in phases {
            join_all(people.iter_mut().map(|person| person.live(deeds))).await;
        }
        people.into_iter().flat_map(|person| person.observers).collect()
    }

    fn person(&self, number: usize) -> Person<'_> {
        Person {
            town: self,
            me: &self.people[number],
            number,
            observers: Vec::new(),
            devices: Vec::new(),
        }
    }

    /// Waits until it was counted that a post of the channel was seen.
    pub(crate) async fn counted(&self) {
        let (channel, _) = lock(&self.chats)
            .iter()
            .find(|(id, _)| id.starts_with("c-"))
            .expect("it was founded")
            .clone();
        let path = format!("/v1/chats/{channel}/messages");
        eventually("a post was seen", async || {
            let page = self.people[0].client.get(&path).await.accepted();
            let seen = |message: &Value| message["views"].as_i64() > Some(0);
            page["messages"].as_array()?.iter().any(seen).then_some(())
        })
        .await;
    }

    fn chat(&self, which: Pick) -> (String, i64) {
        let chats = lock(&self.chats);
        chats[which.of(chats.len())].clone()
    }

    /// A link: its chat, number and token; none, as long as there is none.
    fn link(&self, which: Pick) -> Option<(String, i64, String)> {
        let links = lock(&self.links);
        (!links.is_empty()).then(|| links[which.of(links.len())].clone())
    }

    fn word(&self) -> String {
        let mut words = lock(&self.words);
        *words += 1;
        format!("word {words}")
    }

    /// One of the names that there are.
    fn name(&self, which: Pick) -> String {
        format!("name_{}", self.people[which.of(PEOPLE)].account)
    }

    fn founded(&self, answer: &Value) {
        if let Some(chat) = answer["chat"]["id"].as_str() {
            lock(&self.chats).push((chat.to_owned(), 0));
        }
    }

    /// That a message was sent, or some were.
    fn note(&self, chat: &str, answer: &Value) {
        let some = answer["messages"].as_array().into_iter().flatten();
        let top = some.chain([&answer["message"]]).filter_map(|message| message["id"].as_i64()).max();
        let mut chats = lock(&self.chats);
        for (_, known) in chats.iter_mut().filter(|(id, _)| id == chat) {
            *known = top.unwrap_or_default().max(*known);
        }
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().expect("nobody panics while holding it")
}

async fn register(world: &World, name: &str) -> i64 {
    let made = world.admin.post("/v1/accounts", &json!({"name": name})).await.accepted();
    made["account"]["id"].as_i64().expect("an id")
}

/// One of the messages of a chat with this many; where there is none, one that nobody sent.
fn one_of(top: i64, which: Pick) -> i64 {
    let messages = usize::try_from(top.max(1)).expect("it is small");
    1 + i64::try_from(which.of(messages)).expect("it is small")
}

/// What may be refused, but for no fault of the server's.
fn settled(answer: Answer) -> Value {
    assert!(!answer.status.is_server_error(), "{} {}", answer.status, answer.text);
    answer.body
}
