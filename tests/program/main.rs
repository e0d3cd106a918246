//! The program as an operator uses it: one process after the other, on a data folder.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

mod backup;
mod damage;
mod delivery;
mod newcomer;
mod operating;
mod replay;
mod slips;
mod unheard;

const PATIENCE: Duration = Duration::from_mins(2);

fn heliograph(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heliograph"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HELIOGRAPH_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a tool on a data folder.
fn on(folder: &Path, arguments: &[&str]) -> Output {
    heliograph(arguments).arg("--data").arg(folder).output().unwrap()
}

/// Its answers: a JSON object a line.
fn answers(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = output.stdout.lines().map(Result::unwrap);
    lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
}

fn answer(output: &Output) -> Value {
    answers(output).into_iter().next().unwrap()
}

/// A server of a folder, once it says where its door is; killed when the test fails.
struct Server(Child);

impl Server {
    fn start(folder: &Path) -> Self {
        Self::started(folder, &mut heliograph(&["serve", "--listen", "127.0.0.1:0"]))
    }

    fn started(folder: &Path, serve: &mut Command) -> Self {
        let serve = serve.arg("--data").arg(folder).stderr(Stdio::null());
        let server = Self(serve.spawn().unwrap());
        let told = folder.join("server.json");
        let pid = u64::from(server.0.id());
        let is_told = || serde_json::from_str::<Value>(&std::fs::read_to_string(&told).ok()?).ok()?["pid"].as_u64();
        let deadline = Instant::now() + PATIENCE;
        while is_told() != Some(pid) {
            assert!(Instant::now() < deadline, "the server does not say where it is");
            std::thread::sleep(Duration::from_millis(10));
        }
        server
    }

    fn stop(mut self) -> ExitStatus {
        terminate(&self.0);
        self.0.wait().unwrap()
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

fn terminate(child: &Child) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
}

#[test]
fn accounts_are_made_beside_a_server_and_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let alice = answer(&on(folder.path(), &["account", "create", "Alice"]));
    let server = Server::start(folder.path());
    answer(&on(folder.path(), &["account", "create", "Bob", "--bot"]));
    let id = alice["account"].to_string();
    let second = answer(&on(folder.path(), &["account", "device", &id, "laptop"]));
    assert_eq!((&second["account"], &second["device"]), (&alice["account"], &Value::from(2)));
    assert!(server.stop().success());
    let mut names: Vec<_> = answers(&on(folder.path(), &["account", "list"]))
        .iter()
        .map(|account| account["name"].clone())
        .collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["Alice", "Bob"]);
}

#[test]
fn a_second_server_of_a_folder_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let refused = on(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(words.contains(&format!("in use by process {}", server.0.id())), "{words}");
    server.kill();
}

