//! What may not be carried elsewhere: single messages, and all that is said in a group or a channel.

use futures::future::join_all;
use heliograph_tests::client::device::message_id;
use heliograph_tests::world::{direct, direct_id, group};
use heliograph_tests::{Answer, Device, Person, World, story};
use serde_json::{Value, json};

const PROTECTED: &str = "protected_content";

/// Sends messages on as soon as the server hears of it, whatever its read models include.
async fn at_once(by: &Person, to: &str, from: &str, messages: &[i64]) -> Answer {
    let wanted = json!({"from_chat": from, "messages": messages});
    by.phone.client.post(format!("/v1/chats/{to}/forward"), &wanted).await
}

/// The same, of what the read models include.
async fn forward(world: &World, by: &Person, to: &str, from: &str, messages: &[i64]) -> Answer {
    let seen = by.phone.client.get(format!("/v1/chats/{from}")).at(&world.now().await).await;
    seen.accepted();
    at_once(by, to, from, messages).await
}

fn notes(person: &Person) -> String {
    direct_id(person, person)
}

async fn protect(device: &Device, chat: &str) -> Answer {
    device.client.put(format!("/v1/chats/{chat}/protection"), &json!({})).await
}

async fn unprotect(device: &Device, chat: &str) -> Answer {
    device.client.delete(format!("/v1/chats/{chat}/protection")).await
}

async fn say_protected(device: &Device, chat: &str) -> i64 {
    let body = json!({"text": "stays here", "protected": true});
    let sent = device.client.post(format!("/v1/chats/{chat}/messages"), &body).await;
    message_id(&sent.accepted())
}

/// How many messages somebody sees in a chat.
async fn count(world: &World, person: &Person, chat: &str) -> usize {
    let path = format!("/v1/chats/{chat}/messages");
    let listed = person.phone.client.get(path).at(&world.now().await).await;
    match listed.code() {
        Some("chat_not_found") => 0,
        _ => listed.accepted()["messages"].as_array().map_or(0, Vec::len),
    }
}

story!(what_a_group_protects_leaves_it_by_no_way_whoever_said_it_and_when, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "secrets", &[&bob]).await;
    let before = bob.phone.send(&chat, "said before").await;
    let copied = forward(world, &bob, &notes(&bob), &chat, &[before]).await.accepted();
    let copy = copied["messages"][0]["id"].as_i64().expect("an id");
    protect(&alice.phone, &chat).await.accepted();
    let behind = bob.phone.send(&chat, "said behind").await;
    let into = forward(world, &bob, &chat, &notes(&bob), &[copy]).await.accepted();
    let into = into["messages"][0]["id"].as_i64().expect("an id");
    let had = count(world, &bob, &notes(&bob)).await;
    let both = direct_id(&alice, &bob);
    for by in [&alice, &bob] {
        for to in [&notes(by), &both, &chat] {
            for message in [before, behind, into] {
                forward(world, by, to, &chat, &[message]).await.refused(PROTECTED);
            }
        }
    }
    let bare = json!({"from_chat": chat, "messages": [before], "without_origin": true});
    let path = format!("/v1/chats/{}/forward", notes(&bob));
    bob.phone.client.post(path, &bare).await.refused(PROTECTED);
    assert_eq!(count(world, &bob, &notes(&bob)).await, had);
    // What was carried out before is not the group's any more.
    forward(world, &bob, &both, &notes(&bob), &[copy]).await.accepted();
    // Words are quoted where they were said, and nowhere else.
    let quote = json!({"text": "this?", "reply_to": behind, "quote": {"offset": 0, "length": 4}});
    let at = |chat: &str| format!("/v1/chats/{chat}/messages");
    bob.phone.client.post(at(&chat), &quote).await.accepted();
    bob.phone.client.post(at(&notes(&bob)), &quote).await.refused("message_not_found");
    unprotect(&alice.phone, &chat).await.accepted();
    forward(world, &bob, &notes(&bob), &chat, &[before, behind]).await.accepted();
});

story!(a_message_that_is_protected_stays_wherever_it_was_said, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let between = direct(&alice.phone, &bob).await;
    let channel = alice
        .phone
        .client
        .post("/v1/channels", &json!({"title": "Gazette"}))
        .await
        .accepted();
    let channel = channel["chat"]["id"].as_str().expect("an id").to_owned();
    let town = group(&alice.phone, "town", &[&bob]).await;
    for chat in [&between, &channel, &town, &notes(&alice)] {
        let protected = say_protected(&alice.phone, chat).await;
        let free = alice.phone.send(chat, "goes anywhere").await;
        let to = direct_id(&alice, &bob);
        let had = count(world, &alice, &to).await;
        for messages in [&[protected][..], &[free, protected]] {
            forward(world, &alice, &to, chat, messages).await.refused(PROTECTED);
        }
        assert_eq!(count(world, &alice, &to).await, had, "all or none");
        forward(world, &alice, &to, chat, &[free]).await.accepted();
    }
});

story!(a_channel_is_protected_like_a_group, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let made = alice
        .phone
        .client
        .post("/v1/channels", &json!({"title": "Gazette"}))
        .await
        .accepted();
    let chat = made["chat"]["id"].as_str().expect("an id").to_owned();
    let post = alice.phone.send(&chat, "news").await;
    let link = alice
        .phone
        .client
        .post(format!("/v1/chats/{chat}/links"), &json!({}))
        .await
        .accepted();
    let token = json!({"token": link["link"]["token"]});
    bob.phone.client.post("/v1/join", &token).await.accepted();
    let sent = forward(world, &bob, &notes(&bob), &chat, &[post]).await.accepted();
    let copy = &sent["messages"][0];
    assert_eq!(
        (&copy["forwarded"]["chat"], &copy["forwarded"]["from"]),
        (&json!(chat), &Value::Null),
        "{copy}"
    );
    protect(&alice.phone, &chat).await.accepted();
    for by in [&alice, &bob] {
        forward(world, by, &notes(by), &chat, &[post]).await.refused(PROTECTED);
    }
});

story!(once_it_was_answered_that_a_group_is_protected_nothing_leaves_it, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "secrets", &[&bob]).await;
    let message = alice.phone.send(&chat, "for two").await;
    forward(world, &bob, &notes(&bob), &chat, &[message]).await.accepted();
    for _ in 0..10 {
        // Some of them come before it, some behind.
        let leaving = join_all((0..4).map(async |_| at_once(&bob, &notes(&bob), &chat, &[message]).await));
        let (protected, left) = tokio::join!(protect(&alice.phone, &chat), leaving);
        protected.accepted();
        for answer in left {
            assert!(answer.status.is_success() || answer.code() == Some(PROTECTED), "{}", answer.text);
        }
        at_once(&bob, &notes(&bob), &chat, &[message]).await.refused(PROTECTED);
        unprotect(&alice.phone, &chat).await.accepted();
        at_once(&bob, &notes(&bob), &chat, &[message]).await.accepted();
    }
});
