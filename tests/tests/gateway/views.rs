//! Views of old posts are not counted.

use anyhow::Result;
use gateway::Config;
use reqwest::Method;
use serde_json::json;

use super::server::{Server, patient};

/// How many views of a post are noted after the owner of its channel has told to have seen it.
async fn noted(config: Config) -> Result<i64> {
    let server = Server::with(config).await?;
    let alice = server.person("Alice").await?;
    let made = alice.as_holder.post("/v1/channels", json!({"title": "Gazette"})).await?;
    let position = made.position.clone().expect("something happened");
    let chat = made.good()?["chat"]["id"].as_str().expect("a chat's id").to_owned();
    alice.get_at(&format!("/v1/chats/{chat}"), &position).await?.good()?;
    let said = alice.say(&chat, "look").await?;
    let position = said.position.clone().expect("something happened");
    let post = said.good()?["message"]["id"].clone();
    alice.get_at(&format!("/v1/chats/{chat}"), &position).await?.good()?;
    let path = format!("/v1/chats/{chat}/views");
    alice.send(Method::POST, &path, json!({"messages": [post]})).await?.good()?;
    let (views,): (i64,) = sqlx::query_as("select count(*) from views")
        .fetch_one(&server.models.state.db.pool)
        .await?;
    Ok(views)
}

#[tokio::test]
async fn only_so_long_after_it_was_sent_a_post_is_counted_as_seen() -> Result<()> {
    assert_eq!(noted(patient()).await?, 1);
    let at_once = Config {
        views_days: 0,
        ..patient()
    };
    assert_eq!(noted(at_once).await?, 0);
    Ok(())
}
