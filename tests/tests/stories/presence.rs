//! Who is typing and who is there: told to those who are online and may know, and kept by nobody.

use heliograph_tests::deadline::eventually;
use heliograph_tests::world::{direct, group};
use heliograph_tests::{Device, Person, World, story};
use serde_json::{Value, json};

/// Tells what the person is doing, as often as it takes until the other hears of it.
async fn typing_is_heard(world: &World, from: &Device, chat: &str, by: &Device) -> Value {
    let at = world.now().await;
    let path = format!("/v1/chats/{chat}/typing");
    eventually("it is heard that somebody types", async || {
        from.client.post(&path, &json!({"action": "typing"})).at(&at).await.accepted();
        by.knows(|view| view.signals.iter().find(|signal| signal["type"] == "typing").cloned())
    })
    .await
}

async fn sees(by: &Person, of: &Person) -> Value {
    let answer = by.phone.client.get(format!("/v1/users/{}", of.account)).await;
    answer.accepted()["user"].clone()
}

story!(the_others_of_a_chat_hear_that_somebody_types, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let room = group(&alice.phone, "Readers", &[&bob]).await;
    let heard = typing_is_heard(world, &alice.phone, &room, &bob.phone).await;
    assert_eq!(
        (&heard["chat"], &heard["account"], &heard["action"]),
        (&json!(room), &json!(alice.account), &json!("typing"))
    );
    assert!(heard["until"].is_i64());
    let typing = |device: &Device| device.knows(|view| view.signals.iter().any(|signal| signal["type"] == "typing"));
    assert!(!typing(&alice.laptop) && !typing(&carol.phone), "nobody else is told");
    let path = format!("/v1/chats/{room}/typing");
    carol
        .phone
        .client
        .post(&path, &json!({"action": "typing"}))
        .await
        .refused("chat_not_found");
    alice
        .phone
        .client
        .post(&path, &json!({"action": "sing"}))
        .await
        .refused("invalid_request");
});

story!(who_may_not_write_to_somebody_does_not_type_there, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "hello").await;
    bob.hears("hello").await;
    typing_is_heard(world, &alice.phone, &chat, &bob.phone).await;
    let blocked = bob.phone.client.put(format!("/v1/me/blocked/{}", alice.account), &json!({})).await;
    blocked.accepted();
    let path = format!("/v1/chats/{chat}/typing");
    eventually("it is refused", async || {
        let answer = alice
            .phone
            .client
            .post(&path, &json!({"action": "record_voice"}))
            .at(&world.now().await)
            .await;
        (answer.code() == Some("cannot_write")).then_some(())
    })
    .await;
});

story!(who_is_there_is_told_to_those_who_may_know, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "hello").await;
    alice.offline().await;
    bob.hears("hello").await;
    alice.online();
    bob.phone
        .comes_to_know("Alice is there", |view| {
            view.signals
                .iter()
                .any(|signal| signal["type"] == "presence" && signal["account"] == json!(alice.account) && signal["online"] == json!(true))
        })
        .await;
    eventually("it is seen", async || (sees(&bob, &alice).await["online"] == true).then_some(())).await;
    let hide = json!({"last_seen": "nobody"});
    let at = alice
        .phone
        .client
        .patch("/v1/me/privacy", &hide)
        .await
        .position
        .expect("a position");
    let seen = bob
        .phone
        .client
        .get(format!("/v1/users/{}", alice.account))
        .at(&at)
        .await
        .accepted();
    assert!(seen["user"]["online"].is_null() && seen["user"]["last_seen_at"].is_null(), "{seen}");
    eventually("about when she was seen is told", async || {
        (sees(&bob, &alice).await["last_seen"] == "recently").then_some(())
    })
    .await;
    assert!(sees(&alice, &bob).await["online"].is_null(), "who hides it sees nobody's");
});

story!(who_has_left_is_told_of_once_no_device_is_there, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "hello").await;
    bob.hears("hello").await;
    let told = |online: bool| {
        let account = json!(alice.account);
        move |view: &heliograph_tests::client::view::View| {
            let mut latest = view.signals.iter().rev();
            let of_her = latest.find(|signal| signal["type"] == "presence" && signal["account"] == account);
            of_her.is_some_and(|signal| signal["online"] == json!(online))
        }
    };
    alice.offline().await;
    bob.phone.comes_to_know("Alice has left", told(false)).await;
    eventually("it is seen", async || (sees(&bob, &alice).await["online"] == false).then_some(())).await;
    alice.online();
    bob.phone.comes_to_know("Alice is back", told(true)).await;
});
