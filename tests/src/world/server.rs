//! The server: the real program in a process of its own, with a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::client::http::{Address, Client};
use crate::deadline::{PATIENCE, eventually, within};
use crate::launch::binary;
use crate::process::{Process, Signal};

/// How long a server may take to end in good order.
const DRAIN: Duration = Duration::from_mins(1);

/// The server.
#[derive(Debug)]
pub struct Server {
    /// Where it is; moves with a restart.
    pub address: Address,
    process: Option<Process>,
    folder: TempDir,
    beside: TempDir,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Server {
    /// Starts it on a folder and waits until it is ready.
    pub async fn start(folder: TempDir, arguments: Vec<String>, environment: &[(&str, &str)]) -> Self {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let mut server = Self {
            address: Address::default(),
            process: None,
            folder,
            beside: tempfile::tempdir().expect("a folder can be made"),
            arguments,
            environment: environment.iter().map(own).collect(),
        };
        server.go_on().await;
        server
    }

    /// Starts it (again), on the same folder, and waits until it is ready.
    pub async fn go_on(&mut self) {
        self.spawn().await;
        self.ready(PATIENCE).await;
    }

    /// Starts it and waits until it says where it is, not until it is ready.
    pub async fn spawn(&mut self) {
        assert!(self.process.is_none(), "it runs already");
        let process = self
            .process
            .insert(Process::start(&mut self.command()).expect("the program can be started"));
        let (pid, announcement) = (process.pid(), self.folder.path().join("server.json"));
        let announced = eventually("the server says where it is", async || {
            if let Some(status) = process.ended() {
                return Some(Err(status));
            }
            let announced: Value = serde_json::from_slice(&fs::read(&announcement).ok()?).ok()?;
            (announced["pid"] == pid).then(|| Ok(announced["url"].as_str().map(str::to_owned)))
        });
        match announced.await {
            Ok(url) => self.address.set(&url.expect("the announcement has a url")),
            Err(status) => panic!("the server ended ({status}); its last words:\n{}", self.last_words()),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(binary());
        let file = |path: PathBuf| {
            let file = fs::File::options().create(true).append(true).open(path);
            file.expect("a file can be made")
        };
        let (stdout, stderr) = (file(self.beside.path().join("stdout")), file(self.stderr()));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(self.folder());
        // A story that is not about rate limits is told as fast as it can be.
        command.env("HELIOGRAPH_LIMITS__ENABLED", "false");
        command.args(&self.arguments).envs(self.environment.iter().cloned());
        command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        command
    }

    /// Waits until it says that it is ready.
    pub async fn ready(&mut self, patience: Duration) {
        let client = Client::new(self.address.clone(), "");
        let process = self.process.as_mut().expect("it runs");
        let ready = within(patience, "the server is ready", async || {
            if let Some(status) = process.ended() {
                return Some(Err(status));
            }
            let answer = client.get("/readyz").patience(Duration::from_secs(5)).attempt().await;
            answer.is_ok_and(|answer| answer.status.is_success()).then_some(Ok(()))
        });
        if let Err(status) = ready.await {
            panic!("the server ended ({status}); its last words:\n{}", self.last_words());
        }
    }

    /// Ends it at once, as `kill -9` does.
    pub async fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().await;
        }
    }

    /// Tells it to stop and waits until it has.
    pub async fn stop(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("it runs");
        process.signal(Signal::Term);
        process.end(DRAIN).await
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        self.process.as_ref().expect("it runs").signal(signal);
    }

    /// Waits until it ends by itself; gives how.
    pub async fn ends(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("it runs");
        process.end(PATIENCE).await
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("it runs").pid()
    }

    /// Its resident memory in bytes.
    pub fn resident(&self) -> u64 {
        self.process.as_ref().expect("it runs").resident()
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of what it said, beside the data folder.
    pub fn beside(&self) -> &Path {
        self.beside.path()
    }

    /// The arguments from the next start on.
    pub fn set_arguments(&mut self, arguments: Vec<String>) {
        self.arguments = arguments;
    }

    /// An environment variable from the next start on.
    pub fn set(&mut self, key: &str, value: &str) {
        self.environment.retain(|(known, _)| known != key);
        self.environment.push((key.to_owned(), value.to_owned()));
    }

    /// The operator's token, from the data folder.
    pub fn admin_token(&self) -> String {
        let token = fs::read_to_string(self.folder().join("admin.token")).expect("the first run makes admin.token");
        token.trim().to_owned()
    }

    /// Everything it wrote to its standard error, since the first start.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.stderr()).unwrap_or_default()).into_owned()
    }

    /// The end of [`said`](Self::said).
    pub fn last_words(&self) -> String {
        let said = self.said();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// A metric's values by their labels, as `/metrics` tells them.
    pub async fn metrics(&self, name: &str) -> Vec<(String, f64)> {
        let client = Client::new(self.address.clone(), "");
        let answer = eventually("/metrics answers", async || client.get("/metrics").attempt().await.ok()).await;
        let values = answer.text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let (key, value) = line.rsplit_once(' ')?;
            key.starts_with(name).then(|| Some((key.to_owned(), value.parse().ok()?)))?
        });
        values.collect()
    }

    fn stderr(&self) -> PathBuf {
        self.beside.path().join("stderr")
    }
}
