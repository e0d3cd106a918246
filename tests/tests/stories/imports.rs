//! Chats from elsewhere, imported by the program and through the door.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use heliograph_tests::deadline::eventually;
use heliograph_tests::launch::binary;
use heliograph_tests::{Client, World, story};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;
use uuid::Uuid;

pub(super) const LOG: &str = "=== bob [~b@h]  has joined #town
[23:58] <alice> is anybody here?
[23:59] <bob> I am
=== bob is now known as robert
[00:01]  * robert waves
[00:02] <alice> 
nonsense
[00:03] <alice> bye
=== alice [~a@h]  has left #town []
";

/// The program, told to import.
fn importing(world: &World, source: &str, files: &[&Path]) -> Command {
    let mut command = Command::new(binary());
    command.args(["import", source]).args(files);
    command.args(["--json", "--data"]).arg(world.server.folder()).stdin(Stdio::null());
    command
}

/// Imports: whether it was done, the summary, and what else the program said.
pub(super) async fn import(world: &World, source: &str, files: &[&Path]) -> (bool, Value, String) {
    let output = importing(world, source, files).output().await.expect("the program can be started");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    (
        output.status.success(),
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
        words,
    )
}

/// A device of whoever has this name.
pub(super) async fn device_of(world: &World, name: &str) -> Client {
    let now = world.now().await;
    let accounts = world.admin.get("/v1/accounts?limit=200").at(&now).await.accepted();
    let accounts = accounts["accounts"].as_array().expect("a list").clone();
    let found = accounts.iter().find(|account| account["name"] == name);
    let account = &found.unwrap_or_else(|| panic!("nobody is called {name}: {accounts:?}"))["id"];
    let path = format!("/v1/accounts/{account}/devices");
    let device = world.admin.post(path, &json!({"name": "reader"})).await.accepted();
    world.admin.with_token(device["token"].as_str().expect("a token"))
}

/// A chat of this title, as a member sees it.
async fn chat_of(world: &World, reader: &Client, title: &str) -> Value {
    let chats = reader.get("/v1/chats").at(&world.now().await).await.accepted();
    let chats = chats["chats"].as_array().expect("a list").clone();
    chats.into_iter().find(|chat| chat["title"] == title).expect("the chat is listed")
}

/// What it says, as a member reads it.
pub(super) async fn messages(world: &World, reader: &Client, title: &str) -> Vec<Value> {
    let chat = chat_of(world, reader, title).await;
    let path = format!("/v1/chats/{}/messages?limit=200&after=", chat["id"].as_str().expect("an id"));
    let mut all: Vec<Value> = Vec::new();
    loop {
        let last = all.last().map_or(0, |message| message["id"].as_i64().expect("a number"));
        let page = reader.get(format!("{path}{last}")).await.accepted();
        let page = page["messages"].as_array().expect("a list");
        if page.is_empty() {
            return all;
        }
        all.extend(page.iter().cloned());
    }
}

story!(a_log_is_imported_once_however_often_it_is_imported, |world| {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("1999-12-31.raw.txt");
    std::fs::write(&file, LOG).expect("a file can be written");
    std::fs::write(folder.path().join("1999-12-31.annotation.txt"), "1 2 -\n").expect("a file can be written");
    let (done, summary, words) = import(world, "irc", &[&file]).await;
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
    let (done, again, words) = import(world, "irc", &[&file]).await;
    assert!(done, "{words}");
    assert_eq!(
        (&again["messages"], &again["accounts"], &again["messages_before"]),
        (&json!(0), &json!(0), &json!(4)),
        "{again}"
    );
    assert_eq!(messages(world, &robert, "1999-12-31").await, told);
    std::fs::write(&file, format!("{LOG}[00:09] <robert> a line more\n")).expect("a file can be written");
    let (done, longer, words) = import(world, "irc", &[&file]).await;
    assert!(done && longer["messages"] == 1, "{longer} {words}");
    assert_eq!(messages(world, &robert, "1999-12-31").await.len(), 5);
    let key = format!("/v1/accounts/{}/key", told[0]["from"]);
    assert_eq!(world.admin.delete(key).await.status, 204);
    let (done, erased, words) = import(world, "irc", &[&file]).await;
    assert!(
        done && erased["messages"] == 0,
        "what was erased does not come back: {erased} {words}"
    );
});

