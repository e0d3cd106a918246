//! Who asks for something, or is connected, is seen.

use anyhow::Result;
use heliograph_tests::deadline::eventually;

use super::server::Server;

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
