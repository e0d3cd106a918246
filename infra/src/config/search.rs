//! `[search]`: finding messages by their words.

use serde::{Deserialize, Serialize};

/// Finding messages by their words.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// Whether messages can be found by their words: by `search.db` in the data folder, or the schema `search` of `database.url`, which has
    /// keyed hashes of words and no words. Made from the log's beginning the first time; switched off and on again it goes on where it was.
    pub enabled: bool,
}

impl Default for Search {
    fn default() -> Self {
        Self { enabled: true }
    }
}
