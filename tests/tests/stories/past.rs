//! Chats as they were.

use heliograph_tests::World;
use heliograph_tests::client::device::Device;
use heliograph_tests::story;
use heliograph_tests::world::{direct, group};
use serde_json::{Value, json};

/// What somebody is answered about a chat, now or as of a moment.
async fn look(device: &Device, chat: &str, position: &str, as_of: Option<&str>) -> [Value; 3] {
    let mut answers = [Value::Null, Value::Null, Value::Null];
    for (answer, what) in answers.iter_mut().zip(["", "/members", "/messages"]) {
        let query = as_of.map_or_else(String::new, |moment| format!("?as_of={moment}"));
        let asked = device.client.get(format!("/v1/chats/{chat}{what}{query}")).at(position);
        *answer = asked.await.accepted();
    }
    answers
}

/// What somebody sees at this moment, with the position that this is.
async fn remember(world: &World, device: &Device, chat: &str) -> (String, [Value; 3]) {
    let position = world.now().await;
    let seen = look(device, chat, &position, None).await;
    (position, seen)
}

story!(a_chat_is_seen_as_it_was, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "before", &[&bob]).await;
    let mut memories = vec![remember(world, &bob.phone, &chat).await];
    for number in 1..=3 {
        alice.phone.send(&chat, &format!("message {number}")).await;
    }
    memories.push(remember(world, &bob.phone, &chat).await);
    bob.phone.read(&chat, 2).await.accepted();
    memories.push(remember(world, &bob.phone, &chat).await);
    alice.phone.edit(&chat, 3, "another text").await.accepted();
    let members = format!("/v1/chats/{chat}/members");
    alice
        .phone
        .client
        .post(&members, &json!({"account": carol.account}))
        .await
        .accepted();
    let title = json!({"title": "after"});
    alice.phone.client.patch(format!("/v1/chats/{chat}"), &title).await.accepted();
    memories.push(remember(world, &bob.phone, &chat).await);
    bob.phone.send(&chat, "the last word").await;
    let now = world.now().await;
    for (position, seen) in &memories {
        assert_eq!(look(&bob.laptop, &chat, &now, Some(position)).await, *seen, "as of {position}");
    }
    assert_ne!(memories[1].1, memories[3].1);
    // A time is a place in the log, too: one that is still to come is now, and in the last century nobody was in the chat.
    let seen = look(&bob.laptop, &chat, &now, None).await;
    assert_eq!(look(&bob.laptop, &chat, &now, Some("2999-01-01T00:00:00Z")).await, seen);
    let path = format!("/v1/chats/{chat}?as_of=1999-01-01T00:00:00Z");
    bob.laptop.client.get(path).at(&now).await.refused("chat_not_found");
});

story!(what_was_deleted_does_not_come_back, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "a secret").await;
    let then = world.now().await;
    alice.phone.delete(&chat, 1).await.accepted();
    let now = world.now().await;
    let [dialog, _, messages] = look(&bob.phone, &chat, &now, Some(&then)).await;
    assert_eq!(messages["messages"][0]["deleted"], true, "{messages}");
    assert!(!format!("{dialog}{messages}").contains("secret"), "{dialog} {messages}");
    assert_eq!(dialog["chat"]["unread"], 1, "{dialog}");
});

story!(the_past_is_for_those_who_were_there_and_are, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "some of us", &[&bob]).await;
    alice.phone.send(&chat, "hello").await;
    let then = world.now().await;
    let members = format!("/v1/chats/{chat}/members");
    alice
        .phone
        .client
        .post(&members, &json!({"account": carol.account}))
        .await
        .accepted();
    bob.phone
        .client
        .post(format!("/v1/chats/{chat}/leave"), &json!({}))
        .await
        .accepted();
    let now = world.now().await;
    let path = format!("/v1/chats/{chat}/messages?as_of={then}");
    for gone in [&carol.phone, &bob.phone] {
        gone.client.get(&path).at(&now).await.refused("chat_not_found");
    }
    alice.phone.client.get(&path).at(&now).await.accepted();
    let future = format!("/v1/chats/{chat}/messages?as_of=9000000000");
    alice.phone.client.get(&future).await.refused("invalid_request");
    let nonsense = format!("/v1/chats/{chat}?as_of=yesterday");
    alice.phone.client.get(&nonsense).await.refused("invalid_request");
});
