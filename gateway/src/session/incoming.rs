//! What a client may say over a WebSocket: one JSON object per text frame.

mod call;
mod dialogs;

use std::borrow::Cow;

use domain::id::{ChatId, CommandId, MessageId, Seq};
use domain::time::Timestamp;
use infra::signals::Action;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::error::Error;
use crate::extract::{json, object_or_none, objects, or_default};
use crate::rendering::{ContactShape, Entity, LocationShape, QuoteRange};
use crate::saying::{Content, Saying};

pub(crate) use call::Call;
pub(crate) use dialogs::Dialog;

/// A frame from a client.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// Begins the session; the first frame.
    Open(Open),
    /// Tells what the client has kept.
    Ack(Ack),
    /// Tells what the person is doing in a chat; answered only if it is refused.
    Typing(Typing),
    /// A command, answered by its id.
    Command(CommandId, Command),
    /// A request as over HTTP, answered by its id.
    Call(CommandId, Call),
}

/// `{"type":"open","token":"…","epoch":2,"after":41,"at":1750000000000000}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Open {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    /// The device's token.
    pub(crate) token: String,
    /// The epoch of `after`.
    #[serde(default)]
    pub(crate) epoch: Option<i64>,
    /// The last update that the client has; 0 for none yet; absent: only what is new.
    #[serde(default)]
    pub(crate) after: Option<u64>,
    /// When that update happened; needed unless it is 0.
    #[serde(default)]
    pub(crate) at: Option<Timestamp>,
}

/// `{"type":"ack","seq":57}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ack {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    /// The client has kept everything up to here.
    pub(crate) seq: Seq,
}

/// `{"type":"typing","chat":"g-1","action":"typing"}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Typing {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    /// Where.
    pub(crate) chat: ChatId,
    /// What the person is doing.
    pub(crate) action: Action,
}

/// A command over a WebSocket.
#[derive(Debug)]
pub(crate) enum Command {
    /// Send a message.
    Send(Send),
    /// Replace a message's text.
    Edit(Edit),
    /// Delete messages.
    Delete(Delete),
    /// Mark a chat as read.
    Read(Read),
    /// Tell that posts of a channel were seen.
    Viewed(Viewed),
    /// Something about reactions, pins, or how the caller has its chats.
    Dialog(Dialog),
}

/// `{"type":"send","id":"…","chat":"g-1","text":"hello","entities":[…],"reply_to":4}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Send {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Where.
    pub(crate) chat: ChatId,
    /// What, if it is a text.
    text: Option<String>,
    /// How it is formatted.
    #[serde(default, deserialize_with = "objects")]
    entities: Vec<Entity>,
    /// Where somebody or something is, in place of a text.
    #[serde(default, deserialize_with = "object_or_none")]
    location: Option<LocationShape>,
    /// Somebody's name and phone number, in place of a text.
    #[serde(default, deserialize_with = "object_or_none")]
    contact: Option<ContactShape>,
    /// What the sender's program adds.
    extra: Option<Value>,
    /// The message that it answers.
    #[serde(default)]
    reply_to: Option<MessageId>,
    /// What it quotes of that.
    #[serde(default, deserialize_with = "object_or_none")]
    quote: Option<QuoteRange>,
    /// Whether nobody is to be disturbed by it.
    #[serde(default, deserialize_with = "or_default")]
    silent: bool,
    /// Whether it may not be forwarded.
    #[serde(default, deserialize_with = "or_default")]
    protected: bool,
}

impl From<Send> for Saying {
    fn from(send: Send) -> Self {
        Self {
            content: Content {
                text: send.text,
                entities: send.entities,
                location: send.location,
                contact: send.contact,
                extra: send.extra,
            },
            reply_to: send.reply_to,
            quote: send.quote,
            silent: send.silent,
            protected: send.protected,
        }
    }
}

/// `{"type":"edit","id":"…","chat":"g-1","message":5,"text":"hello!"}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Where.
    pub(crate) chat: ChatId,
    /// Which.
    pub(crate) message: MessageId,
    /// What it says from now on, if it is a text.
    text: Option<String>,
    /// How that is formatted.
    #[serde(default, deserialize_with = "objects")]
    entities: Vec<Entity>,
    /// The place from now on.
    #[serde(default, deserialize_with = "object_or_none")]
    location: Option<LocationShape>,
    /// The name and number from now on.
    #[serde(default, deserialize_with = "object_or_none")]
    contact: Option<ContactShape>,
    /// What the sender's program adds.
    extra: Option<Value>,
}

impl From<Edit> for Content {
    fn from(edit: Edit) -> Self {
        Self {
            text: edit.text,
            entities: edit.entities,
            location: edit.location,
            contact: edit.contact,
            extra: edit.extra,
        }
    }
}

