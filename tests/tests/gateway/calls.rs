//! Calls: requests within a session, whatever is called.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use gateway::Config;
use heliograph_tests::chance::command_id;
use infra::config::limits::Limits;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Person, Socket};
use super::server::{Server, patient};

fn frame(method: &str, path: &str, body: &Value) -> Value {
    json!({ "type": "call", "method": method, "path": path, "body": body })
}

/// Two in a group, and the session of one of them.
async fn scene(server: &Server) -> Result<(Person, String, Socket)> {
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let session = alice.online(None).await?;
    Ok((alice, chat, session))
}

#[tokio::test]
async fn what_is_refused_is_refused_as_over_http() -> Result<()> {
    let server = Server::start().await?;
    let (alice, chat, mut session) = scene(&server).await?;
    let messages = format!("/v1/chats/{chat}/messages");
    let long = json!({ "text": "x".repeat(5_000) });
    let nothing = json!({});
    let table: &[(&str, &str, &Value, &str)] = &[
        ("GET", "/v1/nothing", &nothing, "not_found"),
        ("GET", "/v1/../v1/me", &nothing, "not_found"),
        ("GET", "/v1//me", &nothing, "not_found"),
        ("GET", "/v1/me/", &nothing, "not_found"),
        ("GET", "/v1/%6de", &nothing, "not_found"),
        ("GET", "/v1/chats/%2e%2e", &nothing, "invalid_request"),
        ("GET", "/v1/chats/g-1%2Fmembers", &nothing, "invalid_request"),
        ("GET", "/v1/chats/%ff", &nothing, "invalid_request"),
        ("GET", "/v1/me?colour=red", &nothing, "invalid_request"),
        ("GET", "/v1/chats?limit=many", &nothing, "invalid_request"),
        ("PUT", "/v1/me", &nothing, "method_not_allowed"),
        ("POST", &messages, &nothing, "invalid_request"),
        ("POST", &messages, &json!([]), "invalid_request"),
        ("POST", &messages, &json!("hello"), "invalid_request"),
        ("POST", &messages, &long, "text_too_long"),
        ("POST", "/v1/chats/g-7/leave", &nothing, "chat_not_found"),
        ("DELETE", "/v1/me/devices/99", &nothing, "device_not_found"),
        ("POST", "/v1/chats/direct", &json!({ "account": 5 }), "account_not_found"),
        (
            "POST",
            "/v1/chats/direct",
            &json!({ "account": 5, "colour": "red" }),
            "invalid_request",
        ),
    ];
    for (method, path, body, code) in table {
        let told = session.command(frame(method, path, body)).await?;
        assert_eq!(
            (&told["type"], &told["error"]["code"]),
            (&json!("error"), &json!(code)),
            "{method} {path}: {told}"
        );
        if path.contains("..") || path.contains("%2e") {
            // Clients of HTTP write such a path otherwise.
            continue;
        }
        let over_http = alice.send(Method::from_bytes(method.as_bytes())?, path, (*body).clone()).await?;
        assert_eq!(told["error"], over_http.body["error"], "{method} {path}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_a_devices_or_streams_is_not_callable() -> Result<()> {
    let server = Server::start().await?;
    let (alice, _, mut session) = scene(&server).await?;
    for (method, path) in [
        ("GET", "/v1/ws"),
        ("GET", "/v1/updates?wait=60"),
        ("GET", "/v1/me/export"),
        ("GET", "/v1/openapi.json"),
        ("GET", "/v1/events"),
        ("GET", "/v1/accounts"),
        ("POST", "/v1/accounts"),
        ("GET", "/v1/admin/doctor"),
        ("POST", "/v1/admin/import"),
        ("POST", "/v1/admin/accounts/7/promote"),
        ("POST", "/v1/sign-in"),
        ("POST", "/v1/sign-in/7d2f6a1c-3f0e-5b1d-9a53-2f6d0c1e8b47/code"),
    ] {
        let told = session.command(frame(method, path, &Value::Null)).await?;
        assert_eq!(told["error"]["code"], "not_callable", "{method} {path}: {told}");
    }
    let me = session.command(frame("GET", "/v1/me", &Value::Null)).await?;
    assert_eq!(me["result"], alice.get("/v1/me").await?.good()?, "the session goes on");
    Ok(())
}

#[tokio::test]
async fn a_frame_that_is_no_call_is_not_understood() -> Result<()> {
    let server = Server::start().await?;
    let (_, _, mut session) = scene(&server).await?;
    for (method, path) in [
        ("GET", "http://127.0.0.1/v1/me"),
        ("GET", "//127.0.0.1/v1/me"),
        ("GET", "/metrics"),
        ("GET", "/v1/me#x"),
        ("GET", "/v1/me\r\nauthorization: Bearer x"),
        ("BREW", "/v1/me"),
    ] {
        let told = session.command(frame(method, path, &Value::Null)).await?;
        assert_eq!(told["error"]["code"], "invalid_request", "{method} {path}: {told}");
    }
    let mut with_more = frame("GET", "/v1/me", &Value::Null);
    with_more["headers"] = json!({ "authorization": "Bearer x" });
    assert_eq!(session.command(with_more).await?["error"]["code"], "invalid_request");
    session.send(&frame("GET", "/v1/me", &Value::Null)).await?;
    assert_eq!(session.answer().await?["error"]["code"], "invalid_request", "it has no id");
    for _ in 0..2 {
        session.send(&frame("GET", "me", &Value::Null)).await?;
    }
    assert_eq!(session.closed().await?, 4400, "that was the tenth");
    Ok(())
}

#[tokio::test]
async fn what_is_not_callable_counts_as_a_request() -> Result<()> {
    const BURST: u32 = 30;
    let limits = Limits {
        account_burst: BURST,
        account_per_second: 1,
        ..Limits::default()
    };
    let server = Server::with(Config {
        limits: Some(limits),
        ..patient()
    })
    .await?;
    let (_, _, mut session) = scene(&server).await?;
    let mut told = BTreeSet::new();
    // Some more of them are allowed while they are asked for.
    for _ in 0..10 * BURST {
        let answer = session.command(frame("GET", "/v1/openapi.json", &Value::Null)).await?;
        told.insert(answer["error"]["code"].as_str().context("a code")?.to_owned());
    }
    assert!(told.iter().eq(["not_callable", "too_many_requests"]), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn a_body_over_the_limit_ends_the_session() -> Result<()> {
    let server = Server::start().await?;
    let (_, chat, mut session) = scene(&server).await?;
    let huge = json!({ "text": "x".repeat(70_000) });
    let mut call = frame("POST", &format!("/v1/chats/{chat}/messages"), &huge);
    call["id"] = json!(command_id());
    session.send(&call).await?;
    assert_eq!(session.closed().await?, 1009);
    Ok(())
}

#[tokio::test]
async fn sent_again_a_call_acts_once_over_whichever_way() -> Result<()> {
    let server = Server::start().await?;
    let (alice, chat, mut session) = scene(&server).await?;
    let (id, path) = (command_id(), format!("/v1/chats/{chat}/messages"));
    let mut call = frame("POST", &path, &json!({ "text": "once" }));
    call["id"] = json!(id);
    let mut told = Vec::new();
    for _ in 0..2 {
        session.send(&call).await?;
        told.push(session.answer().await?);
    }
    assert_eq!((&told[0]["type"], &told[0]["status"]), (&json!("done"), &json!(201)), "{}", told[0]);
    assert_eq!(told[0], told[1]);
    let over_http = alice.request(Method::POST, &path).header("idempotency-key", id.to_string());
    let over_http = super::client::answer(over_http.json(&json!({ "text": "once" }))).await?;
    assert_eq!(over_http.position.as_deref(), told[0]["position"].as_str());
    assert_eq!(over_http.good()?, told[0]["result"]);
    call["body"]["text"] = json!("twice");
    session.send(&call).await?;
    assert_eq!(session.answer().await?["error"]["code"], "command_id_reused");
    Ok(())
}

#[tokio::test]
async fn many_calls_are_carried_out_in_order_and_include_those_before() -> Result<()> {
    let server = Server::start().await?;
    let (_, chat, mut session) = scene(&server).await?;
    let path = format!("/v1/chats/{chat}/messages");
    let mut ids = Vec::new();
    for number in 0..200 {
        let mut call = match number % 10 {
            9 => frame("GET", &format!("{path}?limit=1"), &Value::Null),
            _ => frame("POST", &path, &json!({ "text": number.to_string() })),
        };
        let id = command_id().to_string();
        call["id"] = json!(id);
        ids.push(id);
        session.send(&call).await?;
    }
    let mut last = Value::Null;
    for (number, id) in ids.iter().enumerate() {
        let told = session.answer().await?;
        assert_eq!((&told["type"], &told["id"]), (&json!("done"), &json!(id)), "{number}: {told}");
        match number % 10 {
            9 => assert_eq!(told["result"]["messages"][0]["id"], last, "it includes the one before"),
            _ => last = told["result"]["message"]["id"].clone(),
        }
    }
    let mut told = BTreeSet::new();
    while told.len() < 180 {
        // That the chat is there may be told here still.
        let next = session.next(1).await?;
        assert!(
            super::client::texts(&next).into_iter().all(|text| told.insert(text.to_owned())),
            "once: {next:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn who_was_ended_calls_nothing_more() -> Result<()> {
    let server = Server::start().await?;
    let (alice, chat, mut session) = scene(&server).await?;
    let laptop = server.admin.device_of(alice.account).await?;
    server.ends_elsewhere(&alice).await?;
    let mut call = frame("POST", &format!("/v1/chats/{chat}/messages"), &json!({ "text": "still here" }));
    call["id"] = json!(command_id());
    // It may be closed already.
    let _ = session.send(&call).await;
    assert_eq!(session.closed().await?, 4401);
    let page = laptop.get(&format!("/v1/chats/{chat}/messages")).await?.good()?;
    let texts = page["messages"].as_array().context("messages")?;
    assert!(texts.iter().all(|message| message["text"] != "still here"), "{page}");
    Ok(())
}
