//! `[archive]`: what analysts ask with SQL.

use serde::{Deserialize, Serialize};

/// What analysts ask with SQL: every fact as a row, without what people wrote.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Archive {
    /// Whether it is kept: `archive.db` in the data folder, or the schema `archive` of `database.url`. It takes some of the
    /// machine's time, and about as much room as the log. Made from the log's beginning the first time; switched off and on again
    /// it goes on where it was.
    pub enabled: bool,
}