/// `{"type":"delete","id":"…","chat":"g-1","messages":[5,6]}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delete {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Where.
    pub(crate) chat: ChatId,
    /// Which.
    pub(crate) messages: Vec<MessageId>,
}

/// `{"type":"read","id":"…","chat":"g-1","up_to":5}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Read {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Where.
    pub(crate) chat: ChatId,
    /// Up to and including this message.
    pub(crate) up_to: MessageId,
}

/// `{"type":"viewed","id":"…","chat":"c-1","messages":[5,6]}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Viewed {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Which channel.
    pub(crate) chat: ChatId,
    /// What was seen.
    pub(crate) messages: Vec<MessageId>,
}

/// What every frame may have; the rest is skipped, not kept: cheaper than a tagged enum.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(default)]
    id: Option<CommandId>,
}

/// A frame that could not be understood, with its id where it has one.
#[derive(Debug)]
pub(crate) struct Misunderstood {
    /// The frame's `id`.
    pub(crate) id: Option<CommandId>,
    /// Why.
    pub(crate) error: Error,
}

/// Reads a text frame.
pub(crate) fn read(text: &str) -> Result<Incoming, Misunderstood> {
    let text = text.as_bytes();
    let envelope: Envelope<'_> = json(text).map_err(|error| Misunderstood { id: None, error })?;
    let id = envelope.id;
    let command = || id.ok_or_else(|| Error::InvalidRequest("id: a command needs one, a UUID".to_owned()));
    let understood = match envelope.r#type.as_ref() {
        "open" => json(text).map(Incoming::Open),
        "ack" => json(text).map(Incoming::Ack),
        "typing" => json(text).map(Incoming::Typing),
        "send" => command().and_then(|id| Ok(Incoming::Command(id, Command::Send(json(text)?)))),
        "edit" => command().and_then(|id| Ok(Incoming::Command(id, Command::Edit(json(text)?)))),
        "delete" => command().and_then(|id| Ok(Incoming::Command(id, Command::Delete(json(text)?)))),
        "read" => command().and_then(|id| Ok(Incoming::Command(id, Command::Read(json(text)?)))),
        "call" => command().and_then(|id| Ok(Incoming::Call(id, json(text)?))),
        "viewed" => command().and_then(|id| Ok(Incoming::Command(id, Command::Viewed(json(text)?)))),
        other => match dialogs::read(other, text) {
            Some(dialog) => command().and_then(|id| Ok(Incoming::Command(id, Command::Dialog(dialog?)))),
            None => Err(Error::InvalidRequest(format!(
                "type: not one of open, ack, typing, send, edit, delete, read, viewed, call, {}",
                dialogs::TYPES.join(", ")
            ))),
        },
    };
    understood.map_err(|error| Misunderstood { id, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190d6a4-0000-7000-8000-000000000001";

    #[test]
    fn commands_carry_their_id() {
        let frame = format!(r#"{{"type":"send","id":"{ID}","chat":"g-1","text":"hello","entities":null,"reply_to":4}}"#);
        let Ok(Incoming::Command(id, Command::Send(send))) = read(&frame) else {
            panic!("{frame}")
        };
        assert_eq!(id.to_string(), ID);
        assert_eq!((send.chat.to_string().as_str(), send.text.as_deref()), ("g-1", Some("hello")));
        assert_eq!(send.reply_to.map(MessageId::get), Some(4));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (frame, named) in [
            ("{", "EOF"),
            (r"{}", "type"),
            (r#"{"type":"sing"}"#, "type"),
            (r#"{"type":"send","chat":"g-1","text":"hi"}"#, "id"),
            (r#"{"type":"send","id":"7","chat":"g-1","text":"hi"}"#, "id"),
            (r#"{"type":"send","id":"ID","chat":"x-1","text":"hi"}"#, "chat"),
            (r#"{"type":"send","id":"ID","chat":"g-1","text":7}"#, "text"),
            (r#"{"type":"send","id":"ID","chat":"g-1","text":"hi","colour":"red"}"#, "colour"),
            (
                r#"{"type":"send","id":"ID","chat":"g-1","text":"hi","entities":[["bold",0,1]]}"#,
                "entities[0]",
            ),
            (r#"[{"type":"ack","seq":1}]"#, "object"),
            (r#"{"type":"ack","seq":0}"#, "seq"),
            (r#"{"type":"open","token":"t","after":-1}"#, "after"),
            (r#"{"type":"open","token":"t","epoch":2,"after":1,"at":"noon"}"#, "at"),
        ] {
            let error = read(&frame.replace("ID", ID)).expect_err(frame).error;
            assert!(error.to_string().contains(named), "{frame}: {error}");
        }
    }
}
