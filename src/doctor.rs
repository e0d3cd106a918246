//! `heliograph doctor`: is everything all right, and if not, what to do.

use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand};
use infra::config::Config;
use serde::Serialize;
use serde_json::{Value, json};

use crate::beside::Beside;
use crate::settings::Settings;

mod broker;
mod database;
mod print;
mod release;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Look the installation over: configuration, reachability, unsafe settings, lag, parked facts, hashes
#[derive(Debug, Args)]
#[command(
    after_help = "Beside a running server of the same data folder it asks that server; when none runs, one is started for the moment. \
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

/// What was found.
#[derive(Debug, Serialize)]
struct Report {
    /// In effect, secrets hidden.
    config: Config,
    /// Whether a server was running already.
    server_was_running: bool,
    /// What the server says: log, read models, parked facts, hashes.
    findings: Value,
    /// What works, but not as one would want.
    warnings: Vec<String>,
    /// What does not work.
    problems: Vec<String>,
}

impl Doctor {
    /// Looks, and prints what it found.
    pub async fn run(self) -> Result<()> {
        self.settings.tell("error");
        let config = self.settings.config()?;
        if let Some(Cure::Release(release)) = self.cure {
            return release.run(config).await;
        }
        let report = Report::of(config).await?;
        if self.json {
            println!("{}", serde_json::to_string(&report)?);
        } else {
            print::print(&report)?;
        }
        anyhow::ensure!(report.problems.is_empty(), "{} to be mended, see above", report.problems.len());
        Ok(())
    }
}

impl Report {
    async fn of(config: Config) -> Result<Self> {
        let mut report = Self {
            config,
            server_was_running: false,
            findings: Value::Null,
            warnings: Vec::new(),
            problems: Vec::new(),
        };
        if let Err(wrong) = report.config.check() {
            report.problems.push(wrong.to_string());
            return Ok(report);
        }
        broker::examine(&report.config.log, &mut report.warnings, &mut report.problems).await;
        database::examine(&report.config, &mut report.problems).await;
        report.settings();
        if report.problems.is_empty() {
            report.server().await;
        }
        Ok(report)
    }

    /// What can be said of the settings alone.
    fn settings(&mut self) {
        let config = &self.config;
        if !config.server.listen.ip().is_loopback() {
            let listen = config.server.listen;
            self.warnings.push(format!(
                "server.listen = {listen}: others can reach this port, and there is no TLS; put a proxy with TLS before it"
            ));
        }
        if config.database.url.is_some() && config.keys.url.is_none() && config.log.nats.is_some() {
            self.warnings.push(
                "keys.url is not set: the keys are in the data folder of this machine alone; other processes can't use them".to_owned(),
            );
        }
        if config.keys.url.is_some() && config.keys.url == config.database.url {
            self.warnings.push(
                "keys.url is database.url: a restored backup brings erased keys back; give the keys a database with backups of its own"
                    .to_owned(),
            );
        }
    }

    /// What the server says.
    async fn server(&mut self) {
        let asked = async {
            let running = Beside::running(&self.config).await?;
            let was_running = running.is_some();
            let server = match running {
                Some(running) => running,
                None => Beside::server(self.config.clone()).await?,
            };
            let findings = server.get("/v1/admin/doctor").await;
            server.leave().await?;
            anyhow::Ok((was_running, findings))
        };
        let findings = asked.await.and_then(|(was_running, findings)| {
            self.server_was_running = was_running;
            findings
        });
        match findings {
            Ok(findings) => self.findings = findings,
            Err(error) => self.problems.push(format!("{error:#}")),
        }
        let parked = self.findings["parked"].as_array().map_or(0, Vec::len);
        if parked > 0 {
            self.problems.push(format!(
                "{parked} facts are parked: what parked them goes on without them. Once the cause is mended, mostly by a newer version of \
                 heliograph, have each applied: heliograph doctor release PROJECTION POSITION.INDEX (see findings)"
            ));
        }
        let position = |name: &str| self.findings[name].as_i64().unwrap_or(0);
        let behind = position("end") - position("checkpoint");
        if behind > LAG {
            self.warnings.push(format!(
                "the read models are {behind} commits behind the log; they catch up by themselves. If that number does not fall, see what the \
                 server says on stderr"
            ));
        }
        if self.findings.is_object() {
            self.findings["lag_positions"] = json!(behind.max(0));
        }
    }
}

/// Commits that read models may be behind without a word.
const LAG: i64 = 10_000;
