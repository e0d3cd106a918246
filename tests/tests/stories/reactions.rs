//! Reactions, pinned messages, and who has read what.

use heliograph_tests::client::device::Device;
use heliograph_tests::deadline::eventually;
use heliograph_tests::story;
use heliograph_tests::world::{direct, group};
use serde_json::{Value, json};

async fn react(device: &Device, chat: &str, message: i64, reactions: &[&str]) {
    let path = format!("/v1/chats/{chat}/messages/{message}/reactions");
    device.client.put(path, &json!({ "reactions": reactions })).await.accepted();
}

/// A message's reactions as a device sees them now.
async fn shown(device: &Device, chat: &str, message: i64, now: &str) -> Value {
    let answer = device.client.get(format!("/v1/chats/{chat}/messages/{message}")).at(now).await;
    answer.accepted()["message"]["reactions"].clone()
}

fn pins(device: &Device, chat: &str) -> Vec<i64> {
    device.knows(|view| view.chat(chat).pins.clone())
}

story!(members_react_and_everybody_counts_the_same, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "counting", &[&bob, &carol]).await;
    let message = alice.phone.send(&chat, "well?").await;
    react(&bob.phone, &chat, message, &["👍", "🎉"]).await;
    react(&carol.phone, &chat, message, &["👍"]).await;
    let told = vec![("👍".to_owned(), 2), ("🎉".to_owned(), 1)];
    for device in [&alice.phone, &alice.laptop, &bob.laptop, &carol.phone] {
        let counts = |view: &heliograph_tests::client::view::View| view.chat(&chat).reactions.get(&message) == Some(&told);
        device.comes_to_know("two thumbs and a party", counts).await;
    }
    let now = world.now().await;
    let mine = json!([{"emoji": "👍", "count": 2, "mine": true}, {"emoji": "🎉", "count": 1, "mine": true}]);
    assert_eq!(shown(&bob.laptop, &chat, message, &now).await, mine);
    let others = json!([{"emoji": "👍", "count": 2}, {"emoji": "🎉", "count": 1}]);
    assert_eq!(shown(&alice.phone, &chat, message, &now).await, others);
    // Told on one page, both changes tell what is so by now.
    let page = alice
        .laptop
        .client
        .get("/v1/updates?epoch=2&after=0&limit=100")
        .at(&now)
        .await
        .accepted();
    let page = page["updates"].as_array().expect("a list").iter();
    let changes: Vec<_> = page.filter(|update| update["type"] == "reaction_changed").collect();
    assert_eq!(changes.len(), 2);
    for change in changes {
        assert_eq!(change["reactions"], others);
    }
    let path = format!("/v1/chats/{chat}/messages/{message}/reactions");
    let who = alice
        .phone
        .client
        .get(format!("{path}?emoji=%F0%9F%8E%89"))
        .at(&now)
        .await
        .accepted();
    assert_eq!(who["reactions"].as_array().map(Vec::len), Some(1), "{who}");
    assert_eq!(
        (&who["reactions"][0]["account"], &who["reactions"][0]["reactions"]),
        (&json!(bob.account), &json!(["👍", "🎉"]))
    );
    let first = alice.phone.client.get(format!("{path}?limit=1")).at(&now).await.accepted();
    let behind = alice
        .phone
        .client
        .get(format!("{path}?limit=1&after={}", first["next"]))
        .at(&now)
        .await;
    assert_ne!(behind.accepted()["reactions"][0]["account"], first["reactions"][0]["account"]);
});

story!(a_reaction_is_taken_back_and_goes_with_its_message, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let message = alice.phone.send(&chat, "well?").await;
    react(&bob.phone, &chat, message, &["\u{2764}"]).await;
    let path = format!("/v1/chats/{chat}/messages/{message}/reactions");
    let now = world.now().await;
    assert_eq!(
        shown(&alice.phone, &chat, message, &now).await,
        json!([{"emoji": "\u{2764}\u{fe0f}", "count": 1}])
    );
    bob.laptop.client.delete(&path).await.accepted();
    alice
        .laptop
        .comes_to_know("nothing", |view| {
            view.chat(&chat).reactions.get(&message).is_some_and(Vec::is_empty)
        })
        .await;
    react(&bob.phone, &chat, message, &["👍"]).await;
    alice.phone.delete(&chat, message).await.accepted();
    let again = bob.phone.client.put(&path, &json!({ "reactions": ["👍"] })).await;
    again.refused("message_deleted");
    let now = world.now().await;
    assert_eq!(shown(&alice.phone, &chat, message, &now).await, Value::Null);
});

