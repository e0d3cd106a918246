//! A nats-server of a test's own, that can be killed, stalled and started again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::port;

/// Of the user `heliograph`, as a configuration spells it.
const PASSWORD: &str = "\"p@ss %word\"";

/// How the server is run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// `sync_interval: always`: acknowledged means on disk.
    pub sync_always: bool,
    /// Clients say who they are.
    pub guarded: bool,
}

/// A running nats-server with JetStream; its folder goes with it.
#[derive(Debug)]
pub struct Nats {
    folder: TempDir,
    port: u16,
    guarded: bool,
    child: Option<Child>,
}

impl Nats {
    /// Starts one on a free port with an empty store.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// Starts one with options.
    pub async fn start_with(options: Options) -> Self {
        Self::configured(options.guarded, |folder, port| configuration(folder, port, options)).await
    }

    /// Starts one with a configuration from `infra/nats/`, on ports and in a folder of its own.
    pub async fn as_shipped(file: &str) -> Self {
        let shipped = fs::read_to_string(shipped(file)).expect("a configuration that can be read");
        Self::configured(true, |folder, port| {
            shipped
                .replace("127.0.0.1:4222", &format!("127.0.0.1:{port}"))
                .replace("127.0.0.1:8222", &format!("127.0.0.1:{}", port::free()))
                .replace("/var/lib/nats", &folder.join("store").display().to_string())
                .replace("$NATS_PASSWORD", PASSWORD)
        })
        .await
    }

    async fn configured(guarded: bool, configuration: impl FnOnce(&Path, u16) -> String) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("heliograph-nats-")
            .tempdir()
            .expect("a temporary folder");
        let port = port::free();
        fs::write(folder.path().join("nats.conf"), configuration(folder.path(), port)).expect("a configuration");
        let mut nats = Self {
            folder,
            port,
            guarded,
            child: None,
        };
        nats.restart().await;
        nats
    }

    /// What nats-server says of a configuration from `infra/nats/` with these variables: nothing, or what is wrong with it.
    pub fn examine(file: &str, variables: &[(&str, &str)]) -> Result<(), String> {
        let examined = Command::new(program())
            .args(["-t", "--config"])
            .arg(shipped(file))
            .envs(variables.iter().copied())
            .output()
            .expect("nats-server starts");
        if examined.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&examined.stderr).into_owned())
        }
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        let caller = if self.guarded { "heliograph:p%40ss%20%25word@" } else { "" };
        format!("nats://{caller}127.0.0.1:{}", self.port)
    }

    /// Its port, for a proxy in between.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder: `nats.log`, `store/`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its process.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Kills it at once, as `kill -9` does.
    pub fn kill9(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }

    /// Starts it again on the same port with the same store.
    pub async fn restart(&mut self) {
        self.kill9();
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("nats.log"));
        let child = Command::new(program())
            .arg("--config")
            .arg(self.folder.path().join("nats.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a log file"))
            .spawn()
            .expect("nats-server starts");
        let child = self.child.insert(child);
        let folder = self.folder.path();
        port::opens(self.port, || match child.try_wait() {
            Ok(None) => Ok(()),
            ended => Err(format!(
                "nats-server ended: {ended:?}\n{}",
                fs::read_to_string(folder.join("nats.log")).unwrap_or_default()
            )),
        })
        .await;
    }

    /// Stalls it: connections stay open, nothing is answered.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Ends a stall.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.pid().expect("nats-server runs").to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -s {signal} {pid}");
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill9();
    }
}

fn configuration(folder: &Path, port: u16, options: Options) -> String {
    let authorization = if options.guarded {
        format!("authorization {{ user: heliograph, password: {PASSWORD} }}\n")
    } else {
        String::new()
    };
    let sync = if options.sync_always { "always" } else { "2m" };
    format!(
        "{authorization}listen: \"127.0.0.1:{port}\"\nmax_payload: 1MB\njetstream {{ store_dir: \"{}\", sync_interval: {sync}, max_mem: 64MB, max_file: 20GB }}\n",
        folder.join("store").display()
    )
}

fn shipped(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/nats").join(file)
}

fn program() -> PathBuf {
    let path = std::env::var_os("NATS_SERVER").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/nats-server"),
        PathBuf::from,
    );
    assert!(
        path.exists(),
        "there is no nats-server at {}: run `make tools`, or name one by NATS_SERVER",
        path.display()
    );
    path
}
