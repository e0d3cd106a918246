//! Where a log under test lives: a folder, or a nats-server of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use heliograph_tests::nats::Nats;
use infra::log::EventLog;
use infra::log::jetstream::{Config, JetStreamLog};
use infra::log::sqlite::SqliteLog;
use tempfile::TempDir;

/// Where a log lives.
pub(crate) enum Place {
    Folder { folder: TempDir, open: Option<Arc<SqliteLog>> },
    Broker(Nats),
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::Folder { folder, open: None }
    }

    pub(crate) async fn jetstream() -> Self {
        Self::Broker(Nats::start().await)
    }

    /// Opens the log; a file is opened by one at a time.
    pub(crate) async fn open(&mut self) -> Arc<dyn EventLog> {
        match self {
            Self::Folder { folder, open } => {
                if let Some(before) = open.take() {
                    before.close().await;
                }
                let log = Arc::new(SqliteLog::open(file(folder)).await.expect("it opens"));
                *open = Some(Arc::clone(&log));
                log
            }
            Self::Broker(nats) => Arc::new(JetStreamLog::connect(&nats.url(), patient()).await.expect("it connects")),
        }
    }

    /// Kills what the log stands on and starts it again; a file has nothing but its openers.
    pub(crate) async fn restart(&mut self) {
        match self {
            Self::Folder { .. } => {}
            Self::Broker(nats) => {
                nats.kill9();
                nats.restart().await;
            }
        }
    }
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("log.db")
}

/// As the program is: on a busy machine a broker may be slow, too.
pub(crate) fn patient() -> Config {
    Config::default()
}

/// Impatient: tests that lose answers wait for them.
pub(crate) fn config() -> Config {
    Config {
        ack_timeout: Duration::from_millis(1_500),
        ..Config::default()
    }
}
