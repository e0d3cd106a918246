//! Slips of an operator's hand: they are named, and change nothing.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::{Server, answer, heliograph, on};

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn report(folder: &Path) -> Value {
    serde_json::from_slice(&on(folder, &["doctor", "--json"]).stdout).unwrap()
}

#[test]
fn a_folder_that_holds_nothing_is_named_and_not_filled() {
    let place = tempfile::tempdir().unwrap();
    let typo = place.path().join("daat");
    for tool in [
        &["account", "list"][..],
        &["account", "device", "1"],
        &["account", "erase", "1", "--yes"],
        &["doctor"],
        &["doctor", "release", "timeline", "1.0"],
    ] {
        let refused = on(&typo, tool);
        let said = [words(&refused), String::from_utf8_lossy(&refused.stdout).into_owned()].concat();
        assert_eq!(refused.status.code(), Some(1), "{tool:?}");
        assert!(said.contains("daat holds no installation"), "{tool:?}: {said}");
        assert!(!typo.exists(), "{tool:?}");
    }
    let created = on(&typo, &["account", "create", "Alice"]);
    answer(&created);
    assert!(words(&created).contains("a new one was made"), "{}", words(&created));
    let created = on(&typo, &["account", "create", "Bob"]);
    answer(&created);
    assert!(!words(&created).contains("a new one was made"), "{}", words(&created));
}

#[test]
fn the_doctor_shows_the_running_servers_configuration_and_where_its_own_differs() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = heliograph(&["serve", "--listen", "127.0.0.1:0"]);
    let server = Server::started(folder.path(), serve.env("HELIOGRAPH_EXECUTOR__QUEUE", "77"));
    // Whoever asks for something waits until the door is open.
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    let found = report(folder.path());
    assert_eq!(found["server"], "running", "{found}");
    assert_eq!(found["config"]["executor"]["queue"], 77);
    let differences = found["differences"].to_string();
    assert!(differences.contains("executor.queue: the server has 77"), "{differences}");
    assert!(server.stop().success());
    let found = report(folder.path());
    assert_eq!(found["server"], "started_for_the_moment", "{found}");
    assert_ne!(found["config"]["executor"]["queue"], 77);
}

#[test]
fn a_server_that_waits_for_its_log_is_starting() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = heliograph(&["serve", "--listen", "127.0.0.1:0", "--nats", "nats://127.0.0.1:1"]);
    let server = Server::started(folder.path(), &mut serve);
    let found = report(folder.path());
    assert_eq!(found["server"], "starting", "{found}");
    assert!(found["problems"][0].as_str().unwrap().contains("is starting"), "{found}");
    server.kill();
}

#[test]
fn what_others_may_read_is_warned_of() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("data");
    answer(&on(&folder, &["account", "create", "Alice"]));
    let log = folder.join("log.db");
    assert_eq!(report(&folder)["warnings"], Value::Array(Vec::new()));
    std::fs::set_permissions(&log, std::fs::Permissions::from_mode(0o644)).unwrap();
    let warnings = report(&folder)["warnings"].to_string();
    assert!(warnings.contains(&format!("chmod 600 {}", log.display())), "{warnings}");
}

#[test]
fn a_misspelt_name_in_the_environment_is_refused_with_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    let with = |name: &str, value: &str| {
        let mut list = heliograph(&["account", "create", "Alice", "--data"]);
        list.arg(folder.path()).env(name, value).output().unwrap()
    };
    let refused = with("HELIOGRAPH_SERVER_LISTEN", "127.0.0.1:1");
    assert_eq!(refused.status.code(), Some(1));
    assert!(words(&refused).contains("HELIOGRAPH_SERVER__LISTEN"), "{}", words(&refused));
    let refused = with("HELIOGRAPH_LOG", "verbose");
    assert_eq!(refused.status.code(), Some(1));
    assert!(words(&refused).contains("verbose is no level"), "{}", words(&refused));
    let warned = with("HELIOGRAPH_PORT_8080_TCP_ADDR", "10.0.0.1");
    answer(&warned);
    assert!(words(&warned).contains("HELIOGRAPH_PORT_8080_TCP_ADDR"), "{}", words(&warned));
}

#[test]
fn an_address_of_another_kind_is_wrong_usage() {
    for (flag, url, hint) in [
        ("--nats", "http://127.0.0.1:4222", "nats://"),
        ("--database", "mysql://127.0.0.1/heliograph", "postgres://"),
    ] {
        let refused = heliograph(&["doctor", flag, url]).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{flag}");
        assert!(words(&refused).contains(hint), "{}", words(&refused));
    }
}
