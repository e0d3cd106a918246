//! What the generator writes, and how it recognises it again without parsing JSON.
//!
//! A text is `@`, the sender (4 hex digits), its count (8), the intended time of sending in ns since
//! the run began (16), and letters up to 100 bytes. A command id ends in the sender and the count.

use std::io::Write as _;

/// Which message: the n-th of a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// The sender's number in the run.
    pub sender: u16,
    /// 0, 1, 2 … per sender.
    pub count: u32,
}

/// A message on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Which.
    pub tag: Tag,
    /// When it was meant to be sent, in ns since the run began.
    pub at: u64,
}

/// Writes a `send` command.
pub fn send(out: &mut Vec<u8>, run: u32, chat: &str, sent: Sent) {
    let Tag { sender, count } = sent.tag;
    let at = sent.at;
    out.clear();
    // Writing to a Vec can't fail.
    let _ = write!(
        out,
        "{{\"type\":\"send\",\"id\":\"{}\",\"chat\":\"{chat}\",\"text\":\"@{sender:04x}{count:08x}{at:016x}{FILL}\"}}",
        Id(run, sent.tag)
    );
}

/// Writes a `read` command.
pub fn read(out: &mut Vec<u8>, run: u32, chat: &str, tag: Tag, up_to: u64) {
    out.clear();
    let _ = write!(
        out,
        "{{\"type\":\"read\",\"id\":\"{}\",\"chat\":\"{chat}\",\"up_to\":{up_to}}}",
        Id(!run, tag)
    );
}

const FILL: &str = "the quick brown fox jumps over the lazy dog and runs off into the woods";

/// A command id, as UUID of version 8 (whatever one likes).
struct Id(u32, Tag);

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}-0000-8000-8000-{:04x}{:08x}", self.0, self.1.sender, self.1.count)
    }
}

/// Reads the tag at the end of a command id.
pub fn tag_of_id(id: &[u8]) -> Option<Tag> {
    Some(Tag {
        sender: u16::try_from(hex(id.get(24..28)?)?).ok()?,
        count: u32::try_from(hex(id.get(28..36)?)?).ok()?,
    })
}

/// Reads a text (from behind its opening quote).
pub fn sent(text: &[u8]) -> Option<Sent> {
    let text = text.strip_prefix(b"@")?;
    Some(Sent {
        tag: Tag {
            sender: u16::try_from(hex(text.get(..4)?)?).ok()?,
            count: u32::try_from(hex(text.get(4..12)?)?).ok()?,
        },
        at: hex(text.get(12..28)?)?,
    })
}

fn hex(digits: &[u8]) -> Option<u64> {
    digits
        .iter()
        .try_fold(0u64, |value, digit| Some(value << 4 | u64::from((*digit as char).to_digit(16)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_recognised() {
        let message = Sent {
            tag: Tag { sender: 7, count: 90_000 },
            at: 123_456_789_012,
        };
        let mut out = Vec::new();
        send(&mut out, 42, "dm-1-2", message);
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(json["text"].as_str().unwrap().len(), 100);
        assert_eq!(sent(json["text"].as_str().unwrap().as_bytes()), Some(message));
        assert_eq!(tag_of_id(json["id"].as_str().unwrap().as_bytes()), Some(message.tag));
        assert!(uuid::Uuid::parse_str(json["id"].as_str().unwrap()).is_ok());
    }
}
