//! The flags that tools share, put over the configuration.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use infra::config::{Config, environment};
use infra::telemetry::otlp::Otlp;
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
    #[arg(long, global = true, value_name = "URL", value_parser = nats)]
    nats: Option<String>,
    /// Put the read models into PostgreSQL at this URL, instead of the data folder
    #[arg(long, global = true, value_name = "URL", value_parser = postgres)]
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

fn nats(url: &str) -> Result<String, &'static str> {
    let known = url.starts_with("nats://") || url.starts_with("tls://");
    known
        .then(|| url.to_owned())
        .ok_or("must start with nats:// or tls://, as in nats://127.0.0.1:4222")
}

fn postgres(url: &str) -> Result<String, &'static str> {
    let known = url.starts_with("postgres://") || url.starts_with("postgresql://");
    known
        .then(|| url.to_owned())
        .ok_or("must start with postgres://, as in postgres://user@127.0.0.1/heliograph")
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

    /// Starts telling on stderr, and to a collector, if there is one; `default` filters where the environment does not.
    pub fn tell(&self, default: &str, collector: Option<&Otlp>) -> Result<()> {
        let format = match self.log_format {
            LogFormat::Text => Format::Text,
            LogFormat::Json => Format::Json,
        };
        telemetry::start(format, default, collector)?;
        for stranger in environment::strangers() {
            tracing::warn!(
                "{} is in the environment, and no setting; docs/CONFIGURATION.md lists them all",
                stranger.name
            );
        }
        Ok(())
    }
}
