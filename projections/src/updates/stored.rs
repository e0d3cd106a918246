//! Facts kept for rendering old updates: everything but sent messages, which the timeline has.

use domain::actor::Actor;
use domain::chat;
use domain::event::Event;
use domain::fact::{Fact, FactRef};
use domain::id::CommandId;
use domain::sealed::{Closed, Sealed, SealedPart};
use domain::stream::Stream;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::audience::Audience;
use crate::sequences;

#[derive(Serialize)]
struct Kept<'a> {
    stream: &'a Stream,
    recorded_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<Timestamp>,
    by: &'a Actor,
    command: CommandId,
    event: &'a Event,
}

#[derive(Deserialize)]
struct Found<'a> {
    stream: Stream,
    recorded_at: Timestamp,
    #[serde(default)]
    sent_at: Option<Timestamp>,
    by: Actor,
    command: CommandId,
    #[serde(borrow)]
    event: &'a RawValue,
}

#[derive(Deserialize)]
struct Time {
    recorded_at: Timestamp,
}

/// Whether updates about the fact are rendered from here.
pub(super) fn is_kept(fact: &Fact) -> bool {
    match (Audience::of(fact), &fact.event) {
        (_, Event::Chat(chat::Event::MessageSent(_))) => false,
        (Audience::Nobody, _) => sequences::chat_of(fact).is_some(),
        (Audience::Members(_) | Audience::Named(_) | Audience::Admins(..) | Audience::Account(_), _) => true,
    }
}

/// An edit is kept without its text, so that the text of a message stands in one place only.
pub(super) fn to_json(fact: &Fact) -> Result<String, serde_json::Error> {
    let blank;
    let event = match &fact.event {
        Event::Chat(chat::Event::MessageEdited(edited)) => {
            let mut edited = edited.clone();
            edited.text = Sealed::Closed(Closed {
                of: edited.text.of(),
                cipher: String::new(),
            });
            blank = Event::Chat(chat::Event::MessageEdited(edited));
            &blank
        }
        event => event,
    };
    serde_json::to_string(&Kept {
        stream: &fact.stream,
        recorded_at: fact.recorded_at,
        sent_at: fact.sent_at,
        by: &fact.by,
        command: fact.command,
        event,
    })
}

/// The fact as kept; its digest is not. `None`: not readable by this program.
pub(super) fn from_json(at: FactRef, json: &str) -> Option<Fact> {
    let found: Found<'_> = serde_json::from_str(json).ok()?;
    Some(Fact {
        at,
        stream: found.stream,
        recorded_at: found.recorded_at,
        sent_at: found.sent_at,
        by: found.by,
        command: found.command,
        digest: String::new(),
        event: Event::from_json(found.event.get()).ok()?,
    })
}

/// When the fact was recorded, also where this program can't read what it was.
pub(super) fn recorded_at(json: &str) -> Option<Timestamp> {
    let Time { recorded_at } = serde_json::from_str(json).ok()?;
    Some(recorded_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_something_unknown_was_recorded_is_known() {
        let json = r#"{"stream":"chat.g-1","recorded_at":7,"by":"?","command":"?","event":{"type":"chat.painted","data":{}}}"#;
        let at = FactRef {
            position: domain::id::Position::MIN,
            index: 0,
        };
        assert_eq!(from_json(at, json), None);
        assert_eq!(recorded_at(json), Some(Timestamp(7)));
        assert_eq!(recorded_at(&json.replace("7,", r#"7,"sent_at":5,"#)), Some(Timestamp(7)));
        assert_eq!(recorded_at("{}"), None);
    }
}