#[test]
fn an_ephemeral_server_says_one_line_and_leaves_nothing() {
    let mut server = heliograph(&["serve", "--ephemeral"]).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert!(line["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert!(line["admin_token"].as_str().unwrap().starts_with("admin."));
    let folder = Path::new(line["data"].as_str().unwrap()).to_owned();
    assert!(folder.exists());
    terminate(&server);
    assert!(server.wait().unwrap().success());
    assert!(lines.next().is_none() && !folder.exists());
}

#[test]
fn what_would_leave_something_behind_is_not_ephemeral() {
    let refused = heliograph(&["serve", "--ephemeral", "--nats", "nats://127.0.0.1:1"])
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(words.contains("--ephemeral"), "{words}");
}

#[test]
fn the_doctor_says_what_can_not_be_reached_and_how_it_is_called_but_no_password() {
    let folder = tempfile::tempdir().unwrap();
    for (flag, url, setting) in [
        ("--nats", "nats://me:hunter2@127.0.0.1:1", "log.nats"),
        ("--database", "postgres://me:hunter2@127.0.0.1:1/no", "database.url"),
    ] {
        let looked = on(folder.path(), &["doctor", "--json", flag, url]);
        let report: Value = serde_json::from_slice(&looked.stdout).unwrap();
        assert_eq!(looked.status.code(), Some(1));
        let problems = report["problems"].to_string();
        assert!(problems.contains(setting) && problems.contains("can't be reached"), "{problems}");
        assert!(!String::from_utf8_lossy(&looked.stdout).contains("hunter2"));
    }
}

#[test]
fn a_server_says_what_it_waits_for_but_no_password() {
    let folder = tempfile::tempdir().unwrap();
    for (flag, url, shown) in [
        ("--nats", "nats://me:hunter2@127.0.0.1:1", "the log at nats://me:***@127.0.0.1:1"),
        (
            "--database",
            "postgres://me:hunter2@127.0.0.1:1/no",
            "the database at postgres://me:***@127.0.0.1:1/no",
        ),
    ] {
        let mut serve = heliograph(&["serve", "--listen", "127.0.0.1:0", flag, url, "--data"]);
        let mut server = Server(serve.arg(folder.path()).spawn().unwrap());
        let mut lines = BufReader::new(server.0.stderr.take().unwrap()).lines().map(Result::unwrap);
        let told = lines.find(|line| line.contains("waiting for")).unwrap();
        assert!(told.contains(shown) && !told.contains("hunter2"), "{told}");
        assert!(server.stop().success());
        assert!(lines.all(|line| !line.contains("hunter2")));
    }
}

#[test]
fn a_log_without_its_keys_is_not_opened_with_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    let (keys, away) = (folder.path().join("keys.db"), folder.path().join("keys.away"));
    std::fs::rename(&keys, &away).unwrap();
    let refused = on(folder.path(), &["account", "list"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && words.contains("bring back keys.db"), "{words}");
    std::fs::rename(&away, &keys).unwrap();
    assert_eq!(answers(&on(folder.path(), &["account", "list"]))[0]["name"], "Alice");
}

#[test]
fn read_models_made_anew_have_the_doctors_same_hashes() {
    let folder = tempfile::tempdir().unwrap();
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    let hashes = || answer(&on(folder.path(), &["doctor", "--json"]))["findings"]["models"].clone();
    let before = hashes();
    assert!(before[0]["rows"].as_u64().unwrap() > 0);
    std::fs::remove_file(folder.path().join("read.db")).unwrap();
    assert_eq!(hashes(), before);
}

#[test]
fn read_models_are_made_anew_with_and_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    assert_eq!(answer(&on(folder.path(), &["rebuild"]))["phase"], "done");
    let server = Server::start(folder.path());
    assert_eq!(answer(&on(folder.path(), &["rebuild", "timeline"]))["phase"], "done");
    let refused = on(folder.path(), &["rebuild", "horoscopes"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && words.contains("horoscopes"), "{words}");
    assert!(server.stop().success());
    let refused = on(folder.path(), &["rebuild", "--cancel"]);
    assert!(!refused.status.success(), "nothing is under way");
    assert_eq!(answers(&on(folder.path(), &["account", "list"]))[0]["name"], "Alice");
}

#[test]
fn what_was_promised_is_there_after_a_kill() {
    let bench = heliograph(&[
        "bench",
        "pairs",
        "--pairs",
        "3",
        "--window",
        "4",
        "--seconds",
        "1",
        "--warm-up",
        "0",
        "--no-floor",
        "--json",
    ]);
    let report = answer(&{ bench }.output().unwrap());
    assert_eq!(report["verified"]["after_kill"], true);
    assert_eq!(report["verified"]["devices"], 6);
    assert!(report["verified"]["messages"].as_u64().unwrap() > 0);
}

#[test]
fn what_is_configured_wrongly_is_named_and_secrets_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = heliograph(&["serve", "--data"]);
    let refused = serve
        .arg(folder.path())
        .env("HELIOGRAPH_SERVER__ADMIN_TOKEN", "hunter2")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(words.contains("server.admin_token") && !words.contains("hunter2"), "{words}");
}
