//! `heliograph export`: facts or messages as a file for analysts, through the server's door.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::{Args, ValueEnum};
use rustix::process;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::beside::Beside;
use crate::replay::{must_be_in_order, place};
use crate::say::say;
use crate::settings::Settings;
use draft::Draft;
use sink::Sink;
use source::Source;

mod csv;
mod draft;
mod facts;
mod messages;
mod ndjson;
mod parquet;
mod sink;
mod source;

/// Write facts or messages to a file: Parquet, CSV or NDJSON
#[derive(Debug, Args)]
#[command(
    after_help = "Works beside a running server of the same data folder, through its door; when none runs, one is started for the moment. The file \
                  has its name only once it is whole; what was there under that name stays until then. docs/ANALYSTS.md tells the columns. One \
                  line of JSON on stdout says how much it holds. Exit codes: 0 done, 1 failed (nothing was left behind), 2 wrong usage."
)]
pub struct Export {
    #[command(flatten)]
    settings: Settings,
    /// What to write a row for
    #[arg(value_enum, default_value_t = What::Facts)]
    what: What,
    /// How the file is written
    #[arg(long, value_enum, default_value_t = Format::Parquet)]
    format: Format,
    /// The file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// From here on: a position, or a time (RFC 3339, as in 2026-01-31T12:00:00Z) of recording, not of sending: the two differ for
    /// what was imported
    #[arg(long, value_name = "PLACE", value_parser = place)]
    from: Option<String>,
    /// Up to here, itself included: a position, or a time; without it the log's end
    #[arg(long, value_name = "PLACE", value_parser = place)]
    to: Option<String>,
    /// With what people wrote, in the clear: keep such a file as you keep the keys. Facts say it of messages, too, that were
    /// edited or deleted later
    #[arg(long)]
    content: bool,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Everything that happened
    Facts,
    /// Messages that were sent in that time, as they stood at its end
    Messages,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns, compressed: for `DuckDB`, pandas, Spark
    Parquet,
    /// For spreadsheets
    Csv,
    /// One JSON object a line
    Ndjson,
}

impl Export {
    /// Writes the file and says how much it holds.
    pub async fn run(self) -> Result<()> {
        must_be_in_order(self.from.as_deref(), self.to.as_deref());
        self.settings.tell("warn", None)?;
        // Whatever is wrong with the place is said before anybody works.
        let mut stop = Stop::listen()?;
        let draft = Draft::beside(&self.out)?;
        let told = || anyhow!("told to stop; nothing was left behind");
        let server = tokio::select! {
            server = Beside::server(self.settings.config()?) => server?,
            () = stop.asked() => return Err(told()),
        };
        let done = tokio::select! {
            done = self.write(&server, &draft) => done,
            () = stop.asked() => Err(told()),
        };
        server.leave().await?;
        let rows = done?;
        draft.keep()?;
        say(json!({ "file": self.out, "rows": rows }))
    }

    async fn write(&self, server: &Beside, draft: &Draft) -> Result<u64> {
        let source = Source {
            server,
            from: self.from.as_deref(),
            to: self.to.as_deref(),
            content: self.content,
            told: true,
        };
        let columns = match self.what {
            What::Facts => facts::columns(self.content),
            What::Messages => messages::columns(self.content),
        };
        let mut sink = Sink::new(self.format, columns, draft.file()?)?;
        match self.what {
            What::Facts => facts::write(&source, &mut sink).await?,
            What::Messages => messages::write(&source, &mut sink).await?,
        }
        sink.finish()
    }
}

/// Being told to stop: what is half written has to be cleared away.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> Result<Self> {
        // Once listened to it ends the process no more: a file that may not grow is an error like a full disk's.
        drop(signal(SignalKind::from_raw(process::Signal::XFSZ.as_raw()))?);
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
