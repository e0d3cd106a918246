//! An update, and the sequence that tells it.

use std::ops::Deref;

use serde_json::Value;

/// Where an update has its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// Among what the device is told.
    Device,
    /// In the chat's own sequence.
    Chat,
}

/// An update, and the sequence that tells it.
pub(crate) struct Told<'a> {
    pub(crate) sequence: Sequence,
    update: &'a Value,
}

impl<'a> Told<'a> {
    pub(crate) fn new(sequence: Sequence, update: &'a Value) -> Self {
        Self { sequence, update }
    }

    /// The message that it is about, if it is one that nobody had seen before.
    pub(crate) fn said(&self) -> Option<&Value> {
        let field = if self["type"] == "message_sent" {
            "message"
        } else {
            "service_message"
        };
        self.get(field)
    }
}

impl Deref for Told<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.update
    }
}
