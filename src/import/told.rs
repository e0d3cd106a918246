//! What a source tells of one chat, whatever it is a source of: people, and what they did, in order.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

/// The root of all ids that imports make.
const ROOT: Uuid = Uuid::from_u128(0x6f0a_2f57_9c1b_4b0e_9d0a_51c3_77e8_42d1);

/// Microseconds since 1970.
pub type Micros = i64;

/// The id of something in an import: the same for the same thing, whenever it is imported.
pub fn source(name: &str) -> Uuid {
    Uuid::new_v5(&ROOT, name.as_bytes())
}

/// The id of a part of it.
pub fn part(of: Uuid, name: &str) -> Uuid {
    Uuid::new_v5(&of, name.as_bytes())
}

/// What is told of one chat.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    /// Where from, for people.
    pub name: String,
    /// The two sides of a direct chat; absent: a group.
    pub direct: Option<(Uuid, Uuid)>,
    /// Who appears for the first time.
    pub people: Vec<Person>,
    /// Who got another name, in order.
    pub renamed: Vec<Renamed>,
    /// What happened, in order.
    pub deeds: Vec<Deed>,
    /// What was left out, and why.
    pub skipped: BTreeMap<&'static str, u64>,
    /// What was taken otherwise than it stands there, and why.
    pub noted: BTreeMap<&'static str, u64>,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who: also the id of the command that registers the account.
    pub key: Uuid,
    /// The name that it is registered under: always the same for the same key.
    pub name: String,
    /// When first seen.
    pub at: Micros,
}

/// Somebody's other name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The command's id.
    pub id: Uuid,
    /// When.
    pub at: Micros,
    /// Who.
    pub by: Uuid,
    /// The name from then on.
    pub name: String,
    /// Whether a name that they have since a later time stands.
    pub unless_later: bool,
}

/// What somebody did in the chat.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// The command's id.
    pub id: Uuid,
    /// When.
    pub at: Micros,
    /// Who.
    pub by: Uuid,
    /// What.
    pub what: What,
}

/// What can be done in a chat.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Create the group.
    Create {
        /// Its title.
        title: String,
    },
    /// Give it another title.
    Retitle {
        /// The title from then on.
        title: String,
    },
    /// Join.
    Join,
    /// Add another.
    Add(Uuid),
    /// Remove another.
    Remove(Uuid),
    /// Leave.
    Leave,
    /// Say something.
    Say {
        /// What.
        text: String,
        /// Formatted ranges, as the API takes them, but for whom a `text_mention` names.
        entities: Vec<Value>,
        /// The deed that it answers: an earlier `Say`.
        reply_to: Option<Uuid>,
    },
    /// Replace what was said.
    Edit {
        /// The deed that said it.
        said: Uuid,
        /// What it says from then on.
        text: String,
        /// As of [`What::Say`].
        entities: Vec<Value>,
    },
}

impl Told {
    /// Counts something that is left out.
    pub fn skip(&mut self, why: &'static str) {
        *self.skipped.entry(why).or_default() += 1;
    }

    /// Counts something that is taken otherwise than it stands there.
    pub fn note(&mut self, why: &'static str) {
        *self.noted.entry(why).or_default() += 1;
    }
}
