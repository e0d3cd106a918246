//! A session that does everything within itself.

use heliograph_tests::chance::command_id;
use heliograph_tests::world::{direct, direct_id};
use heliograph_tests::{Device, story};
use serde_json::{Value, json};

/// Makes a request within the device's session.
async fn call(device: &Device, method: &str, path: impl std::fmt::Display, body: Value) -> Value {
    let frame = json!({"type": "call", "method": method, "path": path.to_string(), "body": body});
    device.say(command_id(), frame).await.expect("the session goes on")
}

/// What was answered.
fn done(told: &Value) -> &Value {
    assert_eq!(told["type"], "done", "{told}");
    &told["result"]
}

story!(a_group_is_made_and_joined_within_sessions, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let made = call(
        &alice.phone,
        "POST",
        "/v1/chats",
        json!({"title": "Hikers", "members": [bob.account]}),
    )
    .await;
    assert_eq!(made["status"], 201, "{made}");
    let chat = done(&made)["chat"]["id"].as_str().expect("an id").to_owned();
    let listed = call(&alice.phone, "GET", "/v1/chats", Value::Null).await;
    assert_eq!(
        done(&listed)["chats"][0]["id"],
        json!(chat),
        "it includes what the session did: {listed}"
    );
    let link = call(&alice.phone, "POST", format!("/v1/chats/{chat}/links"), json!({"uses_max": 1})).await;
    let token = done(&link)["link"]["token"].clone();
    let joined = call(&carol.phone, "POST", "/v1/join", json!({"token": token})).await;
    assert_eq!(done(&joined), &json!({"chat": chat, "joined": true}));
    carol.phone.say_text(&chat, "hello").await;
    bob.hears("hello").await;
    let archived = call(&bob.phone, "PUT", format!("/v1/chats/{chat}/archive"), Value::Null).await;
    assert_eq!((&archived["status"], done(&archived)), (&json!(204), &json!({})));
    let named = call(&bob.phone, "PATCH", "/v1/me", json!({"name": "Robert"})).await;
    assert_eq!(
        done(&call(&bob.phone, "GET", "/v1/me", Value::Null).await)["account"]["name"],
        "Robert",
        "{named}"
    );
});

story!(messages_are_sent_on_within_a_session, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let said = alice.phone.say_text(&chat, "on and on").await;
    let notes = direct_id(&alice, &alice);
    let path = format!("/v1/chats/{notes}/forward");
    let wanted = json!({"from_chat": chat, "messages": [said]});
    let sent = call(&alice.phone, "POST", &path, wanted).await;
    assert_eq!(done(&sent)["messages"][0]["forwarded"]["from"], json!(alice.account), "{sent}");
    let page = call(&alice.phone, "GET", format!("/v1/chats/{notes}/messages?limit=1"), Value::Null).await;
    assert_eq!(done(&page)["messages"][0]["text"], "on and on");
    let nothing = json!({"from_chat": chat, "messages": [said + 7]});
    let refused = call(&alice.phone, "POST", &path, nothing.clone()).await;
    let over_http = alice.phone.client.post(&path, &nothing).await;
    assert_eq!(refused["error"], over_http.body["error"]);
    over_http.refused("message_not_found");
});

story!(a_call_that_is_repeated_in_another_session_acts_once, |world| {
    let alice = world.person("Alice").await;
    let made = json!({"type": "call", "method": "POST", "path": "/v1/channels", "body": {"title": "News"}});
    let id = command_id();
    let first = alice.phone.say(id, made.clone()).await.expect("the session goes on");
    world.restart().await;
    let again = heliograph_tests::deadline::eventually("it is answered", async || {
        let again = alice.phone.say(id, made.clone()).await?;
        (again["type"] == "done").then_some(again)
    });
    assert_eq!(done(&again.await), done(&first));
});
