//! `heliograph serve`: everything in one process, on one port.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use infra::clock::Clock;
use infra::config::Config;
use infra::config::secret::Secret;
use infra::telemetry::otlp::Otlp;
use rustix::process::Signal;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::apart::Apart;
use crate::crew::Crew;
use crate::doctor::Checkup;
use crate::folder::Folder;
use crate::installation::Installation;
use crate::patience::Patience;
use crate::say::say;
use crate::settings::Settings;
use crate::signals;

mod files;
mod waiting;

/// Run the server
#[derive(Debug, Args)]
#[command(
    after_help = "Stops on SIGTERM and SIGINT after the connections have been drained. Until the log and the database can be reached \
                  it waits for them: /healthz says ok, /readyz does not. Exit codes: 0 told to stop, 1 could not start or could \
                  not go on (the reason stands on stderr), 2 wrong usage."
)]
pub struct Serve {
    #[command(flatten)]
    settings: Settings,
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// For trying out: a temporary data folder and a free port; one line of JSON on stdout (`url`, `admin_token`,
    /// `data`, `pid`); no rate limits; everything is deleted at exit. Not with --nats or --database
    #[arg(long, conflicts_with = "data")]
    ephemeral: bool,
    /// What people write is not encrypted, to measure what that costs
    #[arg(long, hide = true, requires = "ephemeral")]
    plain: bool,
}

/// A server that is about to open.
#[derive(Debug)]
pub struct Opening {
    /// Effective and checked.
    pub config: Config,
    /// Locked.
    pub folder: Folder,
    /// The operator's.
    pub token: Secret,
    /// Its port is taken already.
    pub listener: TcpListener,
    /// Nobody works yet.
    pub crew: Crew,
    /// Who is told how it goes, beside those who ask for it.
    pub collector: Option<Otlp>,
    /// Time and chance.
    pub clock: Clock,
}

impl Serve {
    /// Runs until told to stop.
    pub async fn run(self) -> Result<()> {
        let temporary = if self.ephemeral {
            Some(tempfile::Builder::new().prefix("heliograph-").tempdir()?)
        } else {
            None
        };
        let config = self.config(temporary.as_ref().map(|folder| folder.path().to_owned()))?;
        let collector = Otlp::open(&config.telemetry)?;
        self.settings.tell("info", collector.as_ref())?;
        files::allow_many();
        let opening = Opening {
            collector,
            ..Opening::new(config).await?
        };
        listen_to_signals(&opening.crew)?;
        let (ephemeral, url) = (self.ephemeral, opening.url()?);
        let token = opening.token.clone();
        let folder = opening.folder.path().to_owned();
        opening
            .serve(move || {
                if ephemeral {
                    let line = json!({ "url": url, "admin_token": token.reveal(), "data": folder, "pid": std::process::id() });
                    if let Err(error) = say(&line) {
                        tracing::warn!("nobody is told where the door is: {error:#}");
                    }
                } else {
                    tracing::info!(url, data = %folder.display(), "ready; open it in a browser, or next: heliograph account create \"Alice\"");
                }
            })
            .await
    }

    fn config(&self, temporary: Option<PathBuf>) -> Result<Config> {
        let mut config = self.settings.config()?;
        anyhow::ensure!(self.ephemeral || !self.plain, "--plain is for trying out: it goes with --ephemeral");
        if let Some(folder) = temporary {
            anyhow::ensure!(
                config.log.nats.is_none() && config.database.url.is_none() && config.keys.url.is_none(),
                "--ephemeral leaves nothing behind: it can't be used with --nats, --database, or the settings of that meaning"
            );
            config.data.folder = folder;
            config.server.listen.set_port(0);
            config.limits.enabled = false;
            config.sign_in.limited = false;
            config.keys.plain = self.plain;
        }
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
        config.check()?;
        Ok(config)
    }
}

impl Opening {
    /// Locks the folder and takes the port, so that whatever is wrong with them is said at once.
    pub async fn new(config: Config) -> Result<Self> {
        let clock = Clock::system();
        let folder = Folder::lock(&config.data.folder)?;
        let token = folder.admin_token(config.server.admin_token.as_ref(), &clock)?;
        let listen = config.server.listen;
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            let hint = hint(error.kind());
            anyhow::Error::new(error).context(format!("can't listen on {listen}; {hint}"))
        })?;
        Ok(Self {
            config,
            folder,
            token,
            listener,
            crew: Crew::new(),
            collector: None,
            clock,
        })
    }

    /// Where the door is.
    pub fn url(&self) -> Result<String> {
        Ok(format!("http://{}", self.listener.local_addr()?))
    }

    /// Serves until the alarm; whatever comes of it, a collector is told the rest.
    pub async fn serve(mut self, ready: impl FnOnce()) -> Result<()> {
        let metrics = gateway::metrics::install().context("metrics can't be collected")?;
        let mut collector = self.collector.take();
        if let Some(collector) = &mut collector {
            let metrics = metrics.clone();
            collector.measure(self.clock.clone(), move || metrics.render());
        }
        let served = self.open(metrics, ready).await;
        if let Some(collector) = collector {
            collector.end().await;
        }
        served
    }

    /// Opens everything, serves until the alarm, closes everything in the reverse order.
    async fn open(mut self, metrics: gateway::metrics::Handle, ready: impl FnOnce()) -> Result<()> {
        let url = self.url()?;
        let patience = Patience::default();
        let waiting = waiting::room(&self.listener, patience.waits_for())?;
        self.folder.announce(&url)?;
        let installation = tokio::select! {
            opened = Installation::open(&self.config, self.folder.path(), self.clock.clone(), &patience) => opened?,
            () = self.crew.alarm.cancelled() => return Ok(()),
        };
        waiting.close().await;
        installation.start(&self.config, &self.crew);
        let gateway = gateway::Gateway::new(gateway::Parts {
            executor: installation.executor.clone(),
            models: installation.models.clone(),
            keys: installation.keys.clone(),
            log: installation.log.clone(),
            clock: self.clock.clone(),
            config: door(&self.config),
            admin: admin(&self.token)?,
            metrics: Some(metrics),
            checkup: Some(Arc::new(Checkup {
                config: self.config.clone(),
                apart: [&installation.archive, &installation.search]
                    .into_iter()
                    .flatten()
                    .cloned()
                    .collect(),
            })),
            rebuilds: Some(installation.rebuilds.clone()),
            outbox: installation.outbox.clone(),
            signals: Arc::clone(&installation.signals),
            search: installation.search.as_ref().map(Apart::current),
        });
        ready();
        let served = gateway::serve(self.listener, gateway, self.crew.alarm.clone()).await;
        self.folder.withdraw();
        let ended = self.crew.end().await;
        installation.close().await;
        ended.and(served.context("the door failed"))
    }
}

