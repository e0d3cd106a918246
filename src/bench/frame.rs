//! Reads the server's frames by searching for what is needed instead of parsing them.
//!
//! Within a JSON string every quote is escaped, so `"type":"` is always an object's key; every update has
//! one, and the generator's messages have no entities, which would have more.

use anyhow::{Context as _, Result, bail};
use memchr::memmem;

use super::message::{self, Sent, Tag};

const TYPE: &[u8] = b"\"type\":\"";

/// A frame from the server.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// The session is open; the device's last update has this number.
    Ready { head: u64 },
    /// The cursor is of no use any more.
    Resync,
    /// Updates from `first` on.
    Updates { first: u64, updates: Updates<'a> },
    /// Updates of a chat with a sequence of its own.
    ChatUpdates(Updates<'a>),
    /// A command was carried out.
    Done(Option<Tag>),
    /// A command was refused.
    Refused { tag: Option<Tag>, error: &'a [u8] },
    /// Something else.
    Other,
}

/// The updates of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Updates<'a>(&'a [u8]);

/// A message in an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// Its id in its chat.
    pub id: u64,
    /// What the generator wrote into it.
    pub sent: Sent,
}

impl<'a> Frame<'a> {
    /// Reads a frame.
    pub fn read(text: &'a [u8]) -> Result<Self> {
        let kind = text
            .strip_prefix(b"{")
            .and_then(|text| text.strip_prefix(TYPE))
            .context("a frame does not start with its type")?;
        let end = memchr::memchr(b'"', kind).context("a frame's type does not end")?;
        let (kind, rest) = kind.split_at(end);
        Ok(match kind {
            b"ready" => Self::Ready {
                head: number(rest, b"\"head\":").context("ready has no head")?,
            },
            b"resync" => Self::Resync,
            b"updates" => Self::Updates {
                first: number(rest, b"\"first\":").context("updates have no first")?,
                updates: Updates(rest),
            },
            b"chat_updates" => Self::ChatUpdates(Updates(rest)),
            b"done" => Self::Done(tag(rest)),
            b"error" => Self::Refused {
                tag: tag(rest),
                error: rest,
            },
            _ => Self::Other,
        })
    }
}

impl Updates<'_> {
    /// Calls `each` for every update, with its message if it is one of the generator's; gives how many
    /// updates there are.
    pub fn each(self, mut each: impl FnMut(Option<Message>)) -> Result<u64> {
        let mut starts = memmem::find_iter(self.0, TYPE);
        let mut from = starts.next();
        let mut count = 0;
        while let Some(start) = from {
            from = starts.next();
            let update = &self.0[start + TYPE.len()..from.unwrap_or(self.0.len())];
            each(message(update)?);
            count += 1;
        }
        Ok(count)
    }
}

fn message(update: &[u8]) -> Result<Option<Message>> {
    if !update.starts_with(b"message_sent\"") {
        return Ok(None);
    }
    let Some(text) = memmem::find(update, b"\"text\":\"@") else {
        return Ok(None);
    };
    let Some(sent) = message::sent(&update[text + 8..]) else {
        bail!("a message is not one of the generator's")
    };
    let id = memmem::find(update, b"\"message\":{").and_then(|at| number(&update[at..], b"\"id\":"));
    Ok(Some(Message {
        id: id.context("a message has no id")?,
        sent,
    }))
}

fn tag(rest: &[u8]) -> Option<Tag> {
    let at = memmem::find(rest, b"\"id\":\"")?;
    message::tag_of_id(&rest[at + 6..])
}

fn number(text: &[u8], key: &[u8]) -> Option<u64> {
    let digits = &text[memmem::find(text, key)? + key.len()..];
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_are_counted_and_messages_found() {
        let mut out = Vec::new();
        let sent = Sent {
            tag: Tag { sender: 3, count: 9 },
            at: 77,
        };
        message::send(&mut out, 1, "dm-1-2", sent);
        let command: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let text = command["text"].as_str().unwrap();
        let frame = format!(
            r#"{{"type":"updates","first":41,"updates":[{{"type":"chat_created","title":"{{\"type\":\"x"}},{{"command":"0000002a-0000-8000-8000-000700015f90","type":"message_sent","chat":"dm-1-2","message":{{"id":5,"from":1,"sent_at":9,"text":"{text}"}}}}]}}"#
        );
        let Frame::Updates { first, updates } = Frame::read(frame.as_bytes()).unwrap() else {
            panic!("not updates")
        };
        let mut messages = Vec::new();
        assert_eq!((first, updates.each(|message| messages.push(message)).unwrap()), (41, 2));
        assert_eq!(messages, [None, Some(Message { id: 5, sent })]);
    }

    #[test]
    fn answers_name_their_command() {
        let id = "0000002a-0000-8000-8000-000700015f90";
        let tag = Some(Tag { sender: 7, count: 90_000 });
        assert_eq!(
            Frame::read(format!(r#"{{"type":"done","id":"{id}","position":"x"}}"#).as_bytes()).unwrap(),
            Frame::Done(tag)
        );
        let refused = format!(r#"{{"type":"error","id":"{id}","error":{{"code":"overloaded","message":"","retry_after_ms":20}}}}"#);
        let Frame::Refused { tag: found, .. } = Frame::read(refused.as_bytes()).unwrap() else {
            panic!("not refused")
        };
        assert_eq!(found, tag);
    }
}
