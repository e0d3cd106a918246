//! `heliograph replay`: the log's facts, one line of JSON each, through the server's door.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result, anyhow};
use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _};
use domain::event::Event;
use domain::id::{AccountId, ChatId, Position};
use domain::stream::Stream;
use projections::replay::{InvalidPlace, Place};
use reqwest::Response;
use tokio_util::sync::CancellationToken;

use self::lines::Whole;
use crate::Cli;
use crate::beside::Beside;
use crate::settings::Settings;
use crate::signals;

mod lines;

/// Print the log's facts, one line of JSON each
#[derive(Debug, Args)]
#[command(
    after_help = "Works beside a running server of the same data folder, through its door; when none runs, one is started for the moment. \
                  docs/EVENTS.md lists the types with an example each. Conditions that are given must all be met. \
                  What ends early, ends with a whole line. Exit codes: 0 all was printed, or its reader or Ctrl-C ended --follow, 1 not all \
                  (the reason stands on stderr), 2 wrong usage."
)]
pub struct Replay {
    #[command(flatten)]
    settings: Settings,
    /// From here on: a position, or a time (RFC 3339, as in 2026-01-31T12:00:00Z)
    #[arg(long, value_name = "PLACE", value_parser = place)]
    from: Option<String>,
    /// Up to here, itself included: a position, or a time
    #[arg(long, value_name = "PLACE", value_parser = place, conflicts_with = "follow")]
    to: Option<String>,
    /// Behind the commit at this position: how an earlier replay is gone on with
    #[arg(long, value_name = "POSITION", conflicts_with = "from")]
    after: Option<Position>,
    /// The `recorded_at` of what stood there: refused where a log that was restored has another commit there by now
    #[arg(long, value_name = "MICROSECONDS", requires = "after")]
    at: Option<i64>,
    /// Of this stream: chat.g-42, account.77, inbox.77, system …
    #[arg(long)]
    stream: Option<Stream>,
    /// Of this chat: in its stream, or an account's having read it
    #[arg(long)]
    chat: Option<ChatId>,
    /// Of this account: in its own streams, or asked for by one of its devices, or imported as its deed
    #[arg(long)]
    account: Option<AccountId>,
    /// Of this type, or of one of several
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', hide_possible_values = true,
        value_parser = PossibleValuesParser::new(Event::TYPES))]
    types: Vec<String>,
    /// Go on with what comes, until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// With what people wrote
    #[arg(long)]
    content: bool,
}

/// Ends the program with wrong usage where `from` is behind `to`; of a position and a time only the log knows.
pub fn must_be_in_order(from: Option<&str>, to: Option<&str>) {
    let read = |place: Option<&str>| place.and_then(|place| place.parse::<Place>().ok());
    let backwards = match (read(from), read(to)) {
        (Some(Place::Position(from)), Some(Place::Position(to))) => from > to,
        (Some(Place::Time(from)), Some(Place::Time(to))) => from > to,
        (Some(Place::Position(_)), Some(Place::Time(_))) | (Some(Place::Time(_)), Some(Place::Position(_))) | (None, _) | (_, None) => {
            false
        }
    };
    if backwards {
        Cli::command()
            .error(ErrorKind::ArgumentConflict, "--from is behind --to: nothing lies between them")
            .exit();
    }
}

/// A place, in the words that it was given in.
pub fn place(text: &str) -> Result<String, InvalidPlace> {
    text.parse::<Place>().map(|_| text.to_owned())
}

impl Replay {
    /// Prints.
    pub async fn run(self) -> Result<()> {
        must_be_in_order(self.from.as_deref(), self.to.as_deref());
        self.settings.tell("warn", None)?;
        let enough = CancellationToken::new();
        let alarm = enough.clone();
        signals::listen(move || alarm.cancel())?;
        let server = Beside::server(self.settings.config()?).await?;
        let printed = async {
            let facts = server.stream("/v1/events", &self.query()).await?;
            print(facts, self.follow, &enough).await
        };
        let printed = printed.await;
        server.leave().await?;
        printed
    }

    /// As the door wants it.
    fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = Vec::new();
        let mut add = |name, value: Option<String>| query.extend(value.map(|value| (name, value)));
        add("from", self.from.clone());
        add("to", self.to.clone());
        add("after", self.after.map(|position| position.to_string()));
        add("at", self.at.map(|recorded| recorded.to_string()));
        add("stream", self.stream.as_ref().map(ToString::to_string));
        add("chat", self.chat.map(|chat| chat.to_string()));
        add("account", self.account.map(|account| account.to_string()));
        add("type", (!self.types.is_empty()).then(|| self.types.join(",")));
        add("follow", self.follow.then(|| "true".to_owned()));
        add("content", self.content.then(|| "true".to_owned()));
        query
    }
}

/// Prints whole lines as they come.
async fn print(mut facts: Response, follow: bool, enough: &CancellationToken) -> Result<()> {
    let mut whole = Whole::default();
    loop {
        let chunk = tokio::select! {
            biased;
            () = enough.cancelled() => return if follow { Ok(()) } else { early("interrupted", &whole) },
            chunk = facts.chunk() => chunk,
        };
        let Some(chunk) = chunk.with_context(|| format!("the server broke off; {}", whole.hint()))? else {
            return if follow { early("the server stopped", &whole) } else { Ok(()) };
        };
        match write(whole.of(&chunk)) {
            Ok(()) => {}
            // Whoever reads has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("can't print; {}", whole.hint())),
        }
    }
}

fn write(lines: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(lines)?;
    out.flush()
}

fn early(why: &str, whole: &Whole) -> Result<()> {
    Err(anyhow!("{why}; {}", whole.hint()))
}
