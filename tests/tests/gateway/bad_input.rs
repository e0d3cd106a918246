//! Whatever is sent, the answer is a documented error, and the server goes on.

use std::time::Duration;

use anyhow::Result;
use gateway::Config;
use heliograph_tests::deadline::PATIENCE;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::{Socket, answer};
use super::server::{Server, patient};

#[tokio::test]
async fn bad_requests_get_documented_errors() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    let chat = alice.group(&[]).await?;
    alice.say(&chat, "hello").await?.good()?;
    let messages = format!("/v1/chats/{chat}/messages");
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(5_000));
    let huge = format!(r#"{{"text":"{}"}}"#, "x".repeat(70_000));
    let deep = "[".repeat(10_000);
    let table: &[(Method, &str, &str, u16, &str)] = &[
        (Method::GET, "/v2/me", "", 404, "not_found"),
        (Method::PUT, "/v1/me", "", 405, "method_not_allowed"),
        (Method::GET, "/v1/ws", "", 426, "upgrade_required"),
        (Method::POST, &messages, "{", 400, "malformed_json"),
        (Method::POST, &messages, "", 400, "malformed_json"),
        (Method::POST, &messages, "\u{1}", 400, "malformed_json"),
        (Method::POST, &messages, &deep, 400, "invalid_request"),
        (Method::POST, &messages, "[]", 400, "invalid_request"),
        (Method::POST, &messages, "{}", 400, "invalid_request"),
        (Method::POST, &messages, r#"{"text":7}"#, 400, "invalid_request"),
        (Method::POST, &messages, r#"{"text":"a","colour":"red"}"#, 400, "invalid_request"),
        (Method::POST, &messages, r#"{"text":"a","reply_to":0}"#, 400, "invalid_request"),
        (Method::POST, &messages, r#"{"text":"a","reply_to":1e3}"#, 400, "invalid_request"),
        (Method::POST, &messages, r#"{"text":"a","reply_to":99}"#, 404, "message_not_found"),
        (
            Method::POST,
            &messages,
            r#"{"text":"a","entities":[{"type":"bold","offset":0,"length":9}]}"#,
            400,
            "invalid_entity",
        ),
        (
            Method::POST,
            &messages,
            r#"{"text":"a","entities":[{"type":"glitter","offset":0,"length":1}]}"#,
            400,
            "invalid_request",
        ),
        (Method::POST, &messages, r#"{"text":" "}"#, 400, "text_blank"),
        (Method::POST, &messages, "{\"text\":\"a\\u0000b\"}", 400, "text_control_character"),
        (Method::POST, &messages, &long, 400, "text_too_long"),
        (Method::POST, &messages, &huge, 413, "body_too_large"),
        (Method::POST, "/v1/chats/x-1/messages", r#"{"text":"a"}"#, 400, "invalid_request"),
        (Method::POST, "/v1/chats/g-01/messages", r#"{"text":"a"}"#, 400, "invalid_request"),
        (Method::POST, "/v1/chats/g-99999999999999999999/leave", "", 400, "invalid_request"),
        (Method::GET, "/v1/chats/%ff", "", 400, "invalid_request"),
        (Method::GET, "/v1/chats?limit=0", "", 400, "invalid_request"),
        (Method::GET, "/v1/chats?limit=many", "", 400, "invalid_request"),
        (Method::GET, "/v1/chats?colour=red", "", 400, "invalid_request"),
        (Method::GET, "/v1/chats?after=x", "", 400, "invalid_request"),
        (Method::GET, "/v1/updates?after=1&at=1", "", 400, "invalid_request"),
        (Method::GET, "/v1/updates?epoch=2&after=1", "", 400, "invalid_request"),
        (Method::GET, "/v1/updates?epoch=2&after=1&at=noon", "", 400, "invalid_request"),
        (Method::GET, "/v1/updates?epoch=2&after=-1", "", 400, "invalid_request"),
        (Method::GET, "/v1/updates?epoch=2&after=0&wait=61", "", 400, "invalid_request"),
        (Method::GET, "/v1/users?username=x", "", 400, "not_a_username"),
        (Method::GET, "/v1/users/5", "", 404, "account_not_found"),
        (
            Method::POST,
            "/v1/chats",
            r#"{"title":"x","members":[5]}"#,
            404,
            "account_not_found",
        ),
        (Method::POST, "/v1/chats", r#"{"title":""}"#, 400, "text_blank"),
        (Method::POST, "/v1/chats/direct", r#"{"account":5}"#, 404, "account_not_found"),
        (Method::PATCH, "/v1/me", r#"{"name":"  "}"#, 400, "text_blank"),
        (Method::DELETE, "/v1/me/devices/77", "", 404, "device_not_found"),
    ];
    for (method, path, body, status, code) in table {
        let request = alice.request(method.clone(), path).header("content-type", "application/json");
        let refused = answer(request.body((*body).to_owned())).await?;
        assert_eq!(
            (refused.status.as_u16(), refused.code()),
            (*status, *code),
            "{method} {path} {body:.60}: {}",
            refused.body
        );
        assert!(refused.body["error"]["message"].is_string());
    }
    let named = alice
        .post(
            &messages,
            json!({ "text": "a", "entities": [{ "type": "bold", "offset": "0", "length": 1 }] }),
        )
        .await?;
    let message = named.body["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("entities[0].offset"), "{message}");
    assert!(message.contains("expected a whole number from 0 to 4294967295"), "{message}");
    let peer = format!("/v1/chats/dm-5-{}/messages", alice.account);
    assert_eq!(alice.post(&peer, json!({ "text": "a" })).await?.code(), "account_not_found");
    Ok(())
}

#[tokio::test]
async fn bad_headers_get_documented_errors() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    let patch = || alice.request(Method::PATCH, "/v1/me");
    let plain = answer(patch().body("{}")).await?;
    assert_eq!((plain.status.as_u16(), plain.code()), (415, "unsupported_media_type"));
    let key = answer(patch().header("idempotency-key", "seven").json(&json!({ "name": "A" }))).await?;
    assert_eq!((key.status.as_u16(), key.code()), (400, "invalid_idempotency_key"));
    let person = json!({ "name": "A" });
    let twice = answer(patch().header("authorization", "Bearer 1.1.x").json(&person)).await?;
    assert_eq!((twice.status.as_u16(), twice.code()), (400, "invalid_request"));
    let key = heliograph_tests::chance::command_id().to_string();
    let keys = answer(
        patch()
            .header("idempotency-key", &key)
            .header("idempotency-key", &key)
            .json(&person),
    )
    .await?;
    assert_eq!((keys.status.as_u16(), keys.code()), (400, "invalid_idempotency_key"));
    for (name, value, status) in [
        ("content-encoding", "gzip", 415),
        ("content-encoding", "identity, br", 415),
        ("content-encoding", "identity", 200),
        ("content-type", "application/json; charset=latin1", 415),
        ("content-type", "application/json; charset=\"UTF-8\"", 200),
        ("content-type", "application/json;profile=x ; Charset=utf-8", 200),
        ("content-type", "application/jsonp", 415),
    ] {
        let typed = if name == "content-type" {
            patch()
        } else {
            patch().header("content-type", "application/json")
        };
        let answered = answer(typed.header(name, value).body(person.to_string())).await?;
        assert_eq!(answered.status.as_u16(), status, "{name}: {value}: {}", answered.body);
        assert!(
            status == 200 || answered.code() == "unsupported_media_type",
            "{value}: {}",
            answered.body
        );
    }
    let positions = alice.request(Method::GET, "/v1/me").header("heliograph-position", "1");
    assert_eq!(
        answer(positions.header("heliograph-position", "1")).await?.code(),
        "invalid_position"
    );
    for position in ["soon", "-1", "999999999", ""] {
        let refused = alice.get_at("/v1/me", position).await?;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, "invalid_position"), "{position}");
    }
    Ok(())
}

#[tokio::test]
async fn bad_frames_get_errors_and_at_last_a_close() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    let mut socket = alice.online(None).await?;
    for (frame, code) in [
        ("{", "malformed_json"),
        ("7", "invalid_request"),
        (r#"{"type":"dance"}"#, "invalid_request"),
        (r#"{"type":"send","chat":"g-1","text":"x"}"#, "invalid_request"),
        (r#"{"type":"ack","seq":99}"#, "seq_from_the_future"),
        (r#"{"type":"open","token":"x"}"#, "already_open"),
    ] {
        socket.text(frame.to_owned()).await?;
        assert_eq!(socket.answer().await?["error"]["code"], code, "{frame}");
    }
    let refused = socket.command(json!({ "type": "send", "chat": "g-1", "text": "x" })).await?;
    assert_eq!(refused["error"]["code"], "chat_not_found");
    for _ in 0..10 {
        socket.text("x".to_owned()).await?;
    }
    assert_eq!(socket.closed().await?, 4400);

    let mut binary = alice.online(None).await?;
    binary.binary().await?;
    assert_eq!(binary.closed().await?, 1003);
    let mut huge = alice.online(None).await?;
    huge.text("x".repeat(70_000)).await?;
    assert_eq!(huge.closed().await?, 1009);
    let mut early = Socket::connect(&server.url).await?;
    early.text(r#"{"type":"ack","seq":1}"#.to_owned()).await?;
    assert_eq!(early.frame().await?["error"]["code"], "not_open");
    assert_eq!(early.closed().await?, 4400);
    let mut stranger = Socket::connect(&server.url).await?;
    stranger.send(&json!({ "type": "open", "token": "1.1.x" })).await?;
    assert_eq!(stranger.frame().await?["error"]["code"], "unauthorized");
    assert_eq!(stranger.closed().await?, 4401);
    alice.get("/v1/me").await?.good()?;
    Ok(())
}

#[tokio::test]
async fn silence_is_not_waited_for() -> Result<()> {
    let short = Duration::from_millis(200);
    let server = Server::with(Config {
        open_timeout: short,
        ..patient()
    })
    .await?;
    let mut mute = Socket::connect(&server.url).await?;
    assert_eq!(mute.closed().await?, 4408);
    let server = Server::with(Config {
        head_timeout: 5 * short,
        ..patient()
    })
    .await?;
    let mut dribble = TcpStream::connect(server.url.trim_start_matches("http://")).await?;
    dribble.write_all(b"GET /healthz HTTP/1.1\r\nHost:").await?;
    assert_eq!(tokio::time::timeout(PATIENCE, dribble.read_to_end(&mut Vec::new())).await??, 0);
    Ok(())
}

#[tokio::test]
async fn who_answers_pings_stays_longer_than_silence_would_be_borne() -> Result<()> {
    let server = Server::with(Config {
        ping_every: Duration::from_millis(500),
        silence_max: Duration::from_secs(5),
        ..patient()
    })
    .await?;
    let alice = server.person("Alice").await?;
    alice.online(None).await?.pinged(12).await
}
