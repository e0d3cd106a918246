//! The same updates by long polling.

use std::time::Duration;

use anyhow::Result;
use gateway::Config;
use serde_json::json;

use super::client::texts;
use super::server::{Server, patient};

#[tokio::test]
async fn a_poll_waits_for_what_comes_and_numbers_it() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let at = bob.online(Some(0)).await?.next(1).await?[0]["at"].clone();
    let start = bob.get("/v1/updates").await?.good()?;
    assert_eq!(start, json!({ "epoch": 2, "head": 1, "head_at": at, "updates": [] }));

    let waiting = {
        let bob = bob.clone();
        let next = format!("/v1/updates?epoch=2&after=1&at={at}&wait=30");
        tokio::spawn(async move { bob.get(&next).await })
    };
    alice.say(&chat, "hello").await?.good()?;
    let polled = waiting.await??.good()?;
    let updates = polled["updates"].as_array().unwrap();
    assert_eq!(texts(updates), ["hello"]);
    assert_eq!((&updates[0]["seq"], &polled["head"]), (&json!(2), &json!(2)));
    assert_eq!(
        (&updates[0]["at"], &updates[0]["message"]["sent_at"]),
        (&polled["head_at"], &polled["head_at"])
    );

    let all = bob.get("/v1/updates?epoch=2&after=0&limit=1").await?.good()?;
    assert_eq!(all["updates"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&all["head"], &all["head_at"]),
        (&json!(2), &polled["head_at"]),
        "the head's, not the page's"
    );
    let ack = bob.post("/v1/updates/ack", json!({ "epoch": 2, "seq": 2 })).await?;
    assert_eq!(ack.status, 204);
    let early = bob.post("/v1/updates/ack", json!({ "epoch": 2, "seq": 3 })).await?;
    assert_eq!(early.code(), "seq_from_the_future");
    let other = bob.post("/v1/updates/ack", json!({ "epoch": 7, "seq": 1 })).await?;
    assert_eq!(other.code(), "resync");
    Ok(())
}

#[tokio::test]
async fn a_poll_that_is_woken_for_nothing_goes_on_waiting() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let at = bob.online(Some(0)).await?.next(1).await?[0]["at"].clone();
    let waiting = {
        let bob = bob.clone();
        let next = format!("/v1/updates?epoch=2&after=1&at={at}&wait=30");
        tokio::spawn(async move { bob.get(&next).await })
    };
    for _ in 0..20 {
        server.models.feed.missed();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    alice.say(&chat, "hello").await?.good()?;
    let polled = waiting.await??.good()?;
    assert_eq!(texts(polled["updates"].as_array().unwrap()), ["hello"]);
    Ok(())
}

#[tokio::test]
async fn a_device_that_was_ended_a_moment_ago_does_not_wait() -> Result<()> {
    let server = Server::with(Config {
        token_cache: Duration::from_hours(1),
        ..patient()
    })
    .await?;
    let phone = server.person("Alice").await?;
    phone.get("/v1/me").await?.good()?;
    server.ends_elsewhere(&phone).await?;
    phone.get("/v1/me").await?.good()?;
    let polled = phone.get("/v1/updates?epoch=2&after=0&wait=60").await?;
    assert_eq!((polled.status.as_u16(), polled.code()), (401, "device_ended"));
    let wished = phone
        .send(reqwest::Method::PUT, "/v1/me/username", json!({ "username": "heliographer" }))
        .await?;
    assert_eq!(wished.code(), "device_ended");
    Ok(())
}
