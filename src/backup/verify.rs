//! `heliograph backup verify`: a backup is still what it was.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::json;

use super::manifest::{Half, Manifest};

use crate::say::say;

/// Read a backup, and compare each file with its checksum
#[derive(Debug, Args)]
#[command(
    after_help = "Prints one JSON object for each half, the log's and the keys'. Exit codes: 0 all is as it was written, 1 something is not, \
                        2 wrong usage."
)]
pub struct Verify {
    /// The folders
    #[arg(required = true, value_name = "FOLDER")]
    folders: Vec<PathBuf>,
}

impl Verify {
    /// Reads them all.
    pub fn run(&self) -> Result<()> {
        for folder in &self.folders {
            let mut halves = 0;
            for half in [Half::Log, Half::Keys] {
                let Some(manifest) = Manifest::find(half, folder)? else { continue };
                manifest.verify(folder)?;
                halves += 1;
                say(
                    json!({ "backup": folder, "manifest": half.file(), "log": manifest.log, "position": manifest.position,
                            "taken_at": manifest.taken_at, "bytes": manifest.bytes() }),
                )?;
            }
            ensure!(
                halves > 0,
                "{} is no finished backup: it holds neither {} nor {}",
                folder.display(),
                Half::Log.file(),
                Half::Keys.file()
            );
        }
        Ok(())
    }
}
