//! Chats from elsewhere, imported by the program and through the door.

use std::path::Path;
use std::process::Stdio;

use heliograph_tests::launch::binary;
use heliograph_tests::{Client, World, story};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;
use uuid::Uuid;

const LOG: &str = "=== bob [~b@h]  has joined #town
[23:58] <alice> is anybody here?
[23:59] <bob> I am
=== bob is now known as robert
[00:01]  * robert waves
[00:02] <alice> 
nonsense
[00:03] <alice> bye
=== alice [~a@h]  has left #town []
";

async fn import(world: &World, arguments: &[&str], file: &Path) -> (bool, Value, String) {
    let mut command = Command::new(binary());
    command
        .arg("import")
        .args(arguments)
        .arg(file)
        .arg("--json")
        .arg("--data")
        .arg(world.server.folder());
    let output = command.stdin(Stdio::null()).output().await.expect("the program can be started");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    (
        output.status.success(),
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
        words,
    )
}

/// A device of whoever has this name.
async fn device_of(world: &World, name: &str) -> Client {
    let now = world.now().await;
    let accounts = world.admin.get("/v1/accounts?limit=200").at(&now).await.accepted();
    let accounts = accounts["accounts"].as_array().expect("a list").clone();
    let found = accounts.iter().find(|account| account["name"] == name);
    let account = &found.unwrap_or_else(|| panic!("nobody is called {name}: {accounts:?}"))["id"];
    let path = format!("/v1/accounts/{account}/devices");
    let device = world.admin.post(path, &json!({"name": "reader"})).await.accepted();
    world.admin.with_token(device["token"].as_str().expect("a token"))
}

/// What a chat of this title says, as a member reads it.
async fn messages(world: &World, reader: &Client, title: &str) -> Vec<Value> {
    let now = world.now().await;
    let chats = reader.get("/v1/chats").at(&now).await.accepted();
    let chats = chats["chats"].as_array().expect("a list").clone();
    let chat = chats.iter().find(|chat| chat["title"] == title).expect("the chat is listed");
    let path = format!("/v1/chats/{}/messages?after=0&limit=200", chat["id"].as_str().expect("an id"));
    reader.get(path).at(&now).await.accepted()["messages"]
        .as_array()
        .expect("a list")
        .clone()
}

story!(a_log_is_imported_once_however_often_it_is_imported, |world| {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("1999-12-31.raw.txt");
    std::fs::write(&file, LOG).expect("a file can be written");
    std::fs::write(folder.path().join("1999-12-31.annotation.txt"), "1 2 -\n").expect("a file can be written");
    let (done, summary, words) = import(world, &["irc"], &file).await;
    assert!(done, "{words}");
    assert_eq!(
        (&summary["messages"], &summary["accounts"], &summary["chats"]),
        (&json!(4), &json!(2), &json!(1)),
        "{summary}"
    );
    assert_eq!(summary["skipped"], json!({"empty text": 1, "line that is none of a log": 1}));
    let robert = device_of(world, "robert").await;
    let told = messages(world, &robert, "1999-12-31").await;
    let texts: Vec<_> = told.iter().map(|message| message["text"].as_str().unwrap_or_default()).collect();
    assert_eq!(texts, ["is anybody here?", "I am", "/me waves", "bye"]);
    let midnight = 946_684_800_000_000_i64;
    let times: Vec<_> = told
        .iter()
        .map(|message| (message["sent_at"].as_i64().unwrap_or_default() - midnight) / 60_000_000)
        .collect();
    assert_eq!(times, [-2, -1, 1, 3]);
    assert_eq!(told[1]["reply_to"], told[0]["id"]);
    world.crash().await;
    let (done, again, words) = import(world, &["irc"], &file).await;
    assert!(done, "{words}");
    assert_eq!(
        (&again["messages"], &again["accounts"], &again["messages_before"]),
        (&json!(0), &json!(0), &json!(4)),
        "{again}"
    );
    assert_eq!(messages(world, &robert, "1999-12-31").await, told);
    std::fs::write(&file, format!("{LOG}[00:09] <robert> a line more\n")).expect("a file can be written");
    let (done, longer, words) = import(world, &["irc"], &file).await;
    assert!(done && longer["messages"] == 1, "{longer} {words}");
    assert_eq!(messages(world, &robert, "1999-12-31").await.len(), 5);
});

