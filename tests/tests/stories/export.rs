//! An account takes away what the server holds of it.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use heliograph_tests::world::{direct, group};
use heliograph_tests::{Device, story};
use serde_json::Value;
use zip::ZipArchive;

/// The files of an export by name, each as its lines' or its own JSON.
async fn exported(device: &Device) -> BTreeMap<String, Vec<Value>> {
    let (status, bytes) = device.client.get("/v1/me/export").bytes().await.expect("a whole answer");
    assert!(status.is_success(), "{status}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).expect("a file");
        let name = file.name().expect("a name").into_owned();
        let mut text = String::new();
        file.read_to_string(&mut text).expect("a text");
        let read = serde_json::Deserializer::from_str(&text)
            .into_iter()
            .collect::<Result<Vec<Value>, _>>();
        files.insert(name, read.expect("JSON"));
    }
    files
}

fn texts(messages: &[Value]) -> Vec<&str> {
    messages.iter().filter_map(|message| message["text"].as_str()).collect()
}

story!(an_account_takes_away_what_the_server_holds_of_it, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let (dm, hikers) = (direct(&alice.phone, &bob).await, group(&bob.phone, "Hikers", &[&alice]).await);
    let left = group(&bob.phone, "Left", &[&alice]).await;
    alice.phone.send(&dm, "hello Bob").await;
    bob.phone.send(&dm, "hello Alice").await;
    let edited = alice.phone.send(&hikers, "to be edited").await;
    alice.phone.edit(&hikers, edited, "edited").await.accepted();
    let deleted = bob.phone.send(&hikers, "to be deleted").await;
    bob.phone.delete(&hikers, deleted).await.accepted();
    alice.phone.send(&left, "goodbye").await;
    bob.phone.send(&left, "not hers to take").await;
    let path = format!("/v1/chats/{left}/leave");
    alice.phone.client.post(path, &serde_json::json!({})).await.accepted();
    bob.phone.send(&left, "said behind her back").await;

    let files = exported(&alice.laptop).await;

    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let (of_dm, of_hikers) = (format!("messages/{dm}.ndjson"), format!("messages/{hikers}.ndjson"));
    let own = format!("own-messages/{left}.ndjson");
    for name in [
        "account.json",
        "devices.json",
        "contacts.json",
        "blocks.json",
        "privacy.json",
        "chats.json",
        &of_dm,
        &of_hikers,
        &own,
    ] {
        assert!(names.contains(&name), "no {name} among {names:?}");
    }
    let account = &files["account.json"][0];
    assert_eq!(
        (&account["account"]["name"], &account["account"]["id"]),
        (&"Alice".into(), &alice.account.into())
    );
    assert!(account["position"].as_i64() > Some(0), "{account}");
    let devices = files["devices.json"][0].as_array().expect("a list");
    assert_eq!(
        devices.iter().map(|device| &device["name"]).collect::<Vec<_>>(),
        ["phone", "laptop"]
    );
    let chats = files["chats.json"][0].as_array().expect("a list");
    assert_eq!(chats.len(), 2, "{chats:?}");
    assert_eq!(texts(&files[&of_dm]), ["hello Bob", "hello Alice"]);
    assert_eq!(texts(&files[&of_hikers]), ["edited"]);
    assert_eq!(texts(&files[&own]), ["goodbye"]);
    let all = format!("{files:?}");
    for hidden in ["to be deleted", "not hers to take", "behind her back", &alice.phone.client.token] {
        assert!(!all.contains(hidden), "{hidden}: {all}");
    }
});

story!(what_is_long_is_exported_whole, |world| {
    let alice = world.person("Alice").await;
    let saved = direct(&alice.phone, &alice).await;
    let line = |number: usize| format!("{number} {}", "long ".repeat(200));
    for hundred in 0..6 {
        let hundred = (0..100).map(async |number| alice.phone.send(&saved, &line(hundred * 100 + number)).await);
        futures::future::join_all(hundred).await;
    }
    let files = exported(&alice.phone).await;
    let messages = &files[&format!("messages/{saved}.ndjson")];
    let ids: Vec<Option<i64>> = messages.iter().map(|message| message["id"].as_i64()).collect();
    assert_eq!(ids, (1..=600).map(Some).collect::<Vec<_>>());
    // One after the other, as often as one likes.
    assert_eq!(exported(&alice.laptop).await[&format!("messages/{saved}.ndjson")].len(), 600);
});

story!(only_accounts_export_themselves, |world| {
    let alice = world.person("Alice").await;
    world.admin.get("/v1/me/export").await.refused("forbidden");
    alice
        .phone
        .client
        .with_token("nobody")
        .get("/v1/me/export")
        .await
        .refused("unauthorized");
});
