//! What clients are told of what was imported: accounts, and, to members, lists of chats, members and timelines.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use heliograph_tests::irc::{Log, Network, Who};
use heliograph_tests::{Client, World};
use serde_json::{Value, json};

use super::log::{Imported, People};

/// Members with a device each.
pub(super) type Readers = HashMap<Who, Client>;

/// What clients are told.
#[derive(Debug)]
pub(super) struct Told {
    /// Names of accounts, and since when they are there.
    accounts: BTreeMap<i64, (String, i64)>,
    /// Each reader's chats.
    lists: BTreeMap<i64, BTreeMap<String, Value>>,
    /// Members of each chat, and their roles.
    members: BTreeMap<String, BTreeMap<i64, String>>,
    /// All messages of each chat, in order.
    timelines: BTreeMap<String, Vec<Value>>,
}

/// The member who has the most to read.
pub(super) fn silent(log: &Log) -> &Who {
    let (members, _) = log.members();
    members
        .into_iter()
        .min_by_key(|who| log.read_by_itself(who))
        .expect("a log has members")
}

/// The member who has the most to read, one from the middle, and the one who joined last.
fn readers_of(log: &Log) -> [&Who; 3] {
    let (members, _) = log.members();
    [silent(log), members[members.len() / 2], members[members.len() - 1]]
}

/// Some of each log's members, each with a device.
pub(super) async fn readers(world: &World, network: &Network, people: &People) -> Readers {
    let chosen: BTreeSet<&Who> = network.logs.iter().flat_map(readers_of).collect();
    let mut readers = Readers::new();
    for who in chosen {
        let path = format!("/v1/accounts/{}/devices", people.account(who));
        let device = world.admin.post(path, &json!({"name": "reader"})).await.accepted();
        let client = world.admin.with_token(device["token"].as_str().expect("a token"));
        readers.insert(who.clone(), client);
    }
    readers
}

impl Told {
    /// Asks for everything.
    pub(super) async fn read(world: &World, imported: &Imported, readers: &Readers) -> Self {
        let now = world.now().await;
        let mut told = Self {
            accounts: accounts(&world.admin, &now).await,
            lists: BTreeMap::new(),
            members: BTreeMap::new(),
            timelines: BTreeMap::new(),
        };
        let titles: HashMap<&String, &String> = imported.chats.iter().map(|(title, chat)| (chat, title)).collect();
        for (who, reader) in readers {
            let list = chats(reader, &now).await;
            for chat in list.keys() {
                let title = titles[chat].clone();
                if !told.timelines.contains_key(&title) {
                    told.members.insert(title.clone(), members(reader, chat, &now).await);
                    told.timelines.insert(title, timeline(reader, chat, &now).await);
                }
            }
            told.lists.insert(imported.people.account(who), list);
        }
        told
    }

    /// Compares it with the logs.
    pub(super) fn is_what_the_logs_say(&self, network: &Network, imported: &Imported, readers: &Readers) {
        self.accounts_are_theirs(network, &imported.people);
        for log in &network.logs {
            self.timeline_is(log, &imported.people);
            let (members, owner) = log.members();
            let role = |who| if owner == Some(who) { "owner" } else { "member" }.to_owned();
            let members = members.into_iter().map(|who| (imported.people.account(who), role(who))).collect();
            assert_eq!(self.members[&log.title], members, "{}", log.title);
        }
        for who in readers.keys() {
            self.list_is(who, network, imported);
        }
    }

    fn accounts_are_theirs(&self, network: &Network, people: &People) {
        let mut others = self.accounts.clone();
        for (who, id) in people.all() {
            let told = others.remove(id).unwrap_or_else(|| panic!("{who:?} has no account"));
            let account = &network.accounts[who];
            assert_eq!(told, (account.name.clone(), account.since), "{who:?}");
        }
        // Who did nothing but leave without having come.
        let idle = network.accounts.iter().filter(|(who, _)| !people.all().contains_key(who));
        let mut idle: Vec<_> = idle.map(|(_, account)| (account.name.clone(), account.since)).collect();
        let mut others: Vec<_> = others.into_values().collect();
        idle.sort();
        others.sort();
        assert_eq!(others, idle);
    }

