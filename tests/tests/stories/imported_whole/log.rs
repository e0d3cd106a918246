//! What the server's log has of an import: whether it is what the files say, and whose accounts are whose.

use std::collections::{BTreeMap, HashMap};

use heliograph_tests::World;
use heliograph_tests::irc::{Happened, Log, Network, What, Who};
use serde::Deserialize;
use serde_json::Value;

/// A fact, as a replay tells it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Fact {
    /// Where it stands.
    pub(super) position: i64,
    /// `chat.g-42`, `account.77`
    pub(super) stream: String,
    /// `chat.message_sent`
    #[serde(rename = "type")]
    pub(super) kind: String,
    sent_at: i64,
    by: Value,
    /// The event's fields.
    pub(super) data: Value,
}

/// An import, as the log has it.
#[derive(Debug)]
pub(super) struct Imported {
    /// Logs' titles, and their groups.
    pub(super) chats: BTreeMap<String, String>,
    /// Who is who.
    pub(super) people: People,
    facts: Vec<Fact>,
}

/// Whose account is whose.
#[derive(Debug, Default)]
pub(super) struct People {
    accounts: HashMap<Who, i64>,
    holders: HashMap<i64, Who>,
}

/// All facts, in the log's order, without what people wrote.
pub(super) async fn facts(world: &World) -> Vec<Fact> {
    replay(world, "/v1/events").await
}

/// Groups that came into being, with their titles.
pub(super) async fn created(world: &World) -> Vec<Fact> {
    replay(world, "/v1/events?type=chat.created&content=true").await
}

async fn replay(world: &World, path: &str) -> Vec<Fact> {
    let answer = world.admin.get(path).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    let lines = answer.text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

impl Imported {
    /// Reads the log. What it has of each group is what the files say, in their order.
    pub(super) async fn read(world: &World, network: &Network) -> Self {
        let created = created(world).await;
        let chat = |fact: &Fact| (fact.title().to_owned(), fact.chat().to_owned());
        let chats: BTreeMap<String, String> = created.iter().map(chat).collect();
        assert_eq!((chats.len(), created.len()), (network.logs.len(), network.logs.len()), "{chats:?}");
        let mut facts = facts(world).await;
        facts.retain(|fact| fact.by["service"] == "import");
        let mut people = People::default();
        for log in &network.logs {
            let chat = chats.get(&log.title).unwrap_or_else(|| panic!("no group {}: {chats:?}", log.title));
            people.meet(log, facts.iter().filter(|fact| fact.chat() == chat));
        }
        Self { chats, people, facts }
    }

    /// What was imported.
    pub(super) fn facts(&self) -> &[Fact] {
        &self.facts
    }
}

impl People {
    /// The account of somebody who did something.
    pub(super) fn account(&self, who: &Who) -> i64 {
        self.accounts[who]
    }

    /// Everybody who did something, and their accounts.
    pub(super) fn all(&self) -> &HashMap<Who, i64> {
        &self.accounts
    }

    /// Goes through a log and its group's facts side by side.
    fn meet<'a>(&mut self, log: &Log, facts: impl Iterator<Item = &'a Fact>) {
        // Who becomes owner when one leaves stands behind that; members are compared with their roles in the end.
        let facts: Vec<&Fact> = facts.filter(|fact| fact.kind != "chat.role_changed").collect();
        let mut top = 0;
        for (number, (fact, happened)) in facts.iter().zip(&log.happened).enumerate() {
            let place = || format!("{}, what happened there as number {number}: {happened:?}, {fact:?}", log.title);
            assert_eq!(fact.essence(), essence(happened, &mut top), "{}", place());
            assert_eq!(fact.doer(), fact.by["account"].as_i64(), "{}", place());
            let account = fact.doer().unwrap_or_else(|| panic!("whose is it? {}", place()));
            let known = *self.accounts.entry(happened.by.clone()).or_insert(account);
            let holder = self.holders.entry(account).or_insert_with(|| happened.by.clone());
            assert!(
                known == account && *holder == happened.by,
                "{known} and {holder:?} otherwise; {}",
                place()
            );
        }
        assert_eq!(facts.len(), log.happened.len(), "{}", log.title);
    }
}

/// What of a fact can be compared: type, time, the message (of a join the last one before), and what it answers.
type Essence = (String, i64, Option<i64>, Option<i64>);

impl Fact {
    /// The chat in whose stream it is; of others nothing that is the id of one.
    pub(super) fn chat(&self) -> &str {
        self.stream.strip_prefix("chat.").unwrap_or_default()
    }

    /// The title that it gives.
    pub(super) fn title(&self) -> &str {
        self.data["content"]["title"].as_str().expect("a group has a title")
    }

    /// Whom it is about.
    fn doer(&self) -> Option<i64> {
        let data = &self.data;
        match self.kind.as_str() {
            "chat.created" => data["members"][0]["account"].as_i64(),
            "chat.message_sent" => data["from"].as_i64(),
            _ => data["account"].as_i64(),
        }
    }

    fn essence(&self) -> Essence {
        let number = |of: &str| self.data[of].as_i64();
        let message = number("message").or_else(|| number("after"));
        (self.kind.clone(), self.sent_at, message, number("reply_to"))
    }
}

fn essence(happened: &Happened, top: &mut i64) -> Essence {
    let (kind, message, reply_to) = match &happened.what {
        What::Created => ("created", None, None),
        What::Joined => ("member_added", (*top > 0).then_some(*top), None),
        What::Left => ("member_left", None, None),
        What::Said { reply_to, .. } => {
            *top += 1;
            ("message_sent", Some(*top), *reply_to)
        }
    };
    (format!("chat.{kind}"), happened.at, message, reply_to)
}
