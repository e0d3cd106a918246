//! The flags that tools share, put over the configuration.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use infra::config::Config;
use infra::telemetry::{self, Format};

/// Where things are.
#[derive(Debug, Args)]
pub struct Settings {
    /// A configuration file (TOML); every key can also be set as `HELIOGRAPH_SECTION__KEY` in the environment
    #[arg(long, global = true, value_name = "FILE", env = "HELIOGRAPH_CONFIG")]
    config: Option<PathBuf>,
    /// The data folder; made when missing [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Put the log into NATS JetStream at this URL, instead of the data folder
    #[arg(long, global = true, value_name = "URL")]
    nats: Option<String>,
    /// Put the read models into PostgreSQL at this URL, instead of the data folder
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// How log lines on stderr look; `HELIOGRAPH_LOG` filters them (`info`, `debug`, `heliograph_infra=trace` …)
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

impl Settings {
    /// File, then environment, then flags; not yet checked.
    pub fn config(&self) -> Result<Config> {
        let mut config = Config::load(self.config.as_deref())?;
        if let Some(data) = &self.data {
            config.data.folder.clone_from(data);
        }
        if let Some(nats) = &self.nats {
            config.log.nats = Some(nats.clone().into());
        }
        if let Some(database) = &self.database {
            config.database.url = Some(database.clone().into());
        }
        Ok(config)
    }

    /// Starts telling on stderr; `default` filters where the environment does not.
    pub fn tell(&self, default: &str) {
        let format = match self.log_format {
            LogFormat::Text => Format::Text,
            LogFormat::Json => Format::Json,
        };
        telemetry::start(format, default);
    }
}
