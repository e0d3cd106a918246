//! Reactions where many follow: one's own are shown at once, everybody's are told every ten seconds.

use heliograph_tests::chance::command_id;
use heliograph_tests::deadline::eventually;
use heliograph_tests::{Client, Device, story};
use serde_json::{Value, json};

use super::follower::Follower;
use super::{channel, subscribe};

/// Reacts with these.
pub(super) async fn react(device: &Device, chat: &str, message: i64, reactions: &[&str]) {
    device
        .client
        .put(path(chat, message), &json!({ "reactions": reactions }))
        .await
        .accepted();
}

fn path(chat: &str, message: i64) -> String {
    format!("/v1/chats/{chat}/messages/{message}/reactions")
}

/// Whether an update tells that everybody reacts to a message like that.
pub(super) fn tells(update: &Value, message: i64, reactions: &Value) -> bool {
    let mut counts = update["messages"].as_array().into_iter().flatten();
    update["type"] == "messages_counted" && counts.any(|count| count["id"] == message && count["reactions"] == *reactions)
}

/// A message's reactions as a device sees them.
async fn shown(device: &Device, chat: &str, message: i64, now: &str) -> Value {
    let answer = device.client.get(format!("/v1/chats/{chat}/messages/{message}")).at(now).await;
    answer.accepted()["message"]["reactions"].clone()
}

/// What a device was told of reactions.
async fn told(client: &Client, now: &str) -> Vec<Value> {
    let page = client.get("/v1/updates?epoch=2&after=0&limit=1000").at(now).await.accepted();
    let updates = page["updates"].as_array().expect("updates").iter();
    updates.filter(|update| update["type"] == "reaction_changed").cloned().collect()
}

story!(who_follows_reacts_and_all_are_told_together, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = channel(&alice.phone, "Gazette", "gazette").await;
    let post = alice.phone.send(&chat, "well?").await;
    for reader in [&bob, &carol] {
        subscribe(&reader.phone, &chat).await;
    }
    react(&bob.phone, &chat, post, &["👍", "🎉"]).await;
    react(&carol.phone, &chat, post, &["👍"]).await;
    let now = world.now().await;
    let own = shown(&bob.laptop, &chat, post, &now).await;
    let own: Vec<_> = own.as_array().expect("reactions").iter().collect();
    assert!(own.len() == 2 && own.iter().all(|count| count["mine"] == true), "{own:?}");
    // It changes nothing.
    react(&bob.laptop, &chat, post, &["👍", "🎉"]).await;
    let now = world.now().await;
    let own = told(&bob.laptop.client, &now).await;
    let [mine] = &own[..] else {
        panic!("once, and of oneself alone: {own:?}")
    };
    assert_eq!((&mine["account"], &mine["chosen"]), (&json!(bob.account), &json!(["👍", "🎉"])));
    assert_eq!(mine.get("reactions"), None);
    world.crash().await;
    let mut follower = Follower::begin(&carol.laptop).await;
    let both = json!([{"emoji": "👍", "count": 2}, {"emoji": "🎉", "count": 1}]);
    follower
        .comes_to_know(&chat, "two thumbs and a party", |update| tells(update, post, &both))
        .await;
    let now = world.now().await;
    assert_eq!(shown(&alice.phone, &chat, post, &now).await, both);
    let mine = json!([{"emoji": "👍", "count": 2, "mine": true}, {"emoji": "🎉", "count": 1, "mine": true}]);
    assert_eq!(shown(&bob.phone, &chat, post, &now).await, mine);
    assert!(
        !follower
            .updates(&chat)
            .iter()
            .any(|update| update.to_string().contains(&bob.account.to_string()))
    );
    bob.laptop.client.delete(path(&chat, post)).await.accepted();
    let one = json!([{"emoji": "👍", "count": 1}]);
    follower.comes_to_know(&chat, "one thumb", |update| tells(update, post, &one)).await;
    assert_eq!(shown(&bob.phone, &chat, post, &world.now().await).await, one);
    carol.phone.client.delete(path(&chat, post)).await.accepted();
    follower
        .comes_to_know(&chat, "none", |update| tells(update, post, &json!([])))
        .await;
    assert_eq!(shown(&carol.phone, &chat, post, &world.now().await).await, Value::Null);
});

story!(who_may_react_in_a_channel_and_to_what, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let (dave, eve) = (world.person("Dave").await, world.person("Eve").await);
    let chat = channel(&alice.phone, "Gazette", "gazette").await;
    let post = alice.phone.send(&chat, "well?").await;
    for reader in [&bob, &carol, &dave] {
        subscribe(&reader.phone, &chat).await;
    }
    let admin = json!({"role": "admin", "rights": []});
    let member = format!("/v1/chats/{chat}/members/{}", bob.account);
    let now = world.now().await;
    alice.phone.client.patch(member, &admin).at(&now).await.accepted();
    let (like, at) = (json!({"reactions": ["👍"]}), path(&chat, post));
    for person in [&alice, &bob, &carol] {
        person.phone.client.put(&at, &like).await.accepted();
        person.phone.client.get(&at).await.refused("forbidden");
        person.phone.client.delete(&at).await.accepted();
    }
    eve.phone.client.put(&at, &like).await.refused("chat_not_found");
    carol.phone.client.put(path(&chat, 99), &like).await.refused("message_not_found");
    carol
        .phone
        .client
        .put(&at, &json!({"reactions": ["yes"]}))
        .await
        .refused("not_an_emoji");
    carol
        .phone
        .client
        .put(&at, &json!({"reactions": ["👍", "🎉", "🔥", "👏"]}))
        .await
        .refused("too_many_reactions");
    // What is hidden from oneself one takes back all the same, and reacts to no more.
    dave.phone.client.put(&at, &like).await.accepted();
    let clear = format!("/v1/chats/{chat}/clear");
    dave.phone.client.post(clear, &json!({})).await.accepted();
    let now = world.now().await;
    dave.phone.client.put(&at, &like).at(&now).await.refused("message_not_found");
    dave.phone.client.delete(&at).at(&now).await.accepted();
    eve.phone.client.delete(&at).await.refused("chat_not_found");
    let now = world.now().await;
    let own = told(&dave.laptop.client, &now).await;
    assert_eq!(own.last().map(|last| &last["chosen"]), Some(&json!([])), "{own:?}");
    let ban = format!("/v1/chats/{chat}/bans/{}", dave.account);
    alice.phone.client.put(ban, &json!({})).await.accepted();
    eventually("who is banned does not even see it", async || {
        let answer = dave.phone.client.put(&at, &like).await;
        (answer.code() == Some("chat_not_found")).then_some(())
    })
    .await;
    let id = command_id();
    carol.phone.client.put(&at, &like).id(id).await.accepted();
    alice.phone.delete(&chat, post).await.accepted();
    eventually("nobody reacts to what is deleted", async || {
        let answer = carol.phone.client.put(&at, &like).await;
        (answer.code() == Some("message_deleted")).then_some(())
    })
    .await;
    carol.phone.client.put(&at, &like).id(id).await.accepted();
});
