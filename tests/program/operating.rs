//! What an operator does once in a while: erasing, repairing, looking after who may read what.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::{Server, answer, answers, on};

#[test]
fn a_log_that_lost_its_tail_is_refused_with_a_repair_that_works() {
    let folder = tempfile::tempdir().unwrap();
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    answer(&on(folder.path(), &["account", "create", "Bob"]));
    assert!(cut_tail(folder.path(), 2) > 0);
    let refused = on(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        words.contains("remember a commit") && words.contains("delete read.db and state.db"),
        "{words}"
    );
    for name in ["read.db", "state.db"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    let left = answers(&on(folder.path(), &["account", "list"]));
    assert_eq!(left.iter().map(|account| &account["name"]).collect::<Vec<_>>(), ["Alice"]);
}

/// Cuts off what the log holds behind a position, as an old backup would; gives how many commits that were.
fn cut_tail(folder: &Path, position: i64) -> u64 {
    let log = SqliteConnectOptions::new().filename(folder.join("log.db"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut log = log.connect().await.unwrap();
        let cut = sqlx::query("delete from commits where position > $1").bind(position);
        let gone = cut.execute(&mut log).await.unwrap().rows_affected();
        log.close().await.unwrap();
        gone
    })
}

#[test]
fn after_a_clean_stop_each_file_holds_everything_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["Alice", "Bob", "Carol"] {
        answer(&on(folder.path(), &["account", "create", name]));
        assert_eq!(journals(folder.path()), [""; 0], "of a tool alone");
        let server = Server::start(folder.path());
        answer(&on(folder.path(), &["account", "create", name]));
        assert!(server.stop().success());
        assert_eq!(journals(folder.path()), [""; 0]);
    }
}

/// What stands beside SQLite's files and belongs to them.
fn journals(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let names = files.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name.ends_with("-wal")).collect()
}

#[test]
fn what_a_key_closed_is_gone_once_the_key_is_erased() {
    let folder = tempfile::tempdir().unwrap();
    let alice = answer(&on(folder.path(), &["account", "create", "Alice"]))["account"].to_string();
    let hesitant = on(folder.path(), &["account", "erase", &alice]);
    let words = String::from_utf8_lossy(&hesitant.stderr).into_owned();
    assert!(!hesitant.status.success() && words.contains("--yes"), "{words}");
    assert_eq!(answers(&on(folder.path(), &["account", "list"]))[0]["name"], "Alice");
    let server = Server::start(folder.path());
    let erased = answer(&on(folder.path(), &["account", "erase", &alice, "--yes"]));
    assert_eq!(
        (erased["account"].to_string(), &erased["erased"]),
        (alice.clone(), &Value::from(true))
    );
    let listed = answers(&on(folder.path(), &["account", "list"]));
    assert_eq!((listed[0]["id"].to_string(), &listed[0]["name"]), (alice, &Value::Null));
    assert_eq!(listed[0]["erased"], true);
    assert!(server.stop().success());
    assert_eq!(answers(&on(folder.path(), &["account", "list"]))[0]["name"], Value::Null);
    let unknown = on(folder.path(), &["account", "erase", "1", "--yes"]);
    let words = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(!unknown.status.success() && words.contains("account_not_found"), "{words}");
}

#[test]
fn an_account_is_suspended_and_restored_promoted_and_demoted() {
    let folder = tempfile::tempdir().unwrap();
    let alice = answer(&on(folder.path(), &["account", "create", "Alice"]))["account"].to_string();
    let server = Server::start(folder.path());
    let stands = || {
        let listed = answers(&on(folder.path(), &["account", "list"])).remove(0);
        (listed["state"].clone(), listed["admin"].clone())
    };
    for (verb, said, then) in [
        ("promote", json!({"admin": true}), (json!("active"), json!(true))),
        ("suspend", json!({"suspended": true}), (json!("suspended"), json!(true))),
        ("demote", json!({"admin": false}), (json!("suspended"), json!(false))),
        ("restore", json!({"suspended": false}), (json!("active"), json!(false))),
    ] {
        let mut done = answer(&on(folder.path(), &["account", verb, &alice]));
        let account = done.as_object_mut().unwrap().remove("account").unwrap();
        assert_eq!((account.to_string(), done), (alice.clone(), said), "{verb}");
        assert_eq!(stands(), then, "{verb}");
    }
    assert!(server.stop().success());
}

#[test]
fn what_is_not_parked_can_not_be_released() {
    let folder = tempfile::tempdir().unwrap();
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    let refused = on(folder.path(), &["doctor", "release", "timeline", "1.0"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(words.contains("not_parked"), "{words}");
    assert_eq!(on(folder.path(), &["doctor", "release", "timeline", "1"]).status.code(), Some(2));
}

#[test]
fn every_file_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        // The server may take a file away at any time.
        let Ok(metadata) = entry.metadata() else { continue };
        let mode = metadata.permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", entry.path().display());
        files.push(entry.file_name().into_string().unwrap());
    }
    for expected in [
        "log.db",
        "log.db-wal",
        "read.db",
        "state.db",
        "keys.db",
        "admin.token",
        "server.json",
    ] {
        assert!(files.iter().any(|file| file == expected), "no {expected} among {files:?}");
    }
    server.kill();
}

#[test]
fn the_token_is_not_told_to_whoever_took_a_killed_servers_port() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let told = std::fs::read_to_string(folder.path().join("server.json")).unwrap();
    server.kill();
    // Somebody else listens there now; and the process id, too, is somebody's.
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    stranger.set_nonblocking(true).unwrap();
    let mut announced: Value = serde_json::from_str(&told).unwrap();
    announced["pid"] = std::process::id().into();
    announced["url"] = format!("http://{}", stranger.local_addr().unwrap()).into();
    std::fs::write(folder.path().join("server.json"), announced.to_string()).unwrap();
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    assert_eq!(stranger.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nobody called there");
}