/// Who speaks in turn in a long log, and how many lines it has.
const NICKS: [&str; 5] = ["ann", "ben", "cleo", "dan", "eve"];
const LINES: usize = 3_000;

fn long_log() -> String {
    let line = |number: usize| {
        format!(
            "[{:02}:{:02}] <{}> line {number}\n",
            number / 60 % 24,
            number % 60,
            NICKS[number % NICKS.len()]
        )
    };
    (0..LINES).map(line).collect()
}

/// All facts of a type, from the log itself.
pub(super) async fn facts(world: &World, of: &str) -> Vec<Value> {
    let answer = world.admin.get(format!("/v1/events?content=true&type={of}")).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a fact"))
        .collect()
}

story!(an_import_that_was_killed_halfway_goes_on_and_doubles_nothing, |world| {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let days = ["1999-12-30", "1999-12-31"];
    let files: [PathBuf; 2] = days.map(|day| folder.path().join(format!("{day}.raw.txt")));
    for file in &files {
        std::fs::write(file, long_log()).expect("a file can be written");
    }
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    // First the import alone, then the server under it, too.
    for (sent, with_the_server) in [(LINES / 2, false), (LINES, true)] {
        let mut killed = importing(world, "irc", &files).spawn().expect("the program can be started");
        let so_much = async || (facts(world, "chat.message_sent").await.len() >= sent).then_some(());
        eventually("a part is imported", so_much).await;
        if with_the_server {
            world.server.kill().await;
        }
        killed.kill().await.expect("it can be killed");
        if with_the_server {
            world.server.go_on().await;
        }
    }
    let (done, summary, words) = import(world, "irc", &files).await;
    assert!(done, "{words}");
    let sum = |one: &str, other: &str| summary[one].as_u64().unwrap_or_default() + summary[other].as_u64().unwrap_or_default();
    assert_eq!(sum("messages", "messages_before"), 2 * LINES as u64, "{summary}");
    let imported = |facts: Vec<Value>| facts.iter().filter(|fact| fact["by"]["service"] == "import").count();
    for (of, count) in [
        ("account.registered", NICKS.len()),
        ("chat.created", 2),
        ("chat.member_added", 2 * (NICKS.len() - 1)),
        ("chat.message_sent", 2 * LINES),
    ] {
        assert_eq!(imported(facts(world, of).await), count, "{of}");
    }
    let ann = device_of(world, "ann").await;
    for day in days {
        let told = messages(world, &ann, day).await;
        let in_order = told
            .iter()
            .enumerate()
            .all(|(number, message)| message["text"] == format!("line {number}"));
        assert!(in_order && told.len() == LINES, "{day}: {} messages", told.len());
        let unread = &chat_of(world, &ann, day).await["unread"];
        assert_eq!(*unread, json!(NICKS.len() - 1), "what was said since ann last spoke");
    }
});

story!(an_export_of_telegram_is_imported_and_its_people_read_on, |world| {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/telegram/result.json");
    let (done, summary, words) = import(world, "telegram", &[&file]).await;
    assert!(done, "{words}");
    assert_eq!((&summary["messages"], &summary["chats"]), (&json!(10), &json!(3)), "{summary}");
    let alice = device_of(world, "Alice Ash").await;
    let told = messages(world, &alice, "Hiking 🥾").await;
    assert_eq!(told.len(), 7, "{told:?}");
    assert_eq!(told[3]["reply_to"], told[1]["id"]);
    let (done, again, words) = import(world, "telegram", &[&file]).await;
    assert!(done && again["messages"] == 0 && again["messages_before"] == 10, "{again} {words}");
});

