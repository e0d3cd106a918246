//! Requests that are not what the documentation says: bodies, headers, methods.

use heliograph_tests::story;
use serde_json::json;

use crate::scene::Scene;

const SEND: &str = "/v1/chats/{dm}/messages";

/// Not JSON.
const MALFORMED: &[&str] = &[
    "{",
    "nul",
    "{\"text\":\"hi\"",
    "{\"text\":\"hi\"} and more",
    "{'text':'hi'}",
    "{\"text\":\"\\ud800\"}",
    "{\"text\":\"a\u{0}b",
    "\u{feff}{\"text\":\"hi\"}",
    "{\"text\":\"line\nbreak\"}",
    "text=hi",
];

/// JSON of another shape than `POST /v1/chats/{chat}/messages` takes.
const MISSHAPEN: &[&str] = &[
    "null",
    "7",
    "\"hi\"",
    "[]",
    "[\"hi\"]",
    "{}",
    "{\"text\":7}",
    "{\"text\":null}",
    "{\"text\":[\"hi\"]}",
    "{\"text\":\"hi\",\"text\":\"ho\"}",
    "{\"text\":\"hi\",\"colour\":\"red\"}",
    "{\"text\":\"hi\",\"reply_to\":\"1\"}",
    "{\"text\":\"hi\",\"reply_to\":0}",
    "{\"text\":\"hi\",\"reply_to\":-1}",
    "{\"text\":\"hi\",\"reply_to\":1.5}",
    "{\"text\":\"hi\",\"reply_to\":99999999999999999999}",
    "{\"text\":\"hi\",\"entities\":{}}",
    "{\"text\":\"hi\",\"quote\":[0,1]}",
    "{\"text\":\"hi\",\"silent\":\"yes\"}",
    "{\"text\":\"hi\",\"location\":{\"latitude\":1,\"longitude\":2}}",
    "{\"location\":[1,2]}",
    "{\"location\":{\"latitude\":1}}",
    "{\"contact\":{\"phone\":123,\"name\":\"x\"}}",
    "{\"contact\":{\"phone\":\"123\",\"name\":\"x\"},\"entities\":[{\"type\":\"bold\",\"offset\":0,\"length\":1}]}",
    "{\"text\":\"hi\",\"entities\":[7]}",
    "{\"text\":\"hi\",\"entities\":[[\"bold\",0,1]]}",
    "{\"text\":\"hi\",\"entities\":[null]}",
    "{\"text\":\"hi\",\"entities\":[{\"type\":\"blink\",\"offset\":0,\"length\":1}]}",
    "{\"text\":\"hi\",\"entities\":[{\"type\":\"bold\",\"offset\":-1,\"length\":1}]}",
    "{\"text\":\"hi\",\"entities\":[{\"type\":\"bold\",\"length\":1}]}",
];

