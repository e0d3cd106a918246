//! `[keys]`: the keys that close what people write.

use std::path::PathBuf;

use domain::id::LogId;
use serde::{Deserialize, Serialize};

use super::secret::{Address, Secret};

/// The keys that close what people write, one per account, wrapped by a master key. Keep the master
/// key apart from backups of everything else: without it nothing that people wrote can be read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// `postgres://…` of a database for the keys alone, with backups of its own: an erased key must
    /// not come back with a backup. Without it `keys.db` in the data folder.
    pub url: Option<Address>,
    /// The master key, 64 hexadecimal digits. Without it the key file is used.
    pub master_key: Option<Secret>,
    /// The file that holds the master key; made on the first run, mode 0600. Without it `master.key` in
    /// the data folder.
    pub master_key_file: Option<PathBuf>,
    /// The id of the log that the keys are of, whatever they remember of it. With another log nothing starts.
    pub log: Option<LogId>,
    /// What people write is not encrypted. No key of the configuration: only a server that leaves nothing behind can be told so, to measure
    /// what sealing costs.
    #[serde(skip)]
    pub plain: bool,
}

impl Keys {
    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        let key = |secret: &Secret| secret.reveal().len() == 64 && secret.reveal().bytes().all(|b| b.is_ascii_hexdigit());
        if self.master_key.as_ref().is_some_and(|secret| !key(secret)) {
            wrong.push("keys.master_key: must be 64 hexadecimal digits (openssl rand -hex 32)".to_owned());
        }
        if self.master_key.is_some() && self.master_key_file.is_some() {
            wrong.push("keys.master_key and keys.master_key_file: set one of them".to_owned());
        }
        if self
            .url
            .as_ref()
            .is_some_and(|url| !url.is_one_of(&["postgres://", "postgresql://"]))
        {
            wrong.push("keys.url: must start with postgres://".to_owned());
        }
    }
}
