//! A server that is told to stop lets everybody finish.

use anyhow::Result;
use serde_json::json;

use super::server::Server;

#[tokio::test]
async fn stopping_answers_what_is_under_way_and_says_goodbye() -> Result<()> {
    let mut server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let mut session = alice.online(None).await?;
    let at = bob.online(Some(0)).await?.next(1).await?[0]["at"].clone();
    let polling = {
        let bob = bob.clone();
        let next = format!("/v1/updates?epoch=2&after=1&at={at}&wait=60");
        tokio::spawn(async move { bob.get(&next).await })
    };
    alice.say(&chat, "one").await?.good()?;
    session.command(json!({ "type": "send", "chat": chat, "text": "two" })).await?;
    server.stop();
    assert_eq!(session.closed().await?, 1001);
    polling.await??.good()?;
    server.stopped().await?;
    assert!(alice.get("/healthz").await.is_err());
    Ok(())
}
