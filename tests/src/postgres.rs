//! A PostgreSQL cluster of a test's own, that can be killed and started again.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::deadline::PATIENCE;
use crate::port;

/// A running cluster; its folder goes with it.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    port: u16,
    /// PostgreSQL refuses to run as root: then it runs as this user and group.
    user: Option<(u32, u32)>,
    child: Option<Child>,
    databases: AtomicU32,
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("heliograph-pg-")
            .tempdir()
            .expect("a temporary folder");
        let root = fs::metadata(folder.path()).expect("just made").uid() == 0;
        let user = root.then(unprivileged);
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).expect("root may");
        }
        let mut postgres = Self {
            folder,
            port: port::free(),
            user,
            child: None,
            databases: AtomicU32::new(0),
        };
        postgres.make();
        postgres.restart().await;
        postgres
    }

    /// A database of its own for one test: its URL.
    pub async fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url("postgres")).await.expect("the cluster answers");
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::query(create).execute(&mut connection).await.expect("a new database");
        self.url(&name)
    }

    /// Has everything in its files that it has in memory.
    pub async fn checkpoint(&self) {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.expect("the cluster answers");
        sqlx::query("checkpoint").execute(&mut connection).await.expect("the owner may");
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://heliograph@127.0.0.1:{}/{database}", self.port)
    }

    /// Its first process.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Its folder: `log`, `data/`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its port, for a proxy in between.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills all its processes at once, as `kill -9` does.
    pub fn kill9(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let segment = self.segment();
        let children = children(child.id());
        child.kill().ok();
        for pid in &children {
            Command::new("kill")
                .args(["-s", "KILL", &pid.to_string()])
                .stderr(Stdio::null())
                .status()
                .ok();
        }
        child.wait().ok();
        // Shared memory is held until the last of them is gone.
        let deadline = std::time::Instant::now() + PATIENCE;
        while children.iter().any(|pid| running(*pid)) {
            assert!(std::time::Instant::now() < deadline, "PostgreSQL's processes survive being killed");
            std::thread::sleep(Duration::from_millis(5));
        }
        if let Some(segment) = segment {
            Command::new("ipcrm").args(["-m", &segment]).stderr(Stdio::null()).status().ok();
        }
    }

    /// The number of the segment of System V shared memory by which a cluster guards its folder. Who is killed leaves it
    /// behind, and a machine has room for 4,096 of them.
    ///
    /// It is the second number of the seventh line of `postmaster.pid` ([source](https://www.postgresql.org/docs/current/storage-file-layout.html)).
    fn segment(&self) -> Option<String> {
        let pid = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).ok()?;
        Some(pid.lines().nth(6)?.split_whitespace().nth(1)?.to_owned())
    }

    /// Stalls all its processes: connections stay open, nothing is answered.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Ends a stall.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// The first process before the others, so that it starts no further ones meanwhile; some may just end by themselves.
    fn signal(&self, signal: &str) {
        let first = self.pid().expect("PostgreSQL runs");
        let send = |pid: u32| {
            let sent = Command::new("kill")
                .args(["-s", signal, &pid.to_string()])
                .stderr(Stdio::null())
                .status();
            sent.is_ok_and(|status| status.success())
        };
        assert!(send(first), "kill -s {signal} {first}");
        for pid in children(first) {
            send(pid);
        }
    }

    /// Starts it again on the same port with the same data, and waits until it answers.
    pub async fn restart(&mut self) {
        self.kill9();
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .expect("a log file");
        let mut command = self.command("postgres");
        command.args([
            "-p",
            &self.port.to_string(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "max_connections=200",
            // Processes die here, the machine does not: what the kernel has is safe.
            "-c",
            "fsync=off",
            // Files, which go with the folder even after `kill -9`.
            "-c",
            "dynamic_shared_memory_type=mmap",
            "-k",
        ]);
        let child = command
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("postgres starts");
        let child = self.child.insert(child);
        let folder = self.folder.path();
        port::opens(self.port, || match child.try_wait() {
            Ok(None) => Ok(()),
            ended => Err(format!(
                "postgres ended: {ended:?}\n{}",
                fs::read_to_string(folder.join("log")).unwrap_or_default()
            )),
        })
        .await;
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = PgConnection::connect(&self.url("postgres")).await {
            assert!(Instant::now() < deadline, "the cluster does not answer: {error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Puts a fresh cluster's folder in place: a copy of the one that the first test made.
    fn make(&self) {
        let (data, template) = (self.folder.path().join("data"), self.template());
        if template.exists() {
            copy(&template, &data);
            return;
        }
        self.initdb();
        let mine = template.with_extension(self.folder.path().file_name().expect("a folder has a name"));
        copy(&data, &mine);
        // Another test may have been faster.
        if fs::rename(&mine, &template).is_err() {
            fs::remove_dir_all(&mine).ok();
        }
    }

    /// Beside the test programs, one for each version and user.
    fn template(&self) -> PathBuf {
        let version = self.command("postgres").arg("--version").output().expect("postgres starts");
        let version: String = String::from_utf8_lossy(&version.stdout)
            .chars()
            .map(|char| if char.is_ascii_alphanumeric() { char } else { '-' })
            .collect();
        let user = self.user.map_or(0, |(uid, _)| uid);
        let test = std::env::current_exe().expect("a test knows where it is");
        test.with_file_name(format!("{}-{user}", version.trim_matches('-')))
    }

    fn initdb(&self) {
        let made = self
            .command("initdb")
            .args([
                "--username=heliograph",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .output()
            .expect("initdb starts");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    }

    /// One of PostgreSQL's programs, told where the data is.
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(programs().join(name));
        command
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill9();
    }
}

/// Copies a folder with its owners and rights.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.is_ok_and(|status| status.success()), "can't copy {}", from.display());
}

/// The folder of PostgreSQL's programs.
fn programs() -> PathBuf {
    let named = std::env::var_os("POSTGRES_BIN").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"));
    named
        .into_iter()
        .chain(std::env::split_paths(&path))
        .chain(versions)
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
        .expect("PostgreSQL's initdb and postgres are found: run `make tools`, or name their folder by POSTGRES_BIN")
}

/// A user to be instead of root.
fn unprivileged() -> (u32, u32) {
    let id = |option: &str, user: &str| -> Option<u32> {
        let output = Command::new("id").args([option, user]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    ["postgres", "nobody"]
        .iter()
        .find_map(|user| Some((id("-u", user)?, id("-g", user)?)))
        .expect("a user postgres or nobody, for PostgreSQL refuses to run as root")
}

/// `/proc/<pid>/stat` behind the program's name: state, parent …
fn stat(pid: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| process.file_name().to_str()?.parse().ok())
        .filter(|pid| stat(*pid).is_some_and(|(_, of)| of == parent))
        .collect()
}

/// Neither gone nor a zombie.
fn running(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != 'Z')
}
