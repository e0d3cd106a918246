//! A key that is lost, not erased: what it closed is told as unreadable, no other key takes its place, and with a copy all is as before.

use std::fs;
use std::path::Path;

use heliograph_tests::story;
use heliograph_tests::world::group;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

story!(what_a_lost_key_closed_is_unreadable_until_a_copy_of_it_comes_back, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "lamps", &[&bob]).await;
    alice.phone.send(&chat, "hello").await;
    bob.hears("hello").await;
    for person in [&alice, &bob] {
        world.retire(person).await;
    }
    world.server.stop().await;
    let keys = world.server.folder().join("keys.db");
    let copy = world.server.beside().join("keys.copy");
    fs::copy(&keys, &copy).expect("after a clean stop one file is all");
    lose(&keys, alice.account).await;
    world.server.go_on().await;

    let history = format!("/v1/chats/{chat}/messages");
    let hello = bob.phone.client.get(&history).await.accepted()["messages"][0].clone();
    assert_eq!((&hello["text"], &hello["unreadable"]), (&Value::Null, &json!(true)), "{hello}");
    assert_eq!(hello.get("erased"), None, "{hello}");
    let told = bob.phone.client.get("/v1/updates?epoch=2&after=0").await.accepted().to_string();
    assert!(told.contains("\"unreadable\":true") && !told.contains("\"erased\""), "{told}");
    alice.phone.try_send(&chat, "lost").await.refused("unavailable");
    bob.phone.send(&chat, "others go on").await;
    world.server.stop().await;

    fs::copy(&copy, &keys).expect("it can be put back");
    world.server.go_on().await;
    alice.phone.send(&chat, "here again").await;
    let now = world.now().await;
    let messages = bob.phone.client.get(&history).at(&now).await.accepted();
    let texts: Vec<_> = messages["messages"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|message| &message["text"])
        .collect();
    assert_eq!(texts, ["hello", "others go on", "here again"]);
});

/// As a copy of the keys from before the account came into being.
async fn lose(keys: &Path, account: i64) {
    let mut keys = SqliteConnectOptions::new().filename(keys).connect().await.expect("a database");
    let lost = sqlx::query("delete from account_keys where account = $1").bind(account);
    let lost = lost.execute(&mut keys).await.expect("it can be written");
    assert_eq!(lost.rows_affected(), 1);
    keys.close().await.expect("it can be closed");
}
