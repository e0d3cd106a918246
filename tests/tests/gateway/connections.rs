//! What a connection bears: bodies that nobody reads, and heads that are none.

use anyhow::{Context, Result, ensure};
use gateway::Config;
use heliograph_tests::deadline::PATIENCE;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::client::Socket;
use super::server::{Server, patient};

async fn connect(server: &Server) -> Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(server.url.trim_start_matches("http://")).await?;
    stream.set_nodelay(true)?;
    Ok(BufReader::new(stream))
}

/// The next answer's head, in lower case; its body is passed over.
async fn answered(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let answer = async {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            ensure!(stream.read_line(&mut head).await? > 0, "it hung up behind {head:?}");
        }
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(Ok(0), str::parse)?];
        stream.read_exact(&mut body).await?;
        Ok(head)
    };
    timeout(PATIENCE, answer).await.context("no answer comes")?
}

/// Nothing more comes.
async fn hung_up(stream: &mut BufReader<TcpStream>) -> Result<()> {
    let rest = timeout(PATIENCE, stream.read_to_end(&mut Vec::new()))
        .await
        .context("it goes on")??;
    ensure!(rest == 0, "{rest} bytes more came");
    Ok(())
}

fn head(line: &str, headers: &str, length: usize) -> String {
    format!("{line} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {length}\r\n\r\n")
}

#[tokio::test]
async fn a_connection_goes_on_behind_a_body_that_nobody_read() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    let token = format!("authorization: Bearer {}\r\n", alice.token);
    let json = format!("{token}content-type: application/json\r\n");
    let mut stream = connect(&server).await?;
    for (line, headers, length, status) in [
        ("POST /v1/chats", "", 1_000, 401),
        ("POST /v1/nowhere", "", 1_000, 404),
        ("DELETE /v1/chats", "", 1_000, 405),
        ("GET /healthz", "", 1_000, 200),
        ("POST /v1/chats/x-1/messages", json.as_str(), 1_000, 400),
        ("POST /v1/chats", token.as_str(), 1_000, 415),
        ("POST /v1/chats", json.as_str(), 1_000_000, 413),
        ("POST /v1/chats", "", 1_000_000, 401),
    ] {
        stream.write_all(head(line, headers, length).as_bytes()).await?;
        stream.flush().await?;
        // The body comes in its own time.
        tokio::task::yield_now().await;
        stream.write_all(&vec![b' '; length]).await?;
        stream.flush().await?;
        let answer = answered(&mut stream).await.context(line)?;
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{line}: {answer}");
        assert!(!answer.contains("connection: close"), "{line}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn a_connection_that_ends_before_its_request_does_is_said_to() -> Result<()> {
    let server = Server::start().await?;
    for (headers, length) in [("", 20_000_000), ("expect: 100-continue\r\n", 1_000)] {
        let mut stream = connect(&server).await?;
        stream.write_all(head("POST /v1/chats", headers, length).as_bytes()).await?;
        let answer = answered(&mut stream).await?;
        assert!(answer.starts_with("http/1.1 401 "), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
        hung_up(&mut stream).await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_request_is_refused_without_a_body() -> Result<()> {
    let server = Server::start().await?;
    let many = format!("GET /v1/me HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(150));
    for (head, status) in [
        ("GET /v1/me HTTP/1.1\r\nho st: x\r\n\r\n", 400),
        ("one two three four\r\n\r\n", 400),
        (many.as_str(), 431),
    ] {
        let mut stream = connect(&server).await?;
        stream.write_all(head.as_bytes()).await?;
        let answer = answered(&mut stream).await?;
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
        hung_up(&mut stream).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_account_has_so_many_sessions_at_a_time() -> Result<()> {
    let server = Server::with(Config {
        sessions_max: 2,
        ..patient()
    })
    .await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let first = alice.online(None).await?;
    let _second = alice.online(None).await?;
    let open = json!({ "type": "open", "token": alice.token });
    let mut third = Socket::connect(&server.url).await?;
    third.send(&open).await?;
    assert_eq!(third.frame().await?["error"]["code"], "too_many_sessions");
    assert_eq!(third.closed().await?, 4429);
    bob.online(None).await?;
    drop(first);
    let deadline = Instant::now() + PATIENCE;
    while let Err(refused) = alice.online(None).await {
        ensure!(Instant::now() < deadline, "the one that is over still counts: {refused}");
    }
    Ok(())
}
