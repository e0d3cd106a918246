//! `[database]`: the read models' database.

use serde::{Deserialize, Serialize};

use super::secret::Address;
use super::within;

/// The read models' database: `read.db` and `state.db` in the data folder, or PostgreSQL.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `postgres://user:password@host/database`: PostgreSQL 15 or newer. Without it SQLite.
    pub url: Option<Address>,
    /// The most connections for reading, 1 … 256; each lane has one more for writing.
    pub connections: u32,
    /// Into how many lanes the read models are divided, 1 … 64. One is enough for SQLite, which writes
    /// one transaction at a time.
    pub lanes: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: None,
            connections: 8,
            lanes: 1,
        }
    }
}

impl Database {
    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        within(wrong, "database.connections", &self.connections, 1..=256);
        within(wrong, "database.lanes", &self.lanes, 1..=64);
        if self
            .url
            .as_ref()
            .is_some_and(|url| !url.is_one_of(&["postgres://", "postgresql://"]))
        {
            wrong.push("database.url: must start with postgres://".to_owned());
        }
    }
}
