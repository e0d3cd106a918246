//! What the server says over a WebSocket: one JSON object per text frame.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::ws::{Message, Utf8Bytes};
use axum::http::StatusCode;
use domain::id::{AccountId, ChatId, CommandId, DeviceId, Position, Seq};
use domain::time::Timestamp;
use infra::signals::Signal;
use serde::Serialize;

use crate::error::{Error, ErrorBody};
use crate::sequence::Cursor;

/// A frame to a client, other than `updates`.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Outgoing<R: Serialize> {
    /// The session is open; updates follow.
    Ready {
        /// Whose session.
        account: AccountId,
        /// Which device's.
        device: DeviceId,
        /// The epoch that numbers belong to.
        epoch: i64,
        /// The number of the device's last update.
        head: i64,
        /// When that happened; absent: there is none yet.
        #[serde(skip_serializing_if = "Option::is_none")]
        head_at: Option<Timestamp>,
    },
    /// Where the chats stand that have a sequence of their own and that the account follows; again whenever something of it may have been left out.
    Heads {
        /// The number of each one's last update; 0: none yet.
        chats: BTreeMap<ChatId, i64>,
    },
    /// The client's cursor is of no use.
    Resync {
        /// The epoch that numbers belong to.
        epoch: i64,
        /// Where to go on from after taking a snapshot.
        head: i64,
        /// The `at` that belongs to it; absent: there is no update yet.
        #[serde(skip_serializing_if = "Option::is_none")]
        head_at: Option<Timestamp>,
        /// The lowest cursor that would have been of use.
        floor: i64,
    },
    /// A command was accepted.
    Done {
        /// The command.
        id: CommandId,
        /// The position that includes it; absent when nothing changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        position: Option<String>,
        /// What the same command answers over HTTP.
        result: R,
    },
    /// What is told to whoever is online, and kept by nobody.
    Signal {
        /// What.
        signal: Arc<Signal>,
    },
    /// A frame could not be understood or a command was refused.
    Error {
        /// The command, where the frame had an id.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<CommandId>,
        /// Why.
        error: ErrorBody,
    },
}

impl<R: Serialize> Outgoing<R> {
    /// The frame's text.
    pub(crate) fn text(&self) -> Message {
        let json = serde_json::to_string(self).expect("frames are strings and numbers, which JSON can hold");
        Message::Text(Utf8Bytes::from(json))
    }
}

/// The answer to a cursor that is of no use.
pub(crate) fn resync(epoch: i64, head: Cursor, floor: i64) -> Message {
    let (head, head_at) = (head.seq, head.at);
    Outgoing::<()>::Resync {
        epoch,
        head,
        head_at,
        floor,
    }
    .text()
}

/// What answers a command or a call.
#[derive(Debug)]
pub(crate) struct Answered {
    /// The position that includes what it did, if it did anything.
    pub(crate) position: Option<Position>,
    /// As the client is told.
    pub(crate) frame: Message,
}

impl From<Message> for Answered {
    /// Nothing was done.
    fn from(frame: Message) -> Self {
        Self { position: None, frame }
    }
}

/// The answer to an accepted command.
pub(crate) fn done<R: Serialize>(id: CommandId, position: Option<Position>, result: R) -> Answered {
    let told = position.map(|position| position.to_string());
    let frame = Outgoing::Done {
        id,
        position: told,
        result,
    };
    let frame = frame.text();
    Answered { position, frame }
}

/// The answer to a call: the body that HTTP would have answered with, an object, or nothing.
pub(crate) fn called(id: CommandId, status: StatusCode, position: Option<Position>, body: &str) -> Result<Answered, Error> {
    let object = if body.is_empty() { "{}" } else { body };
    let fields = object
        .strip_prefix('{')
        .ok_or_else(|| Error::Internal("a call was answered by what is no object".to_owned()))?;
    let text = if status.is_success() {
        let position = position.map(|position| format!(r#","position":"{position}""#)).unwrap_or_default();
        format!(
            r#"{{"type":"done","id":"{id}"{position},"status":{},"result":{object}}}"#,
            status.as_u16()
        )
    } else {
        format!(r#"{{"type":"error","id":"{id}",{fields}"#)
    };
    let frame = Message::Text(Utf8Bytes::from(text));
    Ok(Answered { position, frame })
}

/// The answer to a frame or command that was refused.
pub(crate) fn refused(id: Option<CommandId>, error: &Error) -> Message {
    let error = error.body();
    Outgoing::<()>::Error { id, error }.text()
}

/// A signal.
pub(crate) fn signal(signal: Arc<Signal>) -> Message {
    Outgoing::<()>::Signal { signal }.text()
}

/// Where chats stand.
pub(crate) fn heads(chats: impl IntoIterator<Item = (ChatId, i64)>) -> Message {
    let chats = chats.into_iter().collect();
    Outgoing::<()>::Heads { chats }.text()
}

/// `{"type":"chat_updates","chat":"c-5","first":42,"updates":[…]}` around bodies that are joined already.
pub(crate) fn chat_updates(chat: ChatId, first: Seq, joined: &str) -> Message {
    Message::Text(Utf8Bytes::from(format!(
        r#"{{"type":"chat_updates","chat":"{chat}","first":{first},"updates":[{joined}]}}"#
    )))
}

/// `{"type":"updates","first":42,"updates":[…]}` around bodies that are joined already.
pub(crate) fn updates(first: Seq, joined: &str) -> Message {
    let mut text = String::with_capacity(joined.len() + 64);
    text.push_str(r#"{"type":"updates","first":"#);
    text.push_str(&first.to_string());
    text.push_str(r#","updates":["#);
    text.push_str(joined);
    text.push_str("]}");
    Message::Text(Utf8Bytes::from(text))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "0190d6a4-0000-7000-8000-000000000001";

    fn told(status: u16, position: Option<i64>, body: &str) -> Value {
        let (id, status) = (CommandId(ID.parse().unwrap()), StatusCode::from_u16(status).unwrap());
        let position = position.map(|position| position.try_into().unwrap());
        let Message::Text(text) = called(id, status, position, body).unwrap().frame else {
            panic!("a frame is text")
        };
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_call_is_answered_as_a_command_is() {
        let done = json!({ "type": "done", "id": ID, "position": "7", "status": 201, "result": { "chat": {} } });
        assert_eq!(told(201, Some(7), r#"{"chat":{}}"#), done);
        assert_eq!(
            told(204, None, ""),
            json!({ "type": "done", "id": ID, "status": 204, "result": {} })
        );
    }

    #[test]
    fn a_call_is_refused_with_all_that_http_says() {
        let refused = told(409, None, r#"{"error":{"code":"resync","message":"…"},"epoch":2}"#);
        let expected = json!({ "type": "error", "id": ID, "error": { "code": "resync", "message": "…" }, "epoch": 2 });
        assert_eq!(refused, expected);
    }
}
