//! `heliograph import`: chats from elsewhere, through the server's door.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::{Args, Subcommand};
use infra::clock::Clock;

use crate::beside::Beside;
use crate::say::say;
use crate::settings::Settings;

mod irc;
mod progress;
mod reading;
mod sending;
mod summary;
mod telegram;
mod told;

use irc::Network;
use progress::Progress;
use sending::Sending;
use told::Told;

/// Import chats from elsewhere: each message with its own time, author and reply
#[derive(Debug, Args)]
#[command(
    after_help = "Stopped and run again, it goes on and doubles nothing, however much later. Works beside a running server of the same data \
                  folder, through its door; when none runs, one is started for the moment."
)]
pub struct Import {
    #[command(subcommand)]
    source: Source,
    #[command(flatten)]
    settings: Settings,
    /// Print the summary as one JSON object
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Source {
    /// IRC logs: each file a group, each nick an account
    #[command(
        after_help = "A file is called by its day, as in 2004-12-25.raw.txt or 2004-12-25.raw.txt.gz; replies are taken from an annotation file \
                      beside it, as in 2004-12-25.annotation.txt. The same file name in the same network is the same group, and the same nick \
                      in the same network the same account."
    )]
    Irc {
        /// The logs
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The network that they are of: nicks and files of another are others
        #[arg(long, default_value = "irc")]
        network: String,
    },
    /// A chat, or all chats, as Telegram Desktop exports them in its JSON format
    #[command(
        after_help = "Media is not imported: a placeholder says what was there. A channel becomes a group whose members are those who posted."
    )]
    Telegram {
        /// result.json
        file: PathBuf,
    },
}

impl Import {
    /// Imports and tells what became of it.
    pub async fn run(self) -> Result<()> {
        self.settings.tell("warn", None)?;
        // What can't be read is said before a server is asked for anything.
        let chats: Box<dyn Iterator<Item = Result<Told>> + Send> = match self.source {
            Source::Irc { mut files, network } => {
                // By their days: what somebody was called first is told first.
                files.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
                let mut network = Network::new(&network, &files, Clock::system().now())?;
                Box::new(files.into_iter().map(move |file| network.read(&file)))
            }
            Source::Telegram { file } => Box::new(telegram::read(&file)?.into_iter().map(Ok)),
        };
        let server = Beside::server_or_new(self.settings.config()?).await?;
        let began = Instant::now();
        let mut sending = Sending::new(&server, Progress::new());
        let imported = sending.all(chats).await;
        let summary = sending.end(began.elapsed());
        server.leave().await?;
        let said = if self.json {
            say(serde_json::to_string(&summary)?)
        } else {
            say(&summary)
        };
        imported.and(said)
    }
}
