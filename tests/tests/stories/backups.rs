//! A backup is taken while people talk: it is a moment of their past of which nothing is missing, and from it they go on.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use heliograph_tests::client::view::View;
use heliograph_tests::launch::binary;
use heliograph_tests::world::direct;
use heliograph_tests::{Device, World};
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

/// What is said at least before the backup, and again after it.
const SAID: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_running_server_is_a_moment_of_its_past() {
    let mut world = World::embedded().await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let stop = CancellationToken::new();
    let talking = tokio::spawn(talk(alice.phone.clone(), chat.clone(), stop.clone()));
    let said = |view: &View| view.texts(&chat).len();
    bob.laptop.comes_to_know("they talk", |view| said(view) >= SAID).await;
    bob.laptop.offline().await;

    let place = tempfile::tempdir().expect("a folder can be made");
    let at = |name: &str| place.path().join(name).display().to_string();
    let (log, keys, new) = (at("log"), at("keys"), at("new"));
    let data = world.server.folder().display().to_string();
    let taken = tool(&["backup", "--to", &log, "--keys", &keys, "--data", &data]).await;
    let position = taken["position"].as_i64().expect("the log is not empty");

    let before = bob.phone.knows(said);
    bob.phone.comes_to_know("they talk on", |view| said(view) >= before + SAID).await;
    stop.cancel();
    let all = talking.await.expect("talking does not panic");
    bob.phone.hears(all.last().expect("much was said")).await;
    let devices = [&alice.phone, &alice.laptop, &bob.phone];
    for device in devices {
        device.hears(all.last().expect("much was said")).await;
        device.offline().await;
    }
    world.server.stop().await;

    let master = world.server.folder().join("master.key").display().to_string();
    tool(&["restore", "--from", &log, "--keys", &keys, "--master-key", &master, "--data", &new]).await;
    let restored = examined(&new).await;
    assert_eq!(restored["end"], position);
    let past = at("past");
    copy(world.server.folder(), Path::new(&past));
    cut(Path::new(&past), position).await;
    let expected = examined(&past).await;
    for what in ["log", "end", "hashed_at", "models", "keys"] {
        assert_eq!(restored[what], expected[what], "{what}");
    }

    // The tools of those who talk keep the operator's token.
    let secret = world.server.folder().join("admin.token");
    fs::copy(&secret, place.path().join("new/admin.token")).expect("a copy");
    fs::remove_dir_all(world.server.folder()).expect("it goes");
    fs::rename(&new, world.server.folder()).expect("it comes");
    world.server.go_on().await;
    for device in devices {
        device.online();
    }
    alice.phone.comes_to_know("it starts anew", |view| view.resyncs == 1).await;
    alice.phone.send(&chat, "anew").await;
    bob.laptop.online();
    for device in devices.into_iter().chain([&bob.laptop]) {
        device.hears("anew").await;
        let texts = device.knows(|view| view.texts(&chat).into_iter().map(str::to_owned).collect::<Vec<_>>());
        let (anew, kept) = texts.split_last().expect("it heard something");
        assert!(
            anew == "anew" && kept.len() >= SAID && kept.len() < all.len(),
            "{device}: {}",
            kept.len()
        );
        assert_eq!(kept, &all[..kept.len()], "{device}");
    }
    assert_eq!(bob.laptop.knows(|view| view.resyncs), 0, "what it had is in the backup: it goes on");
    world.finish().await;
}

/// Says one thing after the other until told to stop; gives all of it.
async fn talk(device: Device, chat: String, stop: CancellationToken) -> Vec<String> {
    let mut said = Vec::new();
    while !stop.is_cancelled() {
        let text = format!("said {}", said.len() + 1);
        device.send(&chat, &text).await;
        said.push(text);
    }
    said
}

/// Runs a tool; gives its answer.
async fn tool(arguments: &[&str]) -> Value {
    let run = Command::new(binary()).args(arguments).stdin(Stdio::null()).output().await;
    let run = run.expect("the program can be started");
    assert!(run.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).expect("it answers in JSON")
}

/// What the doctor finds.
async fn examined(folder: &str) -> Value {
    tool(&["doctor", "--json", "--data", folder]).await["findings"].take()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder can be made");
    for name in ["log.db", "keys.db", "master.key"] {
        fs::copy(from.join(name), to.join(name)).expect("a copy");
    }
}

/// As if nothing had happened behind a position.
async fn cut(folder: &Path, position: i64) {
    let log = SqliteConnectOptions::new().filename(folder.join("log.db"));
    let mut log = log.connect().await.expect("a log");
    let cut = sqlx::query("delete from commits where position > $1").bind(position);
    let gone = cut.execute(&mut log).await.expect("it is cut").rows_affected();
    log.close().await.expect("it is closed");
    assert!(gone > 0, "people talked on");
}
