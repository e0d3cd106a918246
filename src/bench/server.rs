//! The server under test: a process of its own, started afresh, or one that runs already.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::lookup_host;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::backend::Backend;
use super::process::Process;
use crate::folder::Running;

/// How long a server may take until it is ready. Reading a long log takes a while.
const READY: Duration = Duration::from_mins(10);

/// Where the server comes from.
#[derive(Debug, clap::Args)]
pub struct From {
    /// Measure this server instead of starting one; it is not restarted afterwards
    #[arg(long, value_name = "URL", requires = "token", conflicts_with_all = ["nats", "database", "folder"])]
    url: Option<String>,
    /// That server's admin token
    #[arg(long, value_name = "TOKEN", env = "HELIOGRAPH_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Put the log into JetStream at this server, in a stream of its own that is deleted afterwards
    #[arg(long, value_name = "URL")]
    nats: Option<String>,
    /// Put the read models into PostgreSQL at this server, in a database of their own that is dropped afterwards
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Use this data folder and keep it, instead of a new one that is deleted afterwards
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Count this process and its descendants too (may be repeated); a broker and a database on this
    /// machine are found by their ports
    #[arg(long, value_name = "PID")]
    beside: Vec<u32>,
}

/// A server that answers.
#[derive(Debug)]
pub struct Server {
    /// `http://127.0.0.1:40123`
    pub url: String,
    /// Where to connect.
    pub address: SocketAddr,
    /// The operator's token.
    pub token: String,
    child: Option<Started>,
    beside: Vec<Process>,
}

/// What a server can do without, to see what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Encrypting what people write.
    Sealing,
    /// Keeping an index of it.
    Search,
}

impl Part {
    /// As a flag, and in a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sealing => "sealing",
            Self::Search => "search",
        }
    }
}

#[derive(Debug)]
struct Started {
    process: Child,
    folder: PathBuf,
    /// Whether what it wrote is there after its end, so that it can be started again.
    lasts: bool,
    /// Deletes the folder when dropped, unless it was named.
    temporary: Option<tempfile::TempDir>,
    backend: Backend,
}

/// CPU time so far.
#[derive(Debug, Clone, Copy)]
pub struct Cpu {
    /// The server's.
    pub server: Duration,
    /// The broker's and the database's.
    pub beside: Duration,
}

impl From {
    /// A server of our own on this folder, everything embedded.
    pub fn folder(folder: PathBuf) -> Self {
        Self {
            url: None,
            token: None,
            nats: None,
            database: None,
            folder: Some(folder),
            beside: Vec::new(),
        }
    }

    /// In words: `embedded`, `jetstream+postgresql` …
    pub fn backend(&self) -> String {
        match (&self.url, &self.nats, &self.database) {
            (Some(url), _, _) => url.clone(),
            (None, None, None) => "embedded".to_owned(),
            (None, Some(_), Some(_)) => "jetstream+postgresql".to_owned(),
            (None, Some(_), None) => "jetstream+sqlite".to_owned(),
            (None, None, Some(_)) => "sqlite+postgresql".to_owned(),
        }
    }

    /// Whether rates are limited while it is measured.
    pub fn rate_limits(&self) -> &'static str {
        if self.url.is_some() { "as that server has them" } else { "off" }
    }

    /// The log's address, when it is JetStream.
    pub fn nats(&self) -> Option<&str> {
        self.nats.as_deref()
    }

    /// Starts the server, or finds the running one.
    pub async fn start(&self) -> Result<Server> {
        let beside = self.beside.iter().copied().map(Process).collect();
        if let (Some(url), Some(token)) = (&self.url, &self.token) {
            return Server::found(url.trim_end_matches('/').to_owned(), token.clone(), beside).await;
        }
        let temporary = if self.folder.is_none() {
            Some(tempfile::Builder::new().prefix("heliograph-bench-").tempdir()?)
        } else {
            None
        };
        let folder = match (&self.folder, &temporary) {
            (Some(folder), _) => folder.clone(),
            (None, Some(temporary)) => temporary.path().to_owned(),
            (None, None) => unreachable!("a folder that is not named is temporary"),
        };
        std::fs::create_dir_all(&folder)?;
        let backend = Backend::make(self.nats.as_deref(), self.database.as_deref(), &folder).await?;
        let beside = [beside, backend.processes()].concat();
        let (process, running) = start(&folder, &backend).await?;
        let token = Running::admin_token(&folder, None)?.context("the server made no admin token")?;
        let mut server = Server::found(running.url, token.reveal().to_owned(), beside).await?;
        server.child = Some(Started {
            process,
            folder,
            lasts: true,
            temporary,
            backend,
        });
        Ok(server)
    }

    /// Whether a server of our own may be one that leaves nothing behind.
    pub fn may_be_ephemeral(&self) -> bool {
        self.url.is_none() && self.nats.is_none() && self.database.is_none() && self.folder.is_none()
    }

    /// Starts an embedded server that leaves nothing behind; only such a one can do without sealing.
    pub async fn ephemeral(&self, without: Option<Part>) -> Result<Server> {
        // It makes a folder of its own in here: one that is killed can't take it away.
        let temporary = tempfile::Builder::new().prefix("heliograph-bench-").tempdir()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "--ephemeral"]).env("TMPDIR", temporary.path());
        match without {
            Some(Part::Sealing) => drop(command.arg("--plain")),
            Some(Part::Search) => drop(command.env("HELIOGRAPH_SEARCH__ENABLED", "false")),
            None => {}
        }
        let log = File::create(temporary.path().join("server.log"))?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut process = command.spawn()?;
        let said = BufReader::new(process.stdout.take().context("its output is taken")?);
        let first = timeout(READY, said.lines().next_line()).await??;
        let first = first.with_context(|| {
            format!(
                "the server ended; its last words:\n{}",
                last_words(&temporary.path().join("server.log"))
            )
        })?;
        let door: Door = serde_json::from_str(&first)?;
        let beside = self.beside.iter().copied().map(Process).collect();
        let mut server = Server::found(door.url, door.admin_token, beside).await?;
        server.child = Some(Started {
            process,
            backend: Backend::make(None, None, temporary.path()).await?,
            folder: door.data,
            lasts: false,
            temporary: Some(temporary),
        });
        Ok(server)
    }
}