story!(an_export_of_telegram_is_imported_and_its_people_read_on, |world| {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/telegram/result.json");
    let (done, summary, words) = import(world, &["telegram"], &file).await;
    assert!(done, "{words}");
    assert_eq!((&summary["messages"], &summary["chats"]), (&json!(10), &json!(3)), "{summary}");
    let alice = device_of(world, "Alice Ash").await;
    let told = messages(world, &alice, "Hiking 🥾").await;
    assert_eq!(told.len(), 7, "{told:?}");
    assert_eq!(told[3]["reply_to"], told[1]["id"]);
    let (done, again, words) = import(world, &["telegram"], &file).await;
    assert!(done && again["messages"] == 0 && again["messages_before"] == 10, "{again} {words}");
});

story!(what_can_not_be_read_is_refused_and_leaves_nothing, |world| {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let cut = folder.path().join("2001-01-01.raw.txt.gz");
    // The head of a compressed file.
    std::fs::write(&cut, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b]).expect("a file can be written");
    let (done, summary, words) = import(world, &["irc"], &cut).await;
    assert!(!done && words.contains("nothing of it was imported"), "{words}");
    assert_eq!((&summary["messages"], &summary["accounts"]), (&json!(0), &json!(0)));
    let export = folder.path().join("result.json");
    std::fs::write(&export, "{\"chats\":").expect("a file can be written");
    let (done, _, words) = import(world, &["telegram"], &export).await;
    assert!(!done && words.contains("nothing was imported"), "{words}");
});

story!(an_import_acts_for_those_it_tells_of_and_for_nobody_else, |world| {
    let alice = world.person("Alice").await;
    let register = json!({"id": Uuid::from_u128(1), "at": 1_000_000, "do": {"register": {"name": "old friend"}}});
    let call = |lines: Vec<Value>| world.admin.call(Method::POST, "/v1/admin/import").lines(&lines);
    let friend = call(vec![register.clone()]).await;
    let friend: Value = serde_json::from_str(&friend.text).expect("one outcome");
    let by = &friend["account"];
    let created = call(vec![
        json!({"id": Uuid::from_u128(2), "at": 1_000_000, "by": by, "do": {"create": {"title": "old times"}}}),
    ])
    .await;
    let created: Value = serde_json::from_str(&created.text).expect("one outcome");
    let chat = &created["chat"];
    let lines = vec![
        json!({"id": Uuid::from_u128(3), "at": 2_000_000, "by": by, "chat": chat, "do": {"send": {"text": "remember?"}}}),
        json!({"id": Uuid::from_u128(4), "at": 3_000_000, "by": alice.account, "chat": chat, "do": {"send": {"text": "not in it"}}}),
        json!({"id": Uuid::from_u128(5), "at": 3_000_000, "by": alice.account, "chat": chat, "do": "join"}),
        json!({"id": Uuid::from_u128(6), "at": 4_000_000, "by": alice.account, "chat": chat, "do": {"send": {"text": "I do", "reply_to": Uuid::from_u128(3)}}}),
        json!({"id": Uuid::from_u128(7), "at": i64::MAX, "by": by, "chat": chat, "do": "leave"}),
        json!({"id": "nonsense"}),
        json!({"id": Uuid::from_u128(8), "by": by, "chat": chat, "do": "leave"}),
    ];
    let answer = call(lines).await;
    let outcomes: Vec<Value> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).expect("an outcome"))
        .collect();
    let codes: Vec<_> = outcomes.iter().map(|outcome| outcome["error"]["code"].as_str()).collect();
    let expected = [
        None,
        Some("chat_not_found"),
        None,
        None,
        Some("invalid_request"),
        Some("invalid_request"),
    ];
    assert_eq!(
        codes, expected,
        "nothing is begun behind a line that can't be read: {}",
        answer.text
    );
    alice.hears("I do").await;
    alice
        .phone
        .client
        .call(Method::POST, "/v1/admin/import")
        .lines(&[register])
        .await
        .refused("forbidden");
    world
        .admin
        .post("/v1/admin/import", &json!({}))
        .await
        .refused("unsupported_media_type");
});
