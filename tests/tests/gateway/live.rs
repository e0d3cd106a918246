//! People talk: every device is told everything, once, in order.

use anyhow::Result;
use serde_json::json;

use super::client::{texts, types};
use super::server::Server;

#[tokio::test]
async fn a_message_reaches_every_device_of_both_and_only_the_sending_one_is_told_the_command() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    let alices_phone = server.admin.device_of(alice.account).await?;
    let bob = server.person("Bob").await?;
    let chat = alice.post("/v1/chats/direct", json!({ "account": bob.account })).await?.good()?["chat"]["id"].clone();
    let (mut laptop, mut phone, mut bobs) = (alice.online(None).await?, alices_phone.online(None).await?, bob.online(None).await?);

    let done = laptop.command(json!({ "type": "send", "chat": chat, "text": "hello Bob" })).await?;
    assert_eq!(done["result"]["message"], 1, "{done}");

    for (socket, own) in [(&mut laptop, true), (&mut phone, false), (&mut bobs, false)] {
        let updates = socket.next(2).await?;
        assert_eq!(types(&updates), ["chat_created", "message_sent"]);
        assert_eq!(texts(&updates), ["hello Bob"]);
        assert_eq!(updates[1]["message"]["from"], alice.account);
        assert_eq!(updates[1].get("command").is_some(), own, "{}", updates[1]);
        assert!(!own || updates[1]["command"] == done["id"]);
    }
    let seen = bob
        .get_at(&format!("/v1/chats/{}", chat.as_str().unwrap()), done["position"].as_str().unwrap())
        .await?
        .good()?;
    assert_eq!(
        (seen["chat"]["unread"].as_i64(), seen["chat"]["last"]["text"].as_str()),
        (Some(1), Some("hello Bob"))
    );
    assert_eq!(seen["chat"]["peer"], alice.account);
    Ok(())
}

#[tokio::test]
async fn what_a_session_pipelines_into_one_chat_keeps_its_order() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let (mut sender, mut receiver) = (alice.online(None).await?, bob.online(None).await?);
    for number in 0..200 {
        let id = heliograph_tests::chance::command_id();
        sender
            .send(&json!({ "type": "send", "id": id, "chat": chat, "text": number.to_string() }))
            .await?;
    }
    for _ in 0..200 {
        assert_eq!(sender.answer().await?["type"], "done");
    }
    let mut updates = receiver.next(1).await?;
    if types(&updates) == ["chat_created"] {
        updates.clear();
    }
    let missing = 200 - updates.len();
    updates.extend(receiver.next(missing).await?);
    let expected: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    assert_eq!(texts(&updates), expected);
    Ok(())
}

#[tokio::test]
async fn edits_deletions_and_read_marks_are_told_and_counted() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let (mut a, mut b) = (alice.online(Some(0)).await?, bob.online(Some(0)).await?);
    assert_eq!(types(&a.next(1).await?), ["chat_created"]);
    assert_eq!(types(&b.next(1).await?), ["chat_created"]);
    for text in ["one", "two", "three"] {
        a.command(json!({ "type": "send", "chat": chat, "text": text })).await?;
    }
    let edited = a
        .command(json!({ "type": "edit", "chat": chat, "message": 1, "text": "uno" }))
        .await?;
    assert_eq!(edited["result"]["message"], 1, "{edited}");
    let deleted = a.command(json!({ "type": "delete", "chat": chat, "messages": [2] })).await?;
    assert_eq!(deleted["result"]["messages"], json!([2]), "{deleted}");
    let updates = b.next(5).await?;
    assert_eq!(
        types(&updates),
        ["message_sent", "message_sent", "message_sent", "message_edited", "messages_deleted"]
    );
    assert_eq!(updates[3]["message"]["text"], "uno");
    assert!(updates[3]["message"]["edited_at"].is_i64());

    let unread = async |position: &serde_json::Value| -> Result<i64> {
        let seen = bob.get_at(&format!("/v1/chats/{chat}"), position.as_str().unwrap()).await?.good()?;
        Ok(seen["chat"]["unread"].as_i64().unwrap())
    };
    assert_eq!(unread(&deleted["position"]).await?, 2);
    let read = b.command(json!({ "type": "read", "chat": chat, "up_to": 1 })).await?;
    assert_eq!(read["result"]["up_to"], 1, "{read}");
    assert_eq!(unread(&read["position"]).await?, 1);
    assert_eq!(types(&b.next(1).await?), ["chat_read"]);
    let again = a.command(json!({ "type": "delete", "chat": chat, "messages": [2] })).await?;
    assert_eq!(again["result"], json!({ "messages": [] }), "{again}");
    let early = b.command(json!({ "type": "read", "chat": chat, "up_to": 9 })).await?;
    assert_eq!(early["error"]["code"], "not_sent_yet");
    Ok(())
}

