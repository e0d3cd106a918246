//! A fact as analysts read it: where, when and by whom in columns, and its event's public part as JSON.

use domain::actor::{ADMIN, Actor, IMPORT};
use domain::fact::Fact;
use domain::id::{CommandId, Position};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::db::Column::{self, Int, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a fact's row consists of.
pub const COLUMNS: &[(&str, Column)] = &[
    ("position", Int),
    ("idx", Int),
    ("stream", Text),
    ("kind", Text),
    ("type", Text),
    ("recorded_at", Int),
    ("sent_at", Int),
    ("by_account", Int),
    ("by_device", Int),
    ("by_service", Text),
    ("by_reactor", Text),
    ("command", Text),
    ("chat", Text),
    ("account", Int),
    ("message", Int),
    ("reply_to", Int),
    ("length", Int),
    ("data", Text),
];

/// A cell of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// There is nothing to say.
    Null,
    /// An id, a time in µs, a count.
    Int(i64),
    /// A name, or JSON.
    Text(String),
}

/// A fact as one line of JSON.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Line {
    /// Of its commit.
    pub position: Position,
    /// Within the commit, from 0.
    pub index: u32,
    /// Whose history it is part of.
    pub stream: Stream,
    /// The event's stable name.
    #[serde(rename = "type")]
    pub kind: String,
    /// When its commit was made.
    pub recorded_at: Timestamp,
    /// When it happened: of what was imported, earlier.
    pub sent_at: Timestamp,
    /// Who asked for it.
    pub by: Actor,
    /// In answer to what.
    #[serde(default)]
    pub command: Option<CommandId>,
    /// What happened.
    #[serde(default)]
    pub data: Map<String, Value>,
}

/// What is in an event's data and is nobody's to analyse: what people wrote, closed or open, why it does not show, and what services'
/// tokens are checked by.
const LEFT_OUT: [&str; 8] = [
    "sealed",
    "content",
    "erased",
    "unreadable",
    "quoted",
    "quoted_erased",
    "quoted_unreadable",
    "hash",
];

/// Left out where they are what a device's token, or a one-time code, is checked by; a service's token and a recovery code have a number.
const CHECKED_BY: [&str; 2] = ["token", "code"];

impl Line {
    /// Of a fact, as the log holds it. Fails on open content: that is a defect of the caller.
    pub fn of(fact: &Fact) -> Result<Self, serde_json::Error> {
        let mut event = serde_json::to_value(&fact.event)?;
        let data = match event.get_mut("data").map(Value::take) {
            Some(Value::Object(data)) => data,
            Some(_) | None => Map::new(),
        };
        Ok(Self {
            position: fact.at.position,
            index: fact.at.index,
            stream: fact.stream.clone(),
            kind: fact.event.type_name().to_owned(),
            recorded_at: fact.recorded_at,
            sent_at: fact.happened_at(),
            by: fact.by.clone(),
            command: Some(fact.command),
            data,
        })
    }

    /// A number of its data.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.data.get(name).and_then(Value::as_i64)
    }

    /// A text of its data.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.data.get(name).and_then(Value::as_str)
    }

    /// Its row, without what people wrote.
    pub fn cells(mut self) -> [Cell; COLUMNS.len()] {
        let is_left_out = |name: &str, value: &Value| LEFT_OUT.contains(&name) || (CHECKED_BY.contains(&name) && value.is_string());
        self.data.retain(|name, value| !is_left_out(name, value));
        let (by_account, by_device, by_service, by_reactor) = by(&self.by);
        let (chat, account) = about(&self.stream);
        [
            Cell::Int(self.position.get()),
            Cell::Int(i64::from(self.index)),
            Cell::Text(self.stream.to_string()),
            Cell::Text(self.stream.category().to_owned()),
            Cell::Text(self.kind.clone()),
            Cell::Int(self.recorded_at.0),
            Cell::Int(self.sent_at.0),
            by_account,
            by_device,
            by_service,
            by_reactor,
            self.command.map(|command| command.to_string()).into(),
            chat.or_else(|| self.text("chat").map(str::to_owned)).into(),
            account.or_else(|| self.number("account")).or_else(|| self.number("from")).into(),
            self.number("message").or_else(|| self.number("up_to")).into(),
            self.number("reply_to").into(),
            self.number("length").into(),
            Cell::Text(Value::Object(self.data).to_string()),
        ]
    }
}

