//! `[log]`: the event log.

use serde::{Deserialize, Serialize};

use super::secret::Address;

/// The event log: `log.db` in the data folder, or NATS JetStream.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `nats://host:4222` (several with commas between): the log is a JetStream stream. Needs
    /// nats-server 2.12.3 or newer. Without it the log is `log.db`.
    pub nats: Option<Address>,
    /// The JetStream stream's name, and the first word of its subjects: letters, digits, `-`, `_`.
    pub stream: String,
    /// How many nodes hold the stream when it is created: 1, 3 or 5.
    pub replicas: u32,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            nats: None,
            stream: "heliograph".to_owned(),
            replicas: 1,
        }
    }
}

impl Log {
    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        let word =
            |text: &str| !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !word(&self.stream) {
            wrong.push(format!("log.stream = {:?}: must be 1 … 64 letters, digits, - and _", self.stream));
        }
        if ![1, 3, 5].contains(&self.replicas) {
            wrong.push(format!("log.replicas = {}: must be 1, 3 or 5", self.replicas));
        }
        if self.nats.as_ref().is_some_and(|nats| !nats.is_one_of(&["nats://", "tls://"])) {
            wrong.push("log.nats: must start with nats:// or tls://".to_owned());
        }
    }
}