#[tokio::test]
async fn a_command_sent_again_acts_once_and_another_with_its_id_is_refused() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let path = format!("/v1/chats/{chat}/messages");
    let key = heliograph_tests::chance::command_id().to_string();
    let send = |text: &str| {
        let request = alice.request(reqwest::Method::POST, &path).header("idempotency-key", &key);
        super::client::answer(request.json(&json!({ "text": text })))
    };
    let first = send("once").await?;
    assert_eq!(first.status, 201);
    let again = send("once").await?;
    assert_eq!(
        (again.status, &again.body, &again.position),
        (first.status, &first.body, &first.position)
    );
    assert_eq!(send("twice").await?.code(), "command_id_reused");
    let shouted = alice
        .request(reqwest::Method::POST, &path)
        .header("idempotency-key", key.to_uppercase());
    let shouted = super::client::answer(shouted.json(&json!({ "text": "once" }))).await?;
    assert_eq!(shouted.body, first.body, "an id is the same in any spelling");
    let all = alice.get_at(&path, first.position.as_deref().unwrap()).await?.good()?;
    assert_eq!(all["messages"].as_array().unwrap().len(), 1);

    let request = |name: &str| {
        server
            .admin
            .0
            .request(reqwest::Method::POST, "/v1/accounts")
            .header("idempotency-key", &key)
            .json(&json!({ "name": name }))
    };
    let carol = super::client::answer(request("Carol")).await?.good()?;
    assert_eq!(super::client::answer(request("Carol")).await?.good()?, carol);
    Ok(())
}

#[tokio::test]
async fn a_username_is_had_once_whatever_its_case() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let had = alice
        .send(reqwest::Method::PUT, "/v1/me/username", json!({ "username": "Heliographer" }))
        .await?;
    assert_eq!(had.status, 200, "{}", had.body);
    let found = bob
        .get_at("/v1/users?username=heliographer", had.position.as_deref().unwrap())
        .await?
        .good()?;
    assert_eq!(found["users"][0]["id"], alice.account);
    assert_eq!(found["users"][0]["username"], "Heliographer");
    let refused = bob
        .send(reqwest::Method::PUT, "/v1/me/username", json!({ "username": "heliographer" }))
        .await?;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "username_taken"));
    let again = alice
        .send(reqwest::Method::PUT, "/v1/me/username", json!({ "username": "Heliographer" }))
        .await?;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(alice.delete("/v1/me/username").await?.status, 204);
    Ok(())
}

#[tokio::test]
async fn a_wish_for_a_username_that_is_sent_again_gets_its_first_answer() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let wish = |person: &super::client::Person, key: uuid::Uuid, name: &str| {
        let request = person.request(reqwest::Method::PUT, "/v1/me/username");
        let request = request.header("idempotency-key", key.to_string());
        super::client::answer(request.json(&json!({ "username": name })))
    };
    let (first, second, his) = (
        heliograph_tests::chance::command_id(),
        heliograph_tests::chance::command_id(),
        heliograph_tests::chance::command_id(),
    );
    assert_eq!(wish(&alice, first, "heliographer").await?.status, 200);
    assert_eq!(wish(&bob, his, "heliographer").await?.code(), "username_taken");
    assert_eq!(wish(&alice, second, "heliograph_2").await?.status, 200);
    let again = wish(&alice, first, "heliographer").await?;
    assert_eq!((again.status.as_u16(), &again.body), (200, &json!({ "username": "heliographer" })));
    assert_eq!(alice.get("/v1/me").await?.good()?["account"]["username"], "heliograph_2");
    assert_eq!(wish(&bob, his, "heliographer").await?.code(), "username_taken");
    Ok(())
}
