//! Replaying a data folder's log, and letting services in.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{Server, answer, answers, heliograph, on};

#[test]
fn facts_are_replayed_beside_a_server_and_without_one() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["Alice", "Bob"] {
        answer(&on(folder.path(), &["account", "create", name]));
    }
    let alone = answers(&on(folder.path(), &["replay"]));
    let types: Vec<&str> = alone.iter().map(|fact| fact["type"].as_str().unwrap()).collect();
    let registered = ["account.registered", "account.device_authorised"];
    assert_eq!(types, [registered, registered].concat());
    let server = Server::start(folder.path());
    assert_eq!(answers(&on(folder.path(), &["replay"])), alone);
    let second = alone[2]["position"].to_string();
    assert_eq!(answers(&on(folder.path(), &["replay", "--from", &second])), alone[2..]);
    let names = answers(&on(folder.path(), &["replay", "--type", "account.registered", "--content"]));
    let names: Vec<&Value> = names.iter().map(|fact| &fact["data"]["content"]["name"]).collect();
    assert_eq!(names, ["Alice", "Bob"]);
    assert!(server.stop().success());
}

#[test]
fn a_slip_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    for slip in [
        ["--from", "yesterday"],
        ["--type", "chat.message_lost"],
        ["--stream", "nothing"],
        ["--chat", "town"],
    ] {
        assert_eq!(on(folder.path(), &["replay", slip[0], slip[1]]).status.code(), Some(2), "{slip:?}");
    }
    assert_eq!(on(folder.path(), &["replay", "--to", "1", "--follow"]).status.code(), Some(2));
    let file = folder.path().join("facts.csv");
    for (from, to) in [("5", "3"), ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z")] {
        for tool in [&["replay"][..], &["export", "--format", "csv", "--out", file.to_str().unwrap()]] {
            let refused = on(folder.path(), &[tool, &["--from", from, "--to", to]].concat());
            assert_eq!(refused.status.code(), Some(2), "{tool:?}");
            let words = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(words.contains("--from is behind --to") && !file.exists(), "{tool:?}: {words}");
        }
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    let server = Server::start(folder.path());
    let mut replay = heliograph(&["replay", "--follow", "--data"]).arg(folder.path()).spawn().unwrap();
    let mut lines = BufReader::new(replay.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("{\"position\":1,"));
    drop(lines);
    answer(&on(folder.path(), &["account", "create", "Bob"]));
    assert!(replay.wait().unwrap().success());
    assert!(server.stop().success());
}

#[test]
fn an_interrupted_follower_ends_with_a_whole_line() {
    let folder = tempfile::tempdir().unwrap();
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    let server = Server::start(folder.path());
    let mut replay = heliograph(&["replay", "--follow", "--data"]).arg(folder.path()).spawn().unwrap();
    let mut out = BufReader::new(replay.stdout.take().unwrap());
    let mut told = String::new();
    out.read_line(&mut told).unwrap();
    interrupt(&replay);
    out.read_to_string(&mut told).unwrap();
    assert!(replay.wait().unwrap().success());
    assert!(told.ends_with("}\n"), "{told}");
    assert!(server.stop().success());
}

fn interrupt(child: &Child) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
}

#[test]
fn services_are_let_in_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    let issued = answer(&on(folder.path(), &["token", "create", "analytics", "--scope", "events:content"]));
    assert!(issued["token"].as_str().unwrap().starts_with("service.1."), "{issued}");
    assert_eq!(answer(&on(folder.path(), &["token", "end", "1"]))["ended"], true);
    let listed = answer(&on(folder.path(), &["token", "list"]));
    assert!(listed["ended_at"].is_i64() && listed.get("token").is_none(), "{listed}");
    assert_eq!(on(folder.path(), &["token", "create", "admin"]).status.code(), Some(2));
    assert_eq!(
        on(folder.path(), &["token", "create", "x", "--scope", "all"]).status.code(),
        Some(2)
    );
}