/// Other bodies of another shape.
const MISSHAPEN_ELSEWHERE: &[(&str, &str, &str)] = &[
    ("POST", "/v1/chats", "{\"title\":[]}"),
    ("POST", "/v1/chats", "{\"title\":\"t\",\"members\":[0]}"),
    ("POST", "/v1/chats", "{\"title\":\"t\",\"members\":[\"1\"]}"),
    ("POST", "/v1/chats", "{\"title\":\"t\",\"members\":[1099511627776]}"),
    ("POST", "/v1/chats/direct", "{\"account\":\"1\"}"),
    ("POST", "/v1/chats/{group}/members", "{\"account\":-5}"),
    ("PATCH", "/v1/chats/{group}/members/{bob}", "{\"role\":\"king\"}"),
    (
        "PATCH",
        "/v1/chats/{group}/members/{bob}",
        "{\"role\":\"admin\",\"rights\":[\"everything\"]}",
    ),
    (
        "PATCH",
        "/v1/chats/{group}/members/{bob}",
        "{\"role\":\"member\",\"rights\":[\"promote\"]}",
    ),
    ("POST", "/v1/chats/{dm}/read", "{\"up_to\":0}"),
    ("POST", "/v1/chats/{dm}/read", "{\"up_to\":2147483648}"),
    ("POST", "/v1/chats/{dm}/messages/delete", "{\"messages\":1}"),
    ("POST", "/v1/chats/{dm}/forward", "{\"messages\":[1]}"),
    ("POST", "/v1/chats/{dm}/forward", "{\"from_chat\":\"x-1\",\"messages\":[1]}"),
    ("POST", "/v1/chats/{dm}/forward", "{\"from_chat\":\"{dm}\",\"messages\":[0]}"),
    ("POST", "/v1/chats/{dm}/messages/delete", "{\"messages\":[-1]}"),
    ("POST", "/v1/updates/ack", "{\"epoch\":2,\"seq\":-1}"),
    ("POST", "/v1/updates/ack", "{\"epoch\":2,\"seq\":0}"),
    ("POST", "/v1/updates/ack", "{\"epoch\":2,\"seq\":99999999999999999999}"),
    ("POST", "/v1/updates/ack", "{\"seq\":1}"),
    ("PATCH", "/v1/me", "{\"name\":{}}"),
    ("PUT", "/v1/me/username", "{\"username\":false}"),
    ("POST", "/v1/sign-in", "{\"phone\":4915123456789}"),
    ("POST", "/v1/sign-in", "{\"phone\":\"+4915123456789\",\"channel\":\"pigeon\"}"),
    ("POST", "/v1/sign-in/1/resend", "{\"phone\":\"+4915123456789\"}"),
    (
        "POST",
        "/v1/sign-in/0190d6a4-7a3c-7000-8000-5f2d6c1b0a01/code",
        "{\"phone\":\"+4915123456789\",\"code\":123456,\"device\":{\"name\":\"x\"}}",
    ),
    (
        "POST",
        "/v1/sign-in/0190d6a4-7a3c-7000-8000-5f2d6c1b0a01/code",
        "{\"phone\":\"+4915123456789\",\"code\":\"123456\",\"device\":[\"x\"]}",
    ),
    (
        "POST",
        "/v1/sign-in/0190d6a4-7a3c-7000-8000-5f2d6c1b0a01/factor",
        "{\"phone\":\"+4915123456789\",\"device\":{\"name\":\"x\"}}",
    ),
];

story!(what_is_not_json_is_called_so, |world| {
    let scene = Scene::set(world).await;
    for body in MALFORMED {
        scene
            .refused(&scene.alice.phone.client, ("POST", SEND, body), 400, "malformed_json")
            .await;
    }
    let latin = b"{\"text\":\"caf\xe9\"}".to_vec();
    scene
        .alice
        .phone
        .client
        .call(reqwest::Method::POST, scene.fill(SEND))
        .body(latin)
        .await
        .refused("malformed_json");
    scene.goes_on().await;
});

story!(what_is_of_another_shape_is_refused_by_name, |world| {
    let scene = Scene::set(world).await;
    let phone = &scene.alice.phone.client;
    for body in MISSHAPEN {
        scene.refused(phone, ("POST", SEND, body), 400, "invalid_request").await;
    }
    for case in MISSHAPEN_ELSEWHERE {
        scene.refused(phone, *case, 400, "invalid_request").await;
    }
    let unread = scene.ask(phone, "POST", SEND, "{\"text\":\"hi\",\"colour\":\"red\"}").await;
    assert!(unread.text.contains("colour"), "the message names the field: {}", unread.text);
    scene.goes_on().await;
});

story!(null_is_as_good_as_absent, |world| {
    let scene = Scene::set(world).await;
    let phone = &scene.alice.phone.client;
    for (client, method, path, body) in [
        (phone, "POST", SEND, "{\"text\":\"hi\",\"entities\":null,\"reply_to\":null}"),
        (phone, "PATCH", "/v1/chats/{dm}/messages/1", "{\"text\":\"ho\",\"entities\":null}"),
        (phone, "POST", "/v1/chats", "{\"title\":\"alone\",\"members\":null}"),
        (
            phone,
            "PATCH",
            "/v1/chats/{group}/members/{bob}",
            "{\"role\":\"admin\",\"rights\":null}",
        ),
        (&world.admin, "POST", "/v1/accounts", "{\"name\":\"Carol\",\"bot\":null}"),
    ] {
        scene.ask(client, method, path, body).await.accepted();
    }
});

