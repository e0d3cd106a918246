//! Who asks for something, or is connected, is seen.

use std::time::Duration;

use anyhow::Result;
use gateway::Config;
use heliograph_tests::deadline::eventually;
use serde_json::{Value, json};

use super::client::Socket;
use super::server::{Server, patient};

#[tokio::test]
async fn who_asked_for_something_was_seen_even_if_the_server_stops_at_once() -> Result<()> {
    let mut server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    alice.get("/v1/me").await?.good()?;
    server.stop();
    server.stopped().await?;
    let accounts = [alice.account.try_into()?, bob.account.try_into()?];
    let seen = server.models.state.last_seen_of(&accounts).await?;
    assert_eq!(seen.into_keys().collect::<Vec<_>>(), accounts[..1]);
    Ok(())
}

#[tokio::test]
async fn who_is_connected_is_seen() -> Result<()> {
    let server = Server::start().await?;
    let bob = server.person("Bob").await?;
    let _session = bob.online(None).await?;
    let (account, device) = (bob.account.try_into()?, bob.device.try_into()?);
    eventually("it is noted", async || {
        let seen = server.models.state.seen(account).await.ok()?;
        seen.contains_key(&device).then_some(())
    })
    .await;
    Ok(())
}

/// The next signal about somebody's presence.
async fn presence(session: &mut Socket) -> Result<Value> {
    loop {
        let frame = session.answer().await?;
        if frame["signal"]["type"] == "presence" {
            return Ok(frame["signal"].clone());
        }
    }
}

#[tokio::test]
async fn who_leaves_is_told_of_once_the_last_session_is_over() -> Result<()> {
    let server = Server::with(Config {
        presence_grace: Duration::from_millis(100),
        ..patient()
    })
    .await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.post("/v1/chats/direct", json!({ "account": bob.account })).await?.good()?["chat"]["id"].clone();
    let said = alice.say(chat.as_str().expect("an id"), "hello").await?;
    bob.get_at("/v1/chats", &said.position.expect("it was said")).await?.good()?;
    let mut bobs = bob.online(None).await?;
    let phone = alice.online(None).await?;
    let there = presence(&mut bobs).await?;
    assert_eq!((&there["account"], &there["online"]), (&json!(alice.account), &json!(true)));
    let laptop = alice.online(None).await?;
    drop(phone);
    drop(laptop);
    let gone = presence(&mut bobs).await?;
    assert_eq!((&gone["account"], &gone["online"]), (&json!(alice.account), &json!(false)));
    assert!(gone["last_seen_at"].is_i64(), "{gone}");
    eventually("she is not shown as being there", async || {
        let seen = bob.get(&format!("/v1/users/{}", alice.account)).await.ok()?.good().ok()?;
        (seen["user"]["online"] == false).then_some(())
    })
    .await;
    let _back = alice.online(None).await?;
    assert_eq!(presence(&mut bobs).await?["online"], true);
    Ok(())
}
