//! A child process: signals, resident memory, its end. Killed when dropped.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A child process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pid: u32,
}

/// What a process may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// End in good order.
    Term,
    /// End at once.
    Kill,
    /// Stop running, without knowing.
    Stop,
    /// Go on.
    Cont,
}

impl Process {
    /// Starts it; it dies with its owner.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let child = command.kill_on_drop(true).spawn()?;
        let pid = child.id().expect("a child that was not waited for has an id");
        Ok(Self { child, pid })
    }

    /// Its id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let name = match signal {
            Signal::Term => "-TERM",
            Signal::Kill => "-KILL",
            Signal::Stop => "-STOP",
            Signal::Cont => "-CONT",
        };
        let sent = std::process::Command::new("kill").args([name, &self.pid.to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "can't signal process {}", self.pid);
    }

    /// Ends it at once, as `kill -9` does, and waits until it is gone.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("a child can be killed");
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be waited for")
    }

    /// Waits until it has ended by itself.
    pub async fn end(&mut self, patience: Duration) -> ExitStatus {
        let ended = timeout(patience, self.child.wait()).await;
        ended
            .unwrap_or_else(|_| panic!("process {} did not end within {patience:?}", self.pid))
            .expect("a child can be waited for")
    }

    /// Its resident memory in bytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("a running process has a status");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .expect("a running process has memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("it is a number") * 1024
    }
}
