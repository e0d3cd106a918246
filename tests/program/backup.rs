//! Backing up and restoring: whole or not at all, keys apart, and what was erased stays erased.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Server, answer, answers, heliograph, on};

/// A folder with an installation in it, and room for backups beside it.
struct Scene(TempDir);

impl Scene {
    fn with(people: &[&str]) -> Self {
        let scene = Self(tempfile::tempdir().unwrap());
        for name in people {
            answer(&on(&scene.data(), &["account", "create", name]));
        }
        scene
    }

    fn data(&self) -> PathBuf {
        self.at("data")
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, tool: &str, data: &str, flags: &[(&str, &str)]) -> Output {
        let mut command = heliograph(&[tool]);
        for (flag, place) in flags {
            command.arg(flag);
            if !place.is_empty() {
                command.arg(self.at(place));
            }
        }
        command.arg("--data").arg(self.at(data)).output().unwrap()
    }

    fn backup(&self, flags: &[(&str, &str)]) -> Output {
        self.run("backup", "data", flags)
    }

    fn restore(&self, data: &str, flags: &[(&str, &str)]) -> Output {
        self.run("restore", data, flags)
    }

    fn verify(&self, folder: &str) -> Output {
        heliograph(&["backup", "verify"]).arg(self.at(folder)).output().unwrap()
    }
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Refused, in these words, and nothing on stdout.
fn assert_refused(output: &Output, says: &str) {
    assert_eq!(output.status.code(), Some(1), "{}", words(output));
    assert!(words(output).contains(says), "{}", words(output));
    assert!(output.stdout.is_empty());
}

fn report(folder: &Path) -> Value {
    answer(&on(folder, &["doctor", "--json"]))
}

fn names(folder: &Path) -> Vec<Value> {
    let mut names: Vec<_> = answers(&on(folder, &["account", "list"]))
        .iter()
        .map(|account| account["name"].clone())
        .collect();
    names.sort_by_key(Value::to_string);
    names
}

fn files(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort_unstable();
    files
}

#[test]
fn a_backup_of_nothing_is_wrong_usage_and_both_its_halves_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let refused = on(folder.path(), &["backup"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(words(&refused).contains("--to <FOLDER>|--keys <FOLDER>"), "{}", words(&refused));
}

#[test]
fn what_was_backed_up_beside_a_server_is_restored_with_the_doctors_same_hashes() {
    let scene = Scene::with(&["Alice", "Bob"]);
    let before = report(&scene.data())["findings"].clone();
    let server = Server::start(&scene.data());
    let taken = answer(&scene.backup(&[("--to", "log"), ("--keys", "keys")]));
    assert_eq!((&taken["log"], &taken["position"]), (&before["log"], &before["end"]));
    server.kill();
    assert_eq!(files(&scene.at("log")), ["backup.json", "log.db", "state.db"]);
    assert_eq!(files(&scene.at("keys")), ["keys.db", "keys.json"]);
    for folder in ["log", "keys"] {
        assert_eq!(answers(&scene.verify(folder)).len(), 1);
        for file in files(&scene.at(folder)) {
            let mode = fs::metadata(scene.at(folder).join(&file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{file} has mode {mode:o}");
        }
    }
    let key = ("--master-key", "data/master.key");
    let restored = answer(&scene.restore("new", &[("--from", "log"), ("--keys", "keys"), key]));
    assert_eq!((&restored["erased_again"], &restored["missing_keys"]), (&json!([]), &json!(0)));
    let after = report(&scene.at("new"))["findings"].clone();
    for what in ["log", "end", "hashed_at", "models", "keys"] {
        assert_eq!(after[what], before[what], "{what}");
    }
    assert_eq!(names(&scene.at("new")), ["Alice", "Bob"]);
}

#[test]
fn without_a_server_it_is_the_same_and_leaves_nothing_beside_the_files() {
    let scene = Scene::with(&["Alice"]);
    let before = files(&scene.data());
    let taken = scene.backup(&[("--to", "both"), ("--keys", "both"), ("--with-master-key", "")]);
    answer(&taken);
    assert!(
        words(&taken).contains("lies with the log's") && words(&taken).contains("master key lies with it"),
        "{}",
        words(&taken)
    );
    assert_eq!(files(&scene.data()), before);
    assert_eq!(answers(&scene.verify("both")).len(), 2);
    answer(&scene.restore("new", &[("--from", "both")]));
    assert_eq!(names(&scene.at("new")), ["Alice"]);
}

#[test]
fn what_was_erased_by_the_time_of_the_log_stays_erased_with_older_keys() {
    let scene = Scene::with(&["Alice", "Bob"]);
    let alice = answers(&on(&scene.data(), &["account", "list"]))
        .into_iter()
        .find(|account| account["name"] == "Alice")
        .unwrap()["id"]
        .clone();
    answer(&scene.backup(&[("--keys", "keys")]));
    assert_eq!(files(&scene.at("keys")), ["keys.db", "keys.json"]);
    answer(&on(&scene.data(), &["account", "erase", &alice.to_string(), "--yes"]));
    let taken = scene.backup(&[("--to", "log")]);
    answer(&taken);
    assert!(words(&taken).contains("the keys are not in this backup"), "{}", words(&taken));
    let from = [("--from", "log"), ("--keys", "keys"), ("--master-key", "data/master.key")];
    let restored = answer(&scene.restore("new", &from));
    assert_eq!(restored["erased_again"], json!([alice]));
    assert_eq!(
        (&restored["to_erase"], names(&scene.at("new"))),
        (&json!([]), vec![json!("Bob"), Value::Null])
    );
    assert_eq!(report(&scene.at("new"))["findings"]["keys"]["missing"], 0);
    let bare = scene.restore("bare", &[("--from", "log")]);
    assert_eq!(answer(&bare)["to_erase"], json!([alice]), "there were no keys to erase it in");
    assert!(
        words(&bare).contains("account erase") && words(&bare).contains("end devices"),
        "{}",
        words(&bare)
    );
}

#[test]
fn keys_that_are_older_than_the_log_are_accepted_only_when_asked() {
    let scene = Scene::with(&["Alice"]);
    answer(&scene.backup(&[("--keys", "keys")]));
    answer(&on(&scene.data(), &["account", "create", "Bob"]));
    answer(&scene.backup(&[("--to", "log")]));
    let from = [("--from", "log"), ("--keys", "keys"), ("--master-key", "data/master.key")];
    assert_refused(&scene.restore("new", &from), "1 accounts have no key in this copy");
    assert_eq!(files(scene.0.path()), ["data", "keys", "log"], "nothing is left of it");
    let anyway = [from[0], from[1], from[2], ("--accept-missing-keys", "")];
    assert_eq!(answer(&scene.restore("new", &anyway))["missing_keys"], 1);
    assert_eq!(names(&scene.at("new")), [json!("Alice"), Value::Null]);
}

#[test]
fn keys_of_another_installation_do_not_fit() {
    let (scene, other) = (Scene::with(&["Alice"]), Scene::with(&["Bob"]));
    answer(&scene.backup(&[("--to", "log"), ("--keys", "keys")]));
    answer(&other.backup(&[("--keys", "keys")]));
    fs::rename(other.at("keys"), scene.at("others")).unwrap();
    fs::rename(other.at("data/master.key"), scene.at("others.key")).unwrap();
    let refused = scene.restore("new", &[("--from", "log"), ("--keys", "others")]);
    assert_refused(&refused, "do not belong together");
    let refused = scene.restore("new", &[("--from", "log"), ("--keys", "keys"), ("--master-key", "others.key")]);
    assert_refused(&refused, "not the master key");
    assert!(!scene.at("new").exists());
}

#[test]
fn what_was_changed_since_is_refused() {
    let scene = Scene::with(&["Alice"]);
    answer(&scene.backup(&[("--to", "log"), ("--keys", "keys")]));
    for name in ["log/log.db", "log/state.db", "keys/keys.db"] {
        let file = scene.at(name);
        let whole = fs::read(&file).unwrap();
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&file, &bytes).unwrap();
        let says = format!("{} is not what was backed up", file.display());
        assert_refused(&scene.verify(name.split('/').next().unwrap()), &says);
        assert_refused(&scene.restore("new", &[("--from", "log"), ("--keys", "keys")]), &says);
        fs::write(&file, &whole[..middle]).unwrap();
        assert_refused(&scene.restore("new", &[("--from", "log"), ("--keys", "keys")]), &says);
        fs::write(&file, &whole).unwrap();
    }
    assert_eq!(files(scene.0.path()), ["data", "keys", "log"]);
    answer(&scene.restore("new", &[("--from", "log"), ("--keys", "keys")]));
}

/// `heliograph backup`, which may write no file beyond 4 KiB; told so by a signal that ends it, or else by an error.
fn limited(scene: &Scene, signal: &str) -> Output {
    let script = format!("trap {signal} XFSZ; ulimit -c 0; ulimit -f 8; exec \"$@\"");
    let mut backup = Command::new("sh");
    backup.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_heliograph"), "backup", "--to"]);
    backup.arg(scene.at("log")).arg("--data").arg(scene.data()).output().unwrap()
}

#[test]
fn a_backup_that_was_killed_is_none_and_says_so() {
    let scene = Scene::with(&["Alice"]);
    let server = Server::start(&scene.data());
    let killed = limited(&scene, "-");
    assert_eq!(killed.status.code(), None, "{}", words(&killed));
    assert!(files(&scene.at("log")).contains(&"unfinished".to_owned()));
    assert_refused(&scene.verify("log"), "no finished backup");
    assert_refused(&scene.restore("new", &[("--from", "log")]), "no finished backup");
    assert_refused(&scene.backup(&[("--to", "log")]), "was interrupted");
    fs::remove_dir_all(scene.at("log")).unwrap();
    answer(&scene.backup(&[("--to", "log")]));
    server.kill();
}

#[test]
fn a_backup_that_finds_no_room_leaves_nothing_behind() {
    let scene = Scene::with(&["Alice"]);
    let server = Server::start(&scene.data());
    let full = limited(&scene, "''");
    assert_refused(&full, "what was written of it was removed");
    assert!(!scene.at("log").exists());
    answer(&scene.backup(&[("--to", "log")]));
    server.kill();
}

#[test]
fn nothing_is_written_over() {
    let scene = Scene::with(&["Alice"]);
    answer(&scene.backup(&[("--to", "log"), ("--keys", "keys")]));
    assert_refused(&scene.backup(&[("--to", "log")]), "holds a backup already");
    assert_refused(&scene.backup(&[("--to", "new"), ("--keys", "keys")]), "holds a backup already");
    assert_refused(&scene.backup(&[("--to", "data/backup")]), "is in the data folder");
    assert_refused(&scene.restore("data", &[("--from", "log"), ("--keys", "keys")]), "is not empty");
    assert_refused(&scene.run("backup", "daat", &[("--to", "new")]), "daat holds no installation");
    assert_eq!(files(scene.0.path()), ["data", "keys", "log"]);
    assert_eq!(scene.backup(&[]).status.code(), Some(2));
    let mut elsewhere = heliograph(&["backup", "--nats", "nats://127.0.0.1:1", "--to"]);
    let refused = elsewhere.arg(scene.at("new")).arg("--data").arg(scene.data()).output().unwrap();
    assert_refused(&refused, "nats stream backup heliograph");
}
