//! Devices go away and come back: nothing is missed, and nothing deleted or erased comes back.

use anyhow::Result;
use serde_json::json;

use super::client::{Socket, texts, types};
use super::server::Server;

#[tokio::test]
async fn who_was_away_is_told_everything_as_it_is_now() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let mut a = alice.online(None).await?;
    for text in ["one", "two", "three"] {
        a.command(json!({ "type": "send", "chat": chat, "text": text })).await?;
    }
    a.command(json!({ "type": "edit", "chat": chat, "message": 1, "text": "uno" }))
        .await?;
    let done = a.command(json!({ "type": "delete", "chat": chat, "messages": [2] })).await?;
    bob.get_at("/v1/me", done["position"].as_str().unwrap()).await?.good()?;

    let updates = bob.online(Some(0)).await?.next(6).await?;
    assert_eq!(
        types(&updates),
        [
            "chat_created",
            "message_sent",
            "message_sent",
            "message_sent",
            "message_edited",
            "messages_deleted"
        ]
    );
    assert_eq!(updates[0]["title"], "Hikers");
    assert_eq!(texts(&updates), ["uno", "three", "uno"]);
    assert_eq!(updates[2]["message"]["deleted"], true);
    assert_eq!(updates[2]["message"].get("text"), None);
    let rest = bob.online(Some(4)).await?.next(2).await?;
    assert_eq!(rest[..], updates[4..]);

    let own = alice.online(Some(0)).await?.next(6).await?;
    assert!(own.iter().skip(1).all(|update| update["command"].is_string()), "{own:?}");
    Ok(())
}

#[tokio::test]
async fn catching_up_and_live_are_one_sequence() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let mut a = alice.online(None).await?;
    let talk = tokio::spawn(async move {
        for number in 0..600 {
            a.command(json!({ "type": "send", "chat": chat, "text": number.to_string() }))
                .await?;
        }
        anyhow::Ok(())
    });
    let mut seen = Vec::new();
    let mut last = 0;
    while seen.len() < 601 {
        // A client that breaks off every now and then, and goes on from where it was.
        let mut b = bob.online(Some(last)).await?;
        let count = 97.min(601 - seen.len());
        seen.extend(b.next(count).await?);
        last += i64::try_from(count)?;
    }
    talk.await??;
    let expected: Vec<String> = (0..600).map(|number| number.to_string()).collect();
    assert_eq!(texts(&seen), expected);
    Ok(())
}

#[tokio::test]
async fn a_useless_cursor_is_told_where_to_go_on() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    alice.group(&[&bob]).await?;
    alice.online(Some(0)).await?.next(1).await?;
    for cursor in [json!({ "epoch": 2, "after": 0 }), json!({ "epoch": 1, "after": 99 })] {
        let mut socket = Socket::connect(&alice.url).await?;
        let mut open = cursor.clone();
        (open["type"], open["token"]) = (json!("open"), json!(alice.token));
        socket.send(&open).await?;
        let resync = socket.frame().await?;
        assert_eq!(
            (&resync["type"], &resync["epoch"], &resync["head"]),
            (&json!("resync"), &json!(1), &json!(1))
        );
        assert_eq!(socket.closed().await?, 4409);
        let polled = alice
            .get(&format!("/v1/updates?epoch={}&after={}", cursor["epoch"], cursor["after"]))
            .await?;
        assert_eq!((polled.status.as_u16(), polled.code()), (409, "resync"));
        assert_eq!((&polled.body["epoch"], &polled.body["head"]), (&json!(1), &json!(1)));
    }
    Ok(())
}

#[tokio::test]
async fn what_is_erased_stays_erased_in_old_updates_and_keeps_its_numbers() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = bob.group(&[&alice]).await?;
    alice.say(&chat, "from Alice").await?.good()?;
    let said = bob.say(&chat, "from Bob").await?;
    bob.get_at("/v1/me", said.position.as_deref().unwrap()).await?.good()?;
    server.keys.erase(alice.account.try_into()?).await?;
    let updates = bob.online(Some(0)).await?.next(3).await?;
    assert_eq!(types(&updates), ["chat_created", "message_sent", "message_sent"]);
    assert_eq!(updates[1]["message"]["text"], json!(null));
    assert_eq!(updates[1]["message"]["erased"], true);
    assert_eq!(updates[2]["message"]["text"], "from Bob");
    let messages = bob.get(&format!("/v1/chats/{chat}/messages")).await?.good()?;
    assert_eq!(messages["messages"][0]["erased"], true);
    let user = bob.get(&format!("/v1/users/{}", alice.account)).await?.good()?;
    assert_eq!((&user["user"]["name"], &user["user"]["erased"]), (&json!(null), &json!(true)));
    Ok(())
}