story!(what_was_imported_is_there_as_of_its_import_and_not_as_of_its_sending, |world| {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("1999-12-31.raw.txt");
    std::fs::write(&file, LOG).expect("a file can be written");
    let before = world.now().await;
    let (done, _, words) = import(world, "irc", &[&file]).await;
    assert!(done, "{words}");
    let robert = device_of(world, "robert").await;
    let chat = chat_of(world, &robert, "1999-12-31").await;
    let path = format!("/v1/chats/{}/messages", chat["id"].as_str().expect("an id"));
    let now = world.now().await;
    let live = robert.get(&path).at(&now).await.accepted();
    let then = robert.get(format!("{path}?as_of={now}")).at(&now).await.accepted();
    assert_eq!(then["messages"], live["messages"]);
    for too_early in [&*before, "2000-01-02T00:00:00Z"] {
        let path = format!("{path}?as_of={too_early}");
        robert.get(path).at(&now).await.refused("chat_not_found");
    }
});

story!(a_group_whose_founder_was_erased_keeps_no_other_from_being_imported, |world| {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file can be written");
        path
    };
    let of_bob = file("1999-12-30.raw.txt", "[10:00] <bob> mine\n[10:01] <alice> yours\n");
    let (done, _, words) = import(world, "irc", &[&of_bob]).await;
    assert!(done, "{words}");
    let alice = device_of(world, "alice").await;
    let bob = messages(world, &alice, "1999-12-30").await[0]["from"].clone();
    assert_eq!(world.admin.delete(format!("/v1/accounts/{bob}/key")).await.status, 204);
    let of_alice = file("1999-12-31.raw.txt", "[10:00] <alice> ours\n");
    let (done, summary, words) = import(world, "irc", &[&of_bob, &of_alice]).await;
    assert!(done, "{words}");
    assert_eq!((&summary["messages"], &summary["chats"]), (&json!(1), &json!(1)), "{summary}");
    assert_eq!(
        summary["skipped"]["deed in a chat that could not be created"], 3,
        "two messages and a join: {summary}"
    );
    assert_eq!(messages(world, &alice, "1999-12-31").await[0]["text"], "ours");
});

/// What became of operations.
pub(super) async fn outcomes(world: &World, operations: &[Value]) -> Vec<Value> {
    let answer = world.admin.call(Method::POST, "/v1/admin/import").lines(operations).await;
    let outcomes = answer.text.lines();
    outcomes.map(|line| serde_json::from_str(line).expect("an outcome")).collect()
}

story!(the_ids_that_an_import_gives_stand_nowhere_in_the_log, |world| {
    let given = Uuid::from_u128(1);
    let register = json!({"id": given, "at": 1_000_000, "do": {"register": {"name": "old friend"}}});
    let first = outcomes(world, std::slice::from_ref(&register)).await[0].clone();
    let again = outcomes(world, &[register]).await[0].clone();
    assert_eq!(first["id"], json!(given), "outcomes name it");
    assert_eq!((&again["account"], &again["repeated"]), (&first["account"], &json!(true)));
    let registered = facts(world, "account.registered").await;
    let imported: Vec<_> = registered.iter().filter(|fact| fact["by"]["service"] == "import").collect();
    assert_eq!(imported.len(), 1);
    assert_ne!(imported[0]["command"], json!(given));
});

story!(an_import_tells_nothing_of_those_who_are_not_there, |world| {
    let alice = world.person("Alice").await;
    let nobody = if alice.account == 1 { 2 } else { 1 };
    let pair = format!("dm-{}-{}", alice.account.min(nobody), alice.account.max(nobody));
    let create = json!({"id": Uuid::from_u128(1), "by": alice.account, "do": {"create": {"title": "old times"}}});
    let chat = outcomes(world, &[create]).await[0]["chat"].clone();
    let send = |id: u128, by: i64, chat: &Value| json!({"id": Uuid::from_u128(id), "by": by, "chat": chat, "do": {"send": {"text": "hi"}}});
    let told = outcomes(
        world,
        &[
            send(2, nobody, &chat),
            send(3, alice.account, &json!(pair)),
            send(4, alice.account, &chat),
        ],
    )
    .await;
    let codes: Vec<_> = told.iter().map(|outcome| outcome["error"]["code"].as_str()).collect();
    assert_eq!(codes, [Some("account_not_found"), Some("account_not_found"), None]);
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