story!(no_nesting_is_too_deep_to_be_refused, |world| {
    let scene = Scene::set(world).await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [100, 1_000, 10_000] {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            for body in [
                nested.clone(),
                format!("{{\"text\":\"hi\",\"entities\":{nested}}}"),
                format!("{{\"x\":{nested}}}"),
                open.repeat(depth),
            ] {
                let answer = scene.ask(&scene.alice.phone.client, "POST", SEND, &body).await;
                assert!(
                    matches!(answer.code(), Some("malformed_json" | "invalid_request")),
                    "{depth}: {}",
                    answer.text
                );
                assert!(
                    answer.text.len() < 1000,
                    "the answer is longer than it need be: {}",
                    answer.text.len()
                );
            }
        }
    }
    scene.goes_on().await;
});

story!(a_body_over_the_limit_is_refused_before_it_is_read, |world| {
    let scene = Scene::set(world).await;
    let before = world.server.resident();
    for kilobytes in [65, 1024, 16 * 1024] {
        let body = format!("{{\"text\":\"{}\"}}", "x".repeat(kilobytes * 1024));
        let call = scene.alice.phone.client.call(reqwest::Method::POST, scene.fill(SEND)).body(body);
        // The server may have hung up before it was all sent.
        if let Ok(answer) = call.attempt().await {
            assert_eq!(answer.status.as_u16(), 413, "{}", answer.text);
            answer.refused("body_too_large");
        }
    }
    assert!(
        world.server.resident() < before + (32 << 20),
        "bodies that are refused stay in memory"
    );
    scene.goes_on().await;
});

story!(headers_are_checked_too, |world| {
    let scene = Scene::set(world).await;
    let (phone, path) = (&scene.alice.phone.client, scene.fill(SEND));
    let send = || phone.post(&path, &json!({"text": "hi"}));
    for key in [
        "",
        "7",
        "not-a-uuid",
        "0190d6a4-0000-7000-8000-00000000000",
        "0190d6a4-0000-7000-8000-000000000001x",
    ] {
        send().header("idempotency-key", key).await.refused("invalid_idempotency_key");
    }
    for position in ["", "x", "-1", "0", "1.5", "99999999999999999999", "999999999999"] {
        phone.get("/v1/me").at(position).await.refused("invalid_position");
    }
    let call = phone.call(reqwest::Method::POST, &path).header("content-type", "text/plain");
    call.await.refused("unsupported_media_type");
    scene.goes_on().await;
});

story!(what_is_not_there_is_not_found, |world| {
    let scene = Scene::set(world).await;
    let phone = &scene.alice.phone.client;
    for path in [
        "/v1",
        "/v1/",
        "/v2/me",
        "/v1/me/",
        "/v1/secrets",
        "/admin",
        "/v1//me",
        "/v1/chats/{dm}/messages/1/2",
    ] {
        scene.refused(phone, ("GET", path, ""), 404, "not_found").await;
    }
    for (method, path) in [
        ("DELETE", "/v1/chats"),
        ("PUT", "/v1/me"),
        ("POST", "/v1/updates"),
        ("PATCH", "/healthz"),
        ("POST", "/v1/ws"),
    ] {
        scene.refused(phone, (method, path, ""), 405, "method_not_allowed").await;
    }
    scene
        .refused(phone, ("GET", "/v1/chats/{dm}/messages/99", ""), 404, "message_not_found")
        .await;
    scene.refused(phone, ("GET", "/v1/users/1", ""), 404, "account_not_found").await;
    scene
        .refused(phone, ("POST", "/v1/chats/direct", "{\"account\":1}"), 404, "account_not_found")
        .await;
    scene
        .refused(
            phone,
            ("POST", "/v1/chats", "{\"title\":\"t\",\"members\":[1]}"),
            404,
            "account_not_found",
        )
        .await;
    scene
        .refused(phone, ("DELETE", "/v1/me/devices/99", ""), 404, "device_not_found")
        .await;
    scene.refused(phone, ("GET", "/v1/ws", ""), 426, "upgrade_required").await;
});
