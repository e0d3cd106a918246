//! A client that takes nothing in is cut, costs nobody anything, and misses nothing when it comes back.

use std::time::Duration;

use anyhow::{Context, Result};
use gateway::Config;
use heliograph_tests::deadline::PATIENCE;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::client::texts;
use super::server::{Server, patient};

/// More than the kernel holds for both sides of a connection.
const MESSAGES: usize = 600;

#[tokio::test]
async fn a_client_that_reads_nothing_is_cut_and_finds_everything_when_it_comes_back() -> Result<()> {
    let server = Server::with(Config {
        write_timeout: Duration::from_secs(1),
        ..patient()
    })
    .await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let carol = server.person("Carol").await?;
    let chat = alice.group(&[&bob, &carol]).await?;
    let mut stuck = bob.online(Some(0)).await?;
    let mut a = alice.online(None).await?;
    let online = carol.online(Some(0)).await?;
    let quick = tokio::spawn(async move { { online }.next(MESSAGES + 1).await });
    let expected: Vec<String> = (0..MESSAGES).map(|number| format!("{number:04}{}", "x".repeat(4_000))).collect();
    for texts in expected.chunks(20) {
        for text in texts {
            let id = heliograph_tests::chance::command_id();
            a.send(&json!({ "type": "send", "id": id, "chat": chat, "text": text })).await?;
        }
        for _ in texts {
            assert_eq!(a.answer().await?["type"], "done");
        }
    }
    assert_eq!(texts(&quick.await??), expected);
    // What is tested is the time that passes: longer than the server waits.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let cut = stuck.next(MESSAGES + 1).await.expect_err("it was cut");
    assert!(stuck.last > 0 && !cut.to_string().contains("nothing comes"), "{cut}");
    let came = stuck.last;
    let mut back = bob.online(Some(came)).await?;
    let rest = back.next(MESSAGES + 1 - usize::try_from(came)?).await?;
    assert_eq!(texts(&rest), expected[usize::try_from((came - 1).max(0))?..]);
    Ok(())
}

#[tokio::test]
async fn who_asks_over_http_and_reads_no_answer_is_cut() -> Result<()> {
    let server = Server::with(Config {
        write_timeout: Duration::from_secs(1),
        ..patient()
    })
    .await?;
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await?;
    // Answers pile up until none goes through; then no question does either, until the connection is cut.
    let asking = async { while stream.write_all(b"GET /v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n").await.is_ok() {} };
    tokio::time::timeout(PATIENCE, asking).await.context("it is never cut")?;
    server.person("Alice").await?.get("/v1/me").await?.good()?;
    Ok(())
}
