//! `heliograph rebuild`: read models are made anew from the log while those that there are go on serving.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::beside::Beside;
use crate::say::say;
use crate::settings::Settings;

const PATH: &str = "/v1/admin/rebuild";
/// How often the server is asked.
const LOOK: Duration = Duration::from_millis(250);
/// How often something is said where there is no terminal.
const WORD: Duration = Duration::from_secs(10);
/// How wide the bar is.
const WIDTH: u64 = 30;

/// Make the read models anew from the log, beside those that serve, and put them in their place
#[derive(Debug, Args)]
#[command(
    after_help = "Works beside a running server, which goes on serving, also while messages arrive; when none runs, one is started for the \
                  moment. Ended by Ctrl-C it goes on in the server: the same command shows it again, --cancel gives it up. The archive \
                  is none of them: stop the server and delete archive.db (with PostgreSQL: drop schema archive cascade), and the next \
                  start makes it anew; see docs/ANALYSTS.md. What became of the rebuild stands on stdout as JSON. Exit codes: 0 done, 1 not (the \
                  reason stands on stderr; what served before goes on), 2 wrong usage."
)]
pub struct Rebuild {
    /// What: `hot`, all of which is in one transaction and therefore made together, or the name of a projection of it
    #[arg(default_value = "hot")]
    projection: String,
    /// Give up the one that is under way
    #[arg(long)]
    cancel: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Rebuild {
    /// Has it done, and shows how far it is.
    pub async fn run(self) -> Result<()> {
        self.settings.tell("warn", None)?;
        let config = self.settings.config()?;
        if self.cancel {
            return match Beside::running(&config).await? {
                Some(server) => say(server.delete(PATH).await?),
                None => bail!("no server runs, so nothing is under way"),
            };
        }
        let server = Beside::server(config).await?;
        let done = watch(&server, &self.projection).await;
        server.leave().await?;
        let status = done?;
        match status["phase"].as_str() {
            Some("done") => say(&status),
            Some("cancelled") => bail!("cancelled; what served before goes on"),
            _ => bail!(
                "{}; what served before goes on",
                status["error"].as_str().unwrap_or("it did not say why it failed")
            ),
        }
    }
}

/// Begins, and looks on until it has ended; answers how.
async fn watch(server: &Beside, projection: &str) -> Result<Value> {
    let mut bar = Bar::new();
    let mut status = server.post(PATH, &json!({ "projection": projection })).await?;
    while let Some("building" | "swapping") = status["phase"].as_str() {
        bar.show(&status);
        sleep(LOOK).await;
        status = server.get(PATH).await?;
    }
    bar.end(&status);
    Ok(status)
}

/// A line on stderr that is written over; where that is no terminal, a line now and then.
#[derive(Debug)]
struct Bar {
    terminal: bool,
    said: Option<Instant>,
}

impl Bar {
    fn new() -> Self {
        Self {
            terminal: stderr().is_terminal(),
            said: None,
        }
    }

    fn show(&mut self, status: &Value) {
        // Nobody is there to see it: that is no reason to end.
        if self.terminal {
            let _ = write!(stderr(), "\r\x1b[K{}", line(status));
            let _ = stderr().flush();
        } else if self.said.is_none_or(|said| said.elapsed() >= WORD) {
            self.said = Some(Instant::now());
            let _ = writeln!(stderr(), "{}", line(status));
        }
    }

    fn end(&self, status: &Value) {
        let over = if self.terminal { "\r\x1b[K" } else { "" };
        let _ = writeln!(stderr(), "{over}{}", line(status));
    }
}

/// `[#########---------------------] 31 %  1203000 of 3900000 facts  24000/s  1 min 53 s left`
fn line(status: &Value) -> String {
    let number = |name: &str| status[name].as_u64().unwrap_or(0);
    let (facts, of) = (number("facts"), number("of"));
    let share = |whole: u64| (facts * whole).checked_div(of).unwrap_or(0).min(whole);
    let done = usize::try_from(share(WIDTH)).unwrap_or(0);
    let bar = format!("{}{}", "#".repeat(done), "-".repeat(usize::try_from(WIDTH).unwrap_or(0) - done));
    let left = match (status["phase"].as_str(), status["eta_s"].as_u64()) {
        (Some("building"), Some(seconds)) if seconds >= 60 => format!("{} min {} s left", seconds / 60, seconds % 60),
        (Some("building"), Some(seconds)) => format!("{seconds} s left"),
        (Some("building"), None) => "reading the log".to_owned(),
        (Some("swapping"), _) => "taking its place".to_owned(),
        (other, _) => other.unwrap_or("unknown").to_owned(),
    };
    format!("[{bar}] {} %  {facts} of {of} facts  {}/s  {left}", share(100), number("per_s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_it_is_and_how_long_it_takes() {
        let status = json!({ "phase": "building", "facts": 10_000, "of": 40_000, "per_s": 250, "eta_s": 120 });
        let bar = format!("[{}{}]", "#".repeat(7), "-".repeat(23));
        assert_eq!(line(&status), format!("{bar} 25 %  10000 of 40000 facts  250/s  2 min 0 s left"));
    }

    #[test]
    fn of_an_empty_log_it_is_plain_too() {
        let status = json!({ "phase": "done", "facts": 0, "of": 0, "per_s": 0, "eta_s": null });
        assert!(line(&status).ends_with("0 %  0 of 0 facts  0/s  done"), "{}", line(&status));
    }
}
