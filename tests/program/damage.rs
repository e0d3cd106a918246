//! What is lost or damaged is told as that, with the repair; and nothing is made in its place.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::{answer, answers, heliograph, on};

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn report(folder: &Path) -> (Option<i32>, Value) {
    let looked = on(folder, &["doctor", "--json"]);
    (looked.status.code(), serde_json::from_slice(&looked.stdout).unwrap())
}

/// Changes a database behind the program's back; gives how many rows.
fn change(file: &Path, sql: &'static str) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut database = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
        let changed = sqlx::query(sql).execute(&mut database).await.unwrap().rows_affected();
        database.close().await.unwrap();
        changed
    })
}

#[test]
fn a_lost_key_is_not_told_as_erased_and_comes_back_with_the_copy_that_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, copy) = (folder.path().join("keys.db"), folder.path().join("keys.copy"));
    let alice = answer(&on(folder.path(), &["account", "create", "Alice"]))["account"].to_string();
    std::fs::copy(&keys, &copy).unwrap();
    assert_eq!(report(folder.path()).0, Some(0));
    assert_eq!(change(&keys, "delete from account_keys"), 1);
    let (code, found) = report(folder.path());
    assert_eq!((code, &found["findings"]["keys"]["missing"]), (Some(1), &json!(1)), "{found}");
    let problem = found["problems"][0].as_str().unwrap();
    assert!(
        problem.contains(&alice) && problem.contains("put back the newest copy of keys.db"),
        "{problem}"
    );
    let listed = answers(&on(folder.path(), &["account", "list"]));
    assert_eq!((&listed[0]["name"], &listed[0]["unreadable"]), (&Value::Null, &json!(true)));
    assert_eq!(listed[0].get("erased"), None);
    let refused = on(folder.path(), &["account", "device", &alice]);
    assert!(
        !refused.status.success() && words(&refused).contains("(unavailable)"),
        "{}",
        words(&refused)
    );
    assert_eq!(report(folder.path()).1["findings"]["keys"]["missing"], 1, "no other was made");
    std::fs::rename(&copy, &keys).unwrap();
    assert_eq!(answers(&on(folder.path(), &["account", "list"]))[0]["name"], "Alice");
    assert_eq!(report(folder.path()).0, Some(0));
}

#[test]
fn damaged_keys_are_refused_at_once_and_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys.db");
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    let whole = std::fs::read(&keys).unwrap();
    for (damaged, told) in [
        (Vec::new(), "bring back keys.db"),
        (whole[..5_000].to_vec(), "Put back the newest copy"),
        (vec![7; 5_000], "Put back the newest copy"),
    ] {
        std::fs::write(&keys, &damaged).unwrap();
        let refused = on(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(words(&refused).contains(told), "{}", words(&refused));
        assert!(std::fs::read(&keys).unwrap() == damaged, "nothing is written to it");
    }
    std::fs::write(&keys, &whole).unwrap();
    assert_eq!(answers(&on(folder.path(), &["account", "list"]))[0]["name"], "Alice");
}

#[test]
fn keys_are_not_used_with_another_log() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (log, away, keys) = (
        folder.path().join("log.db"),
        folder.path().join("away.db"),
        folder.path().join("keys.db"),
    );
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    answer(&on(other.path(), &["account", "create", "Bob"]));
    // As an older program made them: the log whose accounts they have is theirs.
    change(&keys, "drop table made_for");
    std::fs::rename(&log, &away).unwrap();
    let gone = |name: &str| {
        for left in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.path().join(format!("{name}{left}")));
        }
    };
    // The read models are made from whatever log there is.
    gone("read.db");
    std::fs::copy(other.path().join("log.db"), &log).unwrap();
    let refused = on(folder.path(), &["account", "create", "Carol"]);
    let said = words(&refused);
    assert!(
        !refused.status.success() && said.contains("have none of the accounts of log"),
        "{said}"
    );
    gone("read.db");
    gone("log.db");
    std::fs::rename(&away, &log).unwrap();
    assert_eq!(answers(&on(folder.path(), &["account", "list"]))[0]["name"], "Alice");
    // From then on they remember it.
    std::fs::rename(&log, &away).unwrap();
    gone("read.db");
    gone("log.db");
    std::fs::copy(other.path().join("log.db"), &log).unwrap();
    let refused = words(&on(folder.path(), &["account", "create", "Carol"]));
    assert!(refused.contains("these are the keys of log"), "{refused}");
    // But if the operator names this one, though none of its accounts can be read.
    gone("read.db");
    gone("state.db");
    let bob = answers(&said_to_be_of(&refused, folder.path()));
    assert_eq!((&bob[0]["name"], &bob[0]["unreadable"]), (&Value::Null, &json!(true)));
    for name in ["read.db", "state.db", "log.db"] {
        gone(name);
    }
    std::fs::rename(&away, &log).unwrap();
    let refused = words(&on(folder.path(), &["account", "list"]));
    assert_eq!(answers(&said_to_be_of(&refused, folder.path()))[0]["name"], "Alice");
    answer(&on(folder.path(), &["account", "create", "Carol"]));
}

/// Lists accounts, with the keys being said to be of the log with which they were refused.
fn said_to_be_of(refused: &str, folder: &Path) -> Output {
    let named = refused.split("set keys.log to ").nth(1).expect("it says how");
    let log: String = named.chars().take(36).collect();
    let mut list = heliograph(&["account", "list", "--data"]);
    list.arg(folder).env("HELIOGRAPH_KEYS__LOG", log).output().unwrap()
}

#[test]
fn a_lost_log_is_to_be_put_back_before_anything_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let (log, away) = (folder.path().join("log.db"), folder.path().join("away.db"));
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    std::fs::rename(&log, &away).unwrap();
    let refused = on(folder.path(), &["account", "list"]);
    assert!(words(&refused).contains("log.db is missing"), "{}", words(&refused));
    assert!(!refused.status.success() && !log.exists(), "none was made in its place");
    // An empty one in its place, as a careless hand leaves it.
    std::fs::write(&log, "").unwrap();
    let (code, found) = report(folder.path());
    let problem = found["problems"][0].as_str().unwrap();
    assert!(code == Some(1) && problem.contains("put log.db back from a backup"), "{problem}");
    assert!(!problem.contains("delete read.db"), "{problem}");
    for left in ["log.db", "log.db-wal", "log.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(left));
    }
    std::fs::rename(&away, &log).unwrap();
    assert_eq!(answers(&on(folder.path(), &["account", "list"]))[0]["name"], "Alice");
}
