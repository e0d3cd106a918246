//! Tokens, and other people's chats.

use anyhow::Result;
use serde_json::json;

use super::client::{Holder, Socket};
use super::server::Server;

#[tokio::test]
async fn an_ended_device_is_refused_and_its_sessions_are_closed() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    let phone = server.admin.device_of(alice.account).await?;
    let mut session = phone.online(None).await?;
    phone.get("/v1/me").await?.good()?;
    assert_eq!(alice.delete(&format!("/v1/me/devices/{}", phone.device)).await?.status, 204);
    assert_eq!(session.closed().await?, 4401);
    let refused = phone.get("/v1/me").await?;
    assert_eq!((refused.status.as_u16(), refused.code()), (401, "device_ended"));
    let mut again = Socket::connect(&server.url).await?;
    again.send(&json!({ "type": "open", "token": phone.token })).await?;
    assert_eq!(again.frame().await?["error"]["code"], "device_ended");
    assert_eq!(again.closed().await?, 4401);
    let own = format!("/v1/me/devices/{}", phone.device);
    assert_eq!(
        phone.delete(&own).await?.code(),
        "device_ended",
        "who is ended has nothing more to say"
    );
    assert_eq!(alice.delete(&own).await?.status, 204, "once is enough");
    let devices = alice.get("/v1/me/devices").await?.good()?;
    assert!(devices["devices"][1]["ended_at"].is_i64(), "{devices}");
    Ok(())
}

#[tokio::test]
async fn tokens_open_what_they_are_for() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    assert_eq!(alice.post("/v1/accounts", json!({ "name": "x" })).await?.code(), "forbidden");
    assert_eq!(server.admin.0.get("/v1/me").await?.code(), "forbidden");
    let (head, _) = alice.token.rsplit_once('.').unwrap();
    for token in [
        "",
        "x",
        &format!("{head}.{}", "A".repeat(43)),
        &format!("admin.{}", "A".repeat(43)),
        &format!("999{}", alice.token),
    ] {
        let refused = Holder::new(&server.url, token).get("/v1/me").await?;
        assert!(["unauthorized", "forbidden"].contains(&refused.code()), "{token}: {refused:?}");
        assert_eq!(
            Holder::new(&server.url, token).get("/v1/accounts").await?.code(),
            "unauthorized",
            "{token}"
        );
    }
    let bare = reqwest::get(format!("{}/v1/me", server.url)).await?;
    assert_eq!(bare.status(), 401);
    assert_eq!(bare.headers()["www-authenticate"], "Bearer");
    Ok(())
}

#[tokio::test]
async fn other_peoples_chats_are_not_there() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob, eve) = (
        server.person("Alice").await?,
        server.person("Bob").await?,
        server.person("Eve").await?,
    );
    let group = alice.group(&[&bob]).await?;
    let said = alice.say(&group, "secret").await?;
    let direct = alice.post("/v1/chats/direct", json!({ "account": bob.account })).await?.good()?["chat"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    alice.say(&direct, "secret").await?.good()?;
    for chat in [&group, &direct, "g-1", "dm-1-2", "c-7"] {
        for path in ["", "/members", "/messages", "/messages/1"] {
            let seen = eve
                .get_at(&format!("/v1/chats/{chat}{path}"), said.position.as_deref().unwrap())
                .await?;
            assert_eq!((seen.status.as_u16(), seen.code()), (404, "chat_not_found"), "{chat}{path}");
        }
        assert_eq!(eve.say(chat, "hi").await?.code(), "chat_not_found", "{chat}");
        let read = eve.post(&format!("/v1/chats/{chat}/read"), json!({ "up_to": 1 })).await?;
        assert_eq!(read.code(), "chat_not_found", "{chat}");
        let edit = eve
            .send(
                reqwest::Method::PATCH,
                &format!("/v1/chats/{chat}/messages/1"),
                json!({ "text": "x" }),
            )
            .await?;
        assert_eq!(edit.code(), "chat_not_found", "{chat}");
    }
    let gone = alice.delete(&format!("/v1/chats/{group}/members/{}", bob.account)).await?;
    assert_eq!(gone.status, 204);
    assert_eq!(bob.say(&group, "still here").await?.code(), "chat_not_found");
    let seen = bob
        .get_at(&format!("/v1/chats/{group}/messages"), gone.position.as_deref().unwrap())
        .await?;
    assert_eq!(seen.code(), "chat_not_found");
    Ok(())
}