fn by(actor: &Actor) -> (Cell, Cell, Cell, Cell) {
    use Cell::{Int, Null, Text};
    match actor {
        Actor::Device(account, device) => (Int(account.get()), Int(device.get()), Null, Null),
        Actor::Admin(account, device) => (Int(account.get()), Int(device.get()), Text(ADMIN.to_owned()), Null),
        Actor::Import(account) => (Int(account.get()), Null, Text(IMPORT.to_owned()), Null),
        Actor::Service(name) => (Null, Null, Text(name.clone()), Null),
        Actor::Reactor(name) => (Null, Null, Null, Text(name.clone())),
    }
}

/// A stream's kind, and the chat or account that it is of.
fn about(stream: &Stream) -> (Option<String>, Option<i64>) {
    match stream {
        Stream::Chat(chat) => (Some(chat.to_string()), None),
        Stream::Account(account) | Stream::Inbox(account) => (None, Some(account.get())),
        Stream::SignIn(_) | Stream::Name(_) | Stream::System => (None, None),
    }
}

impl From<Option<i64>> for Cell {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Int)
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(line: &str, name: &str) -> Cell {
        let line: Line = serde_json::from_str(line).unwrap();
        let index = COLUMNS.iter().position(|(column, _)| *column == name).unwrap();
        line.cells()[index].clone()
    }

    #[test]
    fn a_row_says_what_stands_in_the_clear() {
        let line = r#"{"position":5,"index":1,"stream":"chat.g-42","type":"chat.message_sent","recorded_at":9,"sent_at":4,"by":{"account":77,"device":2},
            "data":{"message":3,"from":77,"length":5,"sealed":{"of":77,"box":"AAAA"},"content":"hello"}}"#;
        let said = |name| cell(line, name);
        assert_eq!([said("position"), said("idx"), said("sent_at")], [5, 1, 4].map(Cell::Int));
        assert_eq!(
            [said("chat"), said("kind")],
            ["g-42", "chat"].map(|text| Cell::Text(text.to_owned()))
        );
        assert_eq!([said("account"), said("message"), said("by_device")], [77, 3, 2].map(Cell::Int));
        assert_eq!(
            [said("reply_to"), said("by_service"), said("command")],
            [Cell::Null, Cell::Null, Cell::Null]
        );
        assert_eq!(said("data"), Cell::Text(r#"{"from":77,"length":5,"message":3}"#.to_owned()));
    }

    #[test]
    fn what_tokens_are_checked_by_is_left_out() {
        let data = |type_name: &str, data: &str| {
            let line = format!(
                r#"{{"position":5,"index":0,"stream":"system","type":"{type_name}","recorded_at":9,"sent_at":9,"by":{{"service":"admin"}},"data":{data}}}"#
            );
            cell(&line, "data")
        };
        let text = |text: &str| Cell::Text(text.to_owned());
        assert_eq!(
            data("account.device_authorised", r#"{"device":2,"token":"0123"}"#),
            text(r#"{"device":2}"#)
        );
        assert_eq!(data("system.token_issued", r#"{"token":1,"hash":"0123"}"#), text(r#"{"token":1}"#));
    }

    #[test]
    fn an_imported_deed_is_its_account_s_and_told_by_the_import() {
        let line = r#"{"position":5,"index":0,"stream":"chat.g-1","type":"chat.member_left","recorded_at":9,"sent_at":4,"by":{"account":77,"service":"import"},"data":{"account":77}}"#;
        let said = |name| cell(line, name);
        assert_eq!([said("by_account"), said("by_device")], [Cell::Int(77), Cell::Null]);
        assert_eq!(said("by_service"), Cell::Text("import".to_owned()));
    }

    #[test]
    fn a_read_mark_is_of_an_account_and_about_a_chat() {
        let line = r#"{"position":5,"index":0,"stream":"inbox.77","type":"inbox.read","recorded_at":9,"sent_at":9,"by":{"service":"admin"},"data":{"chat":"g-1","up_to":8}}"#;
        let said = |name| cell(line, name);
        assert_eq!([said("account"), said("message")], [77, 8].map(Cell::Int));
        assert_eq!(
            [said("chat"), said("by_service")],
            ["g-1", "admin"].map(|text| Cell::Text(text.to_owned()))
        );
    }
}
