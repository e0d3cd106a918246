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
        let new = |count: u64, one: &str, many: &str| {
            if count == 1 {
                format!("1 {one}")
            } else {
                format!("{count} {many}")
            }
        };
        writeln!(
            f,
            "imported {}, {} and {} other changes in {}",
            new(self.messages, "message", "messages"),
            new(self.accounts, "account", "accounts"),
            self.other,
            new(self.chats, "chat", "chats"),
        )?;
        if self.before > 0 {
            writeln!(
                f,
                "imported before, and not again: {} (of these {} messages)",
                self.before, self.messages_before
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