/// What to do about a port that can't be taken.
fn hint(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::AddrInUse => "another server may be running there: name another address with --listen",
        ErrorKind::AddrNotAvailable => "this machine has no such address: name one that it has with --listen, or 0.0.0.0 for all of them",
        ErrorKind::PermissionDenied => "the system does not let this user take the port: name one above 1023 with --listen",
        _ => "name another address with --listen",
    }
}

/// The gateway's limits.
fn door(config: &Config) -> gateway::Config {
    let request = Duration::from_secs(config.server.request_seconds);
    gateway::Config {
        head_timeout: request,
        body_timeout: request,
        connections_max: usize::try_from(config.server.connections).unwrap_or(usize::MAX),
        sessions_max: config.server.sessions,
        drain_max: Duration::from_secs(config.server.drain_seconds),
        answer_max: config.executor.limits().patience,
        erasure_grace_seconds: i64::from(config.accounts.erasure_grace_days) * gateway::config::DAY,
        name: config.delivery.name.clone(),
        edit_hours: config.chats.edit_hours,
        views_days: config.chats.views_days,
        public_channels: config.chats.public_channels,
        limits: config.limits.enabled.then(|| config.limits.clone()),
        sign_in: config.sign_in.clone(),
        password: config.password.cost(),
        devices_first: Duration::from_secs(config.delivery.devices_first_seconds.into()),
        log: if config.log.nats.is_some() { "JetStream" } else { "SQLite" },
        ..gateway::Config::default()
    }
}

fn admin(token: &Secret) -> Result<gateway::token::Secret> {
    match token.reveal().parse() {
        Ok(gateway::token::Token::Admin(secret)) => Ok(secret),
        Ok(gateway::token::Token::Device(..) | gateway::token::Token::Service(..)) | Err(_) => {
            anyhow::bail!("admin.token in the data folder holds no admin token; delete the file, and another is made")
        }
    }
}

/// Raises the alarm when the process is told to stop.
fn listen_to_signals(crew: &Crew) -> Result<()> {
    // Once listened to it ends the process no more: a file that may not grow is an error like a full disk's.
    drop(signal(SignalKind::from_raw(Signal::XFSZ.as_raw()))?);
    let alarm = crew.alarm.clone();
    signals::listen(move || {
        tracing::info!("stopping");
        alarm.cancel();
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        serve: Serve,
    }

    #[test]
    fn who_tries_it_out_is_not_limited() {
        let folder = PathBuf::from("somewhere");
        let serve = |arguments: &[&str]| Program::parse_from([&["serve"], arguments].concat()).serve;
        let tried = serve(&["--ephemeral"]).config(Some(folder)).unwrap();
        assert!(door(&tried).limits.is_none());
        let served = serve(&[]).config(None).unwrap();
        assert!(door(&served).limits.is_some());
    }

    #[test]
    fn authenticator_apps_call_it_what_letters_call_it() {
        let mut config = Config::default();
        config.delivery.name = "Hikers".to_owned();
        assert_eq!(door(&config).name, "Hikers");
    }

    #[test]
    fn only_who_leaves_nothing_behind_may_leave_words_unsealed() {
        let parse = |arguments: &[&str]| Program::try_parse_from([&["serve"], arguments].concat());
        for kept in [&["--plain"][..], &["--plain", "--data", "somewhere"]] {
            let refused = parse(kept).is_err_and(|error| error.kind() == clap::error::ErrorKind::MissingRequiredArgument)
                || parse(kept).is_ok_and(|program| program.serve.config(None).is_err());
            assert!(refused, "{kept:?}");
        }
        let tried = |arguments: &[&str]| parse(arguments).unwrap().serve.config(Some(PathBuf::from("somewhere"))).unwrap();
        assert!(tried(&["--ephemeral", "--plain"]).keys.plain);
        assert!(!tried(&["--ephemeral"]).keys.plain);
    }
}