story!(what_is_no_reaction_is_refused, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = direct(&alice.phone, &bob).await;
    let message = alice.phone.send(&chat, "well?").await;
    let path = format!("/v1/chats/{chat}/messages/{message}/reactions");
    let put = |device: &Device, reactions: Value| device.client.put(&path, &json!({ "reactions": reactions }));
    put(&bob.phone, json!(["yes"])).await.refused("not_an_emoji");
    put(&bob.phone, json!(["👍", "🎉", "🔥", "👏"])).await.refused("too_many_reactions");
    put(&carol.phone, json!(["👍"])).await.refused("chat_not_found");
    let block = format!("/v1/me/blocked/{}", bob.account);
    put(&bob.phone, json!(["👍"])).await.accepted();
    alice.phone.client.put(&block, &json!({})).await.accepted();
    // What others wish may be a second old.
    eventually("it is refused", async || {
        let answer = put(&bob.phone, json!(["🎉"])).await;
        (answer.code() == Some("cannot_write")).then_some(())
    })
    .await;
    put(&bob.phone, json!([])).await.accepted();
});

story!(messages_are_pinned_and_taken_down_for_everybody, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "board", &[&bob]).await;
    let mut messages = Vec::new();
    for text in ["one", "two", "three"] {
        messages.push(alice.phone.send(&chat, text).await);
    }
    let pin = |message: i64| format!("/v1/chats/{chat}/pins/{message}");
    bob.phone.client.put(pin(messages[0]), &json!({})).await.refused("missing_right");
    for message in [messages[2], messages[0], messages[1]] {
        alice.phone.client.put(pin(message), &json!({})).await.accepted();
    }
    let order = [messages[2], messages[0], messages[1]];
    bob.laptop.comes_to_know("three pins", |view| view.chat(&chat).pins == order).await;
    let now = world.now().await;
    let listed = bob.phone.client.get(format!("/v1/chats/{chat}/pins")).at(&now).await.accepted();
    let texts: Vec<_> = listed["messages"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["text"])
        .collect();
    assert_eq!(texts, ["three", "one", "two"]);
    alice.phone.client.delete(pin(messages[2])).await.accepted();
    alice.phone.delete(&chat, messages[0]).await.accepted();
    bob.laptop
        .comes_to_know("one pin", |view| view.chat(&chat).pins == [messages[1]])
        .await;
    alice.laptop.client.delete(format!("/v1/chats/{chat}/pins")).await.accepted();
    bob.phone.comes_to_know("no pin", |view| view.chat(&chat).pins.is_empty()).await;
    let now = world.now().await;
    let chat_now = bob.phone.client.get(format!("/v1/chats/{chat}")).at(&now).await.accepted();
    assert_eq!(chat_now["chat"]["pins"], json!([]));
    assert_eq!(pins(&alice.phone, &chat), pins(&bob.laptop, &chat));
});

story!(it_is_told_who_has_read, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "reading", &[&bob, &carol]).await;
    let first = alice.phone.send(&chat, "one").await;
    let second = alice.phone.send(&chat, "two").await;
    bob.phone.read(&chat, second).await.accepted();
    carol.phone.read(&chat, first).await.accepted();
    let now = world.now().await;
    for (message, expected) in [(first, vec![bob.account, carol.account]), (second, vec![bob.account])] {
        let path = format!("/v1/chats/{chat}/messages/{message}/readers");
        let answer = alice.laptop.client.get(path).at(&now).await.accepted();
        let mut readers: Vec<i64> = serde_json::from_value(answer["readers"].clone()).expect("accounts");
        let mut expected = expected;
        readers.sort_unstable();
        expected.sort_unstable();
        assert_eq!(readers, expected);
    }
});

story!(in_a_direct_chat_both_sides_see_what_is_read, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let message = alice.phone.send(&chat, "seen?").await;
    bob.phone.read(&chat, message).await.accepted();
    for device in alice.devices() {
        device
            .comes_to_know("that Bob has read it", |view| view.chat(&chat).peer_read_up_to == message)
            .await;
    }
    bob.laptop
        .comes_to_know("that it is read", |view| view.chat(&chat).read_up_to == message)
        .await;
    let now = world.now().await;
    let seen = alice.laptop.client.get(format!("/v1/chats/{chat}")).at(&now).await.accepted();
    assert_eq!(seen["chat"]["peer_read_up_to"], json!(message));
});
