//! What devices acknowledge is kept, and never goes back.

use anyhow::Result;
use serde_json::json;

use super::client::{Person, Socket};
use super::server::Server;

/// Somebody's session behind `after`, which has taken in everything up to 3.
async fn informed(bob: &Person, after: i64) -> Result<Socket> {
    let mut socket = bob.online(Some(after)).await?;
    socket.next(usize::try_from(3 - after)?).await?;
    Ok(socket)
}

/// Acknowledges, and waits until the server has read that: it answers what cannot be.
async fn acknowledge(socket: &mut Socket, seq: i64) -> Result<()> {
    socket.send(&json!({ "type": "ack", "seq": seq })).await?;
    socket.send(&json!({ "type": "ack", "seq": 99 })).await?;
    assert_eq!(socket.answer().await?["error"]["code"], "seq_from_the_future");
    Ok(())
}

#[tokio::test]
async fn the_highest_acknowledgement_is_kept_when_the_server_stops() -> Result<()> {
    let mut server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    for text in ["one", "two"] {
        alice.say(&chat, text).await?.good()?;
    }
    let (mut first, mut second) = (informed(&bob, 0).await?, informed(&bob, 1).await?);
    acknowledge(&mut first, 3).await?;
    acknowledge(&mut second, 2).await?;
    let late = bob.post("/v1/updates/ack", json!({ "epoch": 2, "seq": 1 })).await?;
    assert_eq!(late.status, 204);
    server.stop();
    server.stopped().await?;
    let cursor = server.models.state.cursor(bob.account.try_into()?, bob.device.try_into()?).await?;
    assert_eq!(cursor.map(|cursor| cursor.seq.get()), Some(3));
    Ok(())
}

#[tokio::test]
async fn acknowledgements_are_kept_while_the_server_runs() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    for text in ["one", "two"] {
        alice.say(&chat, text).await?.good()?;
    }
    let mut session = informed(&bob, 0).await?;
    let (account, device) = (bob.account.try_into()?, bob.device.try_into()?);
    for seq in 2..=3 {
        acknowledge(&mut session, seq).await?;
        heliograph_tests::deadline::eventually("it is kept", async || {
            let cursor = server.models.state.cursor(account, device).await.ok()??;
            (cursor.seq.get() == seq).then_some(())
        })
        .await;
    }
    Ok(())
}
