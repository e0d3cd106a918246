//! A WebSocket without a client: frames as they stand.

use std::time::Duration;

use anyhow::Result;
use gateway::Config;
use heliograph_tests::deadline::PATIENCE;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::{Server, patient};

/// Asks for a session and opens it; the mask is all zeros.
fn hello(token: &str) -> Vec<u8> {
    let open = json!({ "type": "open", "token": token }).to_string();
    let upgrade = "GET /v1/ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let length = u8::try_from(open.len())
        .ok()
        .filter(|length| *length < 126)
        .expect("a token is short");
    [upgrade.as_bytes(), &[0x81, 0x80 | length, 0, 0, 0, 0], open.as_bytes()].concat()
}

#[tokio::test]
async fn who_breaks_the_protocol_is_told_so() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    let long = [&[0x89, 0xFE, 0, 126, 0, 0, 0, 0][..], &[b'x'; 126]].concat();
    let table: &[(&str, &[u8], u16)] = &[
        ("a data frame of no known kind", &[0x83, 0x80, 0, 0, 0, 0], 1002),
        ("a control frame of no known kind", &[0x8B, 0x80, 0, 0, 0, 0], 1002),
        ("no mask", &[0x81, 2, b'{', b'}'], 1002),
        ("a reserved bit", &[0xC1, 0x80, 0, 0, 0, 0], 1002),
        ("a ping that is too long", &long, 1002),
        ("half a ping", &[0x09, 0x80, 0, 0, 0, 0], 1002),
        ("what goes on behind nothing", &[0x80, 0x80, 0, 0, 0, 0], 1002),
        (
            "another text within one",
            &[0x01, 0x81, 0, 0, 0, 0, b'{', 0x81, 0x80, 0, 0, 0, 0],
            1002,
        ),
        ("half a close code", &[0x88, 0x81, 0, 0, 0, 0, 3], 1002),
        ("no UTF-8", &[0x81, 0x81, 0, 0, 0, 0, 0xFF], 1007),
        (
            "no UTF-8 in parts",
            &[0x01, 0x81, 0, 0, 0, 0, b'{', 0x80, 0x81, 0, 0, 0, 0, 0xFF],
            1007,
        ),
    ];
    for (what, frames, code) in table {
        let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await?;
        stream.write_all(&[hello(&alice.token), frames.to_vec()].concat()).await?;
        let mut heard = Vec::new();
        tokio::time::timeout(PATIENCE, stream.read_to_end(&mut heard)).await??;
        let goodbye = [&[0x88][..], &close(*code)].concat();
        assert!(heard.ends_with(&goodbye), "{what}: {}", String::from_utf8_lossy(&heard));
    }
    alice.get("/v1/me").await?.good()?;
    Ok(())
}

/// What stands behind the first byte of a close frame.
fn close(code: u16) -> Vec<u8> {
    let reason = if code == 1007 { "not UTF-8" } else { "protocol error" };
    let length = u8::try_from(reason.len() + 2).expect("a short reason");
    [&[length][..], &code.to_be_bytes(), reason.as_bytes()].concat()
}

#[tokio::test]
async fn who_falls_silent_in_an_open_session_is_shown_out() -> Result<()> {
    let server = Server::with(Config {
        ping_every: Duration::from_millis(200),
        silence_max: Duration::from_secs(4),
        ..patient()
    })
    .await?;
    let alice = server.person("Alice").await?;
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await?;
    stream.write_all(&hello(&alice.token)).await?;
    // Everything is read, and not even a ping is answered.
    let mut heard = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut heard)).await??;
    let holds = |part: &[u8]| heard.windows(part.len()).any(|window| window == part);
    assert!(holds(b"\"type\":\"ready\""), "{}", String::from_utf8_lossy(&heard));
    assert!(holds(&[0x89, 0]), "it was asked for a sign of life");
    let goodbye = [&[0x88, 8], &4408_u16.to_be_bytes()[..], b"silent"].concat();
    assert!(heard.ends_with(&goodbye), "{}", String::from_utf8_lossy(&heard));
    Ok(())
}
