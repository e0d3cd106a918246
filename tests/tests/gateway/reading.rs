//! What queries say while the read models are behind.

use anyhow::Result;
use gateway::Config;
use serde_json::json;

use super::server::Server;

#[tokio::test]
async fn who_was_registered_a_moment_ago_is_not_denied() -> Result<()> {
    let mut server = Server::with(Config::default()).await?;
    let alice = server.person("Alice").await?;
    server.stall().await?;
    let bob = server.admin.0.post("/v1/accounts", json!({ "name": "Bob" })).await?.good()?;
    let seen = alice.get(&format!("/v1/users/{}", bob["account"]["id"])).await?;
    assert_eq!((seen.status.as_u16(), seen.code()), (503, "behind"));
    assert!(seen.body["error"]["retry_after_ms"].is_i64());
    let nobody = alice.get("/v1/users/5").await?;
    assert_eq!((nobody.status.as_u16(), nobody.code()), (404, "account_not_found"));
    Ok(())
}
