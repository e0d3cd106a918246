//! `[data]`: the data folder.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The data folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Where everything is that is not elsewhere: `log.db`, `read.db`, `state.db`, `keys.db`, `master.key`,
    /// `admin.token`. Made when missing. One server at a time may use it.
    pub folder: PathBuf,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("data"),
        }
    }
}
