//! A client that takes nothing in is cut, costs nobody anything, and misses nothing when it comes back.

use std::time::Duration;

use anyhow::Result;
use gateway::Config;
use serde_json::json;

use super::client::texts;
use super::server::Server;

#[tokio::test]
async fn a_client_that_reads_nothing_is_cut_and_finds_everything_when_it_comes_back() -> Result<()> {
    let server = Server::with(Config {
        write_timeout: Duration::from_millis(300),
        ..Config::default()
    })
    .await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let carol = server.person("Carol").await?;
    let chat = alice.group(&[&bob, &carol]).await?;
    let mut stuck = bob.online(Some(0)).await?;
    let mut a = alice.online(None).await?;
    let online = carol.online(Some(0)).await?;
    let quick = tokio::spawn(async move {
        let mut online = online;
        online.next(1_501).await
    });
    let mut expected = Vec::new();
    // More than the kernel buffers on both sides; the window is far below what a session may have under way.
    for number in 0..1_500 {
        let text = format!("{number:04}{}", "x".repeat(4_000));
        let done = a.command(json!({ "type": "send", "chat": chat, "text": text })).await?;
        assert_eq!(done["type"], "done", "{done}");
        expected.push(text);
    }
    assert_eq!(texts(&quick.await??), expected);
    assert!(stuck.next(1_501).await.is_err(), "it was cut");
    let came = stuck.last;
    let mut back = bob.online(Some(came)).await?;
    let rest = back.next(usize::try_from(1_501 - came)?).await?;
    assert_eq!(texts(&rest), expected[usize::try_from((came - 1).max(0))?..]);
    Ok(())
}
