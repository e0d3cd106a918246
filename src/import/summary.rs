//! What became of an import.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// What became of an import.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// Chats that were told whole.
    pub chats: u64,
    /// Accounts that were made.
    pub accounts: u64,
    /// Messages that were sent.
    pub messages: u64,
    /// Joins, leaves, names, edits and the like.
    pub other: u64,
    /// What had been imported before, of all of these.
    pub before: u64,
    /// What was left out, and why.
    pub skipped: BTreeMap<String, u64>,
    /// What was taken otherwise than it stands there, and why.
    pub noted: BTreeMap<String, u64>,
    /// How long it took.
    pub seconds: f64,
    /// Messages, with those imported before, a second.
    pub messages_per_second: f64,
    /// Of `before`, messages.
    #[serde(rename = "messages_before")]
    pub messages_before: u64,
}

impl Summary {
    /// Counts what was left out.
    pub fn skip(&mut self, why: &str, count: u64) {
        *self.skipped.entry(why.to_owned()).or_default() += count;
    }

    /// Counts what was taken otherwise.
    pub fn note(&mut self, why: &str, count: u64) {
        *self.noted.entry(why.to_owned()).or_default() += count;
    }

    /// Of an import that took so long.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub fn after(self, seconds: f64) -> Self {
        let messages = (self.messages + self.messages_before) as f64;
        Self {
            seconds,
            messages_per_second: if seconds > 0.0 { messages / seconds } else { 0.0 },
            ..self
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "imported {}, {} and {} in {}",
            counted(self.messages, "message"),
            counted(self.accounts, "account"),
            counted(self.other, "other change"),
            counted(self.chats, "chat"),
        )?;
        if self.before > 0 {
            writeln!(
                f,
                "imported before, and not again: {} (of these {})",
                self.before,
                counted(self.messages_before, "message")
            )?;
        }
        for (why, count) in &self.skipped {
            writeln!(f, "skipped: {count} × {why}")?;
        }
        for (why, count) in &self.noted {
            writeln!(f, "note: {count} × {why}")?;
        }
        write!(f, "{:.1} s, {:.0} messages/s", self.seconds, self.messages_per_second)
    }
}

/// `1 message`, `2 messages`
fn counted(count: u64, of: &str) -> String {
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_not_several() {
        let summary = |count| Summary {
            chats: count,
            accounts: count,
            messages: count,
            other: count,
            before: count,
            messages_before: count,
            ..Summary::default()
        };
        let words = summary(1).to_string();
        assert!(
            words.starts_with("imported 1 message, 1 account and 1 other change in 1 chat\n"),
            "{words}"
        );
        assert!(words.contains("not again: 1 (of these 1 message)\n"), "{words}");
        let words = summary(2).to_string();
        assert!(
            words.starts_with("imported 2 messages, 2 accounts and 2 other changes in 2 chats\n"),
            "{words}"
        );
        assert!(words.contains("not again: 2 (of these 2 messages)\n"), "{words}");
    }
}