/// What an ephemeral server says of itself.
#[derive(Debug, Deserialize)]
struct Door {
    url: String,
    admin_token: String,
    data: PathBuf,
}

impl Server {
    async fn found(url: String, token: String, beside: Vec<Process>) -> Result<Self> {
        let authority = url.strip_prefix("http://").context("the server's URL must start with http://")?;
        let address = lookup_host(authority).await?.next().context("the server's URL names no address")?;
        Ok(Self {
            url,
            address,
            token,
            child: None,
            beside,
        })
    }

    /// The server's process, if it is on this machine.
    pub fn process(&self) -> Option<Process> {
        match &self.child {
            Some(started) => started.process.id().map(Process),
            None => Process::listening(self.address.port()),
        }
    }

    /// What it and what works for it have cost so far.
    pub fn cpu(&self) -> Cpu {
        Cpu {
            server: self.process().map_or(Duration::ZERO, Process::cpu),
            beside: self.beside.iter().map(|process| process.cpu()).sum(),
        }
    }

    /// Its resident memory in bytes.
    pub fn resident(&self) -> u64 {
        self.process().map_or(0, Process::resident)
    }

    /// Kills it without warning and starts it again; `false` when it isn't ours, or leaves nothing behind.
    pub async fn restart(&mut self) -> Result<bool> {
        let Some(started) = self.child.as_mut().filter(|started| started.lasts) else {
            return Ok(false);
        };
        started.process.kill().await?;
        self.start_again().await?;
        Ok(true)
    }

    /// Starts it again, once it is dead. Does nothing for one that isn't ours.
    pub async fn start_again(&mut self) -> Result<()> {
        let Some(started) = &mut self.child else { return Ok(()) };
        let (process, running) = start(&started.folder, &started.backend).await?;
        started.process = process;
        let again = Self::found(running.url, self.token.clone(), Vec::new()).await?;
        (self.url, self.address) = (again.url, again.address);
        Ok(())
    }

    /// Ends it and takes away what was made for it.
    pub async fn stop(mut self) -> Result<()> {
        self.kill().await?;
        self.remove().await
    }

    /// Ends it; what it wrote stays.
    pub async fn kill(&mut self) -> Result<()> {
        match &mut self.child {
            Some(started) => Ok(started.process.kill().await?),
            None => Ok(()),
        }
    }

    /// Where it kept its things; `None` when it isn't ours.
    pub fn left(&self) -> Option<(&Path, &Backend)> {
        self.child.as_ref().map(|started| (started.folder.as_path(), &started.backend))
    }

    /// Takes away what was made for it, once it is dead.
    pub async fn remove(self) -> Result<()> {
        match &self.child {
            Some(started) if started.temporary.is_some() => started.backend.remove().await,
            Some(_) | None => Ok(()),
        }
    }
}

/// Starts `heliograph serve` on a free port and waits until it is ready.
async fn start(folder: &Path, backend: &Backend) -> Result<(Child, Running)> {
    let log = folder.join("server.log");
    let output = File::options().create(true).append(true).open(&log)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve").arg("--data").arg(folder).args(["--listen", "127.0.0.1:0"]);
    // Those who are measured ask as often as they can.
    command.env("HELIOGRAPH_LIMITS__ENABLED", "false");
    backend.configure(&mut command);
    let mut process = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(output)
        .kill_on_drop(true)
        .spawn()?;
    let deadline = Instant::now() + READY;
    let http = reqwest::Client::new();
    loop {
        if let Some(status) = process.try_wait()? {
            bail!("the server ended ({status}); its last words:\n{}", last_words(&log));
        }
        if let Some(running) = Running::read(folder).filter(|running| Some(running.pid) == process.id()) {
            let ready = http.get(format!("{}/readyz", running.url)).send().await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return Ok((process, running));
            }
        }
        ensure!(
            Instant::now() < deadline,
            "the server did not become ready; its last words:\n{}",
            last_words(&log)
        );
        sleep(Duration::from_millis(20)).await;
    }
}

fn last_words(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(20).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
