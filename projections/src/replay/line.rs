//! One fact as one line of JSON.

use domain::actor::Actor;
use domain::event::{Event, Unreadable};
use domain::fact::Fact;
use domain::id::{CommandId, Position};
use domain::sealed::Closed;
use domain::stream::Stream;
use domain::time::Timestamp;
use domain::{account, chat};
use infra::log::Record;
use infra::seal::{self, Keys};
use serde::Serialize;
use serde_json::{Map, Value};

/// Whether what people wrote is told.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// It is left out.
    Hidden,
    /// Opened with these keys, which must be loaded.
    Shown(&'a Keys),
}

/// A fact as it is told.
#[derive(Serialize)]
struct Line<'a> {
    position: Position,
    index: u32,
    stream: &'a Stream,
    r#type: &'a str,
    recorded_at: Timestamp,
    sent_at: Timestamp,
    by: &'a Actor,
    command: CommandId,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a str>,
    data: Map<String, Value>,
}

/// A fact that this program can't read.
#[derive(Serialize)]
struct Unread<'a> {
    position: Position,
    index: u32,
    stream: &'a Stream,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_at: Option<Timestamp>,
    data: (),
    unreadable: bool,
}

/// Adds a fact's line.
pub fn line(fact: &Fact, trace: Option<&str>, content: Content<'_>, lines: &mut Vec<u8>) {
    let data = data(&fact.stream, &fact.event, content);
    let line = Line {
        position: fact.at.position,
        index: fact.at.index,
        stream: &fact.stream,
        r#type: fact.event.type_name(),
        recorded_at: fact.recorded_at,
        sent_at: fact.happened_at(),
        by: &fact.by,
        command: fact.command,
        trace,
        data,
    };
    write(&line, lines);
}

/// Adds the line of a fact that can't be read.
pub(super) fn unreadable(record: &Record, recorded_at: Option<Timestamp>, index: u32, error: &Unreadable, lines: &mut Vec<u8>) {
    let line = Unread {
        position: record.position,
        index,
        stream: &record.stream,
        r#type: match error {
            Unreadable::UnknownType(name) => Some(name),
            Unreadable::Malformed(_) => None,
        },
        recorded_at,
        data: (),
        unreadable: true,
    };
    write(&line, lines);
}

fn write(line: &impl Serialize, lines: &mut Vec<u8>) {
    serde_json::to_writer(&mut *lines, line).expect("names, numbers and texts are JSON, and memory takes them");
    lines.push(b'\n');
}

/// A sealed part's field in what the log holds, the one in which it is told, and those that say why it does not show.
struct Part {
    stored: &'static str,
    told: &'static str,
    erased: &'static str,
    unreadable: &'static str,
}

/// All that there are.
const PARTS: [Part; 2] = [
    Part {
        stored: "sealed",
        told: "content",
        erased: "erased",
        unreadable: "unreadable",
    },
    Part {
        stored: "quoted",
        told: "quoted",
        erased: "quoted_erased",
        unreadable: "quoted_unreadable",
    },
];

/// The event's public part; with `content`, what people wrote is beside it.
fn data(stream: &Stream, event: &Event, content: Content<'_>) -> Map<String, Value> {
    let mut stored = serde_json::to_value(event).expect("what the log holds is closed");
    let Value::Object(mut data) = stored["data"].take() else {
        return Map::new();
    };
    for part in &PARTS {
        let closed = data.remove(part.stored).and_then(|closed| serde_json::from_value(closed).ok());
        if let (Some(closed), Content::Shown(keys)) = (closed, content)
            && is_told(event)
        {
            let (content, shut) = open(part, stream, &closed, keys);
            data.insert(part.told.to_owned(), content);
            if let Some(shut) = shut {
                data.insert(shut.to_owned(), Value::Bool(true));
            }
        }
    }
    data
}

/// Whether what is sealed of it is told, to whom what people wrote is: not what would let them in as somebody else.
fn is_told(event: &Event) -> bool {
    match event {
        Event::Account(account::Event::PasswordSet(_) | account::Event::TotpSet(_) | account::Event::RecoveryCodesMade(_))
        | Event::Chat(chat::Event::LinkMade(_)) => false,
        Event::Account(_) | Event::Chat(_) | Event::SignIn(_) | Event::Inbox(_) | Event::Name(_) | Event::System(_) => true,
    }
}

/// What a sealed part holds; if it can't be opened, whether it is gone or the operator has to mend something.
fn open(part: &Part, stream: &Stream, closed: &Closed, keys: &Keys) -> (Value, Option<&'static str>) {
    match keys.open_box(stream, closed).map(|plaintext| serde_json::from_slice(&plaintext)) {
        Ok(Ok(content)) => (content, None),
        Err(seal::Error::Erased(_)) => (Value::Null, Some(part.erased)),
        Ok(Err(_)) | Err(_) => (Value::Null, Some(part.unreadable)),
    }
}