    fn timeline_is(&self, log: &Log, people: &People) {
        let told = &self.timelines[&log.title];
        for ((number, message), (by, at, text, reply_to)) in (1..).zip(told).zip(log.messages()) {
            let fields = ["id", "from", "sent_at", "text", "reply_to"].map(|field| &message[field]);
            let said = json!([number, people.account(by), at, text, reply_to]);
            assert_eq!(json!(fields), said, "{}: message {number}", log.title);
        }
        assert_eq!(told.len(), log.messages().count(), "{}", log.title);
    }

    fn list_is(&self, who: &Who, network: &Network, imported: &Imported) {
        let list = &self.lists[&imported.people.account(who)];
        let mut seen = HashSet::new();
        for log in &network.logs {
            let (members, _) = log.members();
            let chat = &imported.chats[&log.title];
            let Some(told) = list.get(chat) else {
                assert!(!members.contains(&who), "{who:?} does not see {}", log.title);
                continue;
            };
            seen.insert(chat);
            assert!(members.contains(&who), "{who:?} sees {told}");
            let fields = ["title", "members", "unread", "read_up_to", "top_message"].map(|field| &told[field]);
            let (top, read) = (log.top(), log.read_by_itself(who));
            assert_eq!(json!(fields), json!([log.title, members.len(), top - read, read, top]), "{who:?}");
        }
        assert_eq!(seen.len(), list.len(), "{who:?} sees other chats: {list:?}");
    }

    /// Compares it with what was told before.
    pub(super) fn is_the_same_as(&self, before: &Self) {
        assert!(self.accounts == before.accounts, "accounts are not what they were");
        assert!(self.lists == before.lists, "lists of chats are not what they were");
        assert!(self.members == before.members, "members are not who they were");
        assert!(self.timelines == before.timelines, "timelines are not what they were");
    }
}

/// All accounts but those of [`World::now`].
async fn accounts(admin: &Client, now: &str) -> BTreeMap<i64, (String, i64)> {
    let (mut all, mut after) = (BTreeMap::new(), String::new());
    loop {
        let page = admin.get(format!("/v1/accounts?limit=200{after}")).at(now).await.accepted();
        for account in page["accounts"].as_array().expect("a list") {
            let name = account["name"].as_str().expect("it has a name").to_owned();
            let (id, since) = (account["id"].as_i64(), account["created_at"].as_i64());
            all.insert(id.expect("an id"), (name, since.expect("a time")));
        }
        match page["next"].as_i64() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    all.retain(|_, (name, _)| name != "a witness");
    all
}

/// Somebody's chats.
async fn chats(reader: &Client, now: &str) -> BTreeMap<String, Value> {
    let page = reader.get("/v1/chats?limit=200").at(now).await.accepted();
    assert!(page["next"].is_null(), "so many are not there: {page}");
    let chats = page["chats"].as_array().expect("a list").iter();
    chats
        .map(|chat| (chat["id"].as_str().expect("an id").to_owned(), chat.clone()))
        .collect()
}

/// A chat's members and their roles.
async fn members(reader: &Client, chat: &str, now: &str) -> BTreeMap<i64, String> {
    let page = reader.get(format!("/v1/chats/{chat}/members?limit=1000")).at(now).await.accepted();
    assert!(page["next"].is_null(), "so many are not there: {page}");
    let members = page["members"].as_array().expect("a list").iter();
    let member = |member: &Value| {
        (
            member["account"].as_i64().expect("an account"),
            member["role"].as_str().expect("a role").to_owned(),
        )
    };
    members.map(member).collect()
}

/// All messages of a chat.
async fn timeline(reader: &Client, chat: &str, now: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let last = all.last().map_or(0, |message| message["id"].as_i64().expect("a number"));
        let path = format!("/v1/chats/{chat}/messages?limit=200&after={last}");
        let page = reader.get(path).at(now).await.accepted();
        let page = page["messages"].as_array().expect("a list");
        if page.is_empty() {
            return all;
        }
        all.extend(page.iter().cloned());
    }
}
