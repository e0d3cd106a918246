//! `heliograph doctor`: is everything all right, and if not, what to do.

use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::say::say;
use crate::settings::Settings;

mod broker;
mod checkup;
mod database;
mod delivery;
mod modes;
mod print;
mod release;
mod report;

pub use checkup::Checkup;

use report::Report;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Look the installation over: configuration, reachability, unsafe settings, lost keys, lag, parked facts, hashes
#[derive(Debug, Args)]
#[command(
    after_help = "Beside a running server of the same data folder it asks that server, and shows that server's configuration; when none \
                  runs, one is started for the moment. \
                  Exit codes: 0 nothing is wrong (there may be warnings), 1 something is, 2 wrong usage."
)]
pub struct Doctor {
    #[command(subcommand)]
    cure: Option<Cure>,
    #[command(flatten)]
    settings: Settings,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// What the doctor can do about what it finds.
#[derive(Debug, Subcommand)]
enum Cure {
    Release(release::Release),
}

impl Doctor {
    /// Looks, and prints what it found.
    pub async fn run(self) -> Result<()> {
        self.settings.tell("error", None)?;
        let config = self.settings.config()?;
        if let Some(Cure::Release(release)) = self.cure {
            return release.run(config).await;
        }
        let report = Report::of(config).await;
        let said = if self.json {
            say(serde_json::to_string(&report)?)
        } else {
            print::print(&report)
        };
        // Also to whoever read but the beginning.
        anyhow::ensure!(report.problems.is_empty(), "{} to be mended, see above", report.problems.len());
        said
    }
}
