//! A channel's username: how many one may own, and what becomes of it when nobody runs the channel, or who asked for it is erased.

use heliograph_tests::client::http::Answer;
use heliograph_tests::deadline::eventually;
use heliograph_tests::{Device, World, story};
use serde_json::{Value, json};

use super::{channel, subscribe};

/// Channels with a username that one account owns, unless the operator says otherwise.
const PUBLIC: usize = 10;

async fn asks(device: &Device, chat: &str, username: &str) -> Answer {
    eventually("the wish is settled", async || {
        let path = format!("/v1/chats/{chat}/username");
        let answer = device.client.put(path, &json!({"username": username})).await;
        (answer.status != 202).then_some(answer)
    })
    .await
}

async fn found(world: &World, device: &Device, username: &str) -> Value {
    let path = format!("/v1/channels?username={username}");
    device.client.get(path).at(&world.now().await).await.accepted()["channels"].clone()
}

story!(one_owns_so_many_public_channels, |world| {
    let alice = world.person("Alice").await;
    let mut chats = Vec::new();
    for number in 0..PUBLIC {
        chats.push(channel(&alice.phone, "Gazette", &format!("gazette{number}")).await);
    }
    let more = json!({"title": "Gazette", "username": "gazette_more"});
    alice.phone.client.post("/v1/channels", &more).await.refused("too_many_usernames");
    let private = alice
        .phone
        .client
        .post("/v1/channels", &json!({"title": "Gazette"}))
        .await
        .accepted();
    let private = private["chat"]["id"].as_str().expect("a chat's id");
    asks(&alice.phone, private, "gazette_more").await.refused("too_many_usernames");
    asks(&alice.phone, &chats[0], "gazette_another").await.accepted();
    let given_up = format!("/v1/chats/{}/username", chats[1]);
    alice.phone.client.delete(given_up).await.accepted();
    asks(&alice.phone, private, "gazette_more").await.accepted();
});

story!(when_the_last_who_runs_it_leaves_it_goes_by_no_username, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = channel(&alice.phone, "Gazette", "gazette").await;
    subscribe(&bob.phone, &chat).await;
    let leave = format!("/v1/chats/{chat}/leave");
    alice.phone.client.post(leave, &json!({})).await.accepted();
    assert_eq!(found(world, &bob.phone, "gazette").await, json!([]));
    let shown = bob
        .phone
        .client
        .get(format!("/v1/chats/{chat}"))
        .at(&world.now().await)
        .await
        .accepted();
    assert!(shown["chat"].get("username").is_none(), "{shown}");
});

story!(who_runs_it_still_asks_again_for_the_username_of_who_is_erased, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = channel(&alice.phone, "Gazette", "gazette").await;
    subscribe(&bob.phone, &chat).await;
    let admin = json!({"role": "admin", "rights": ["change_info"]});
    let path = format!("/v1/chats/{chat}/members/{}", bob.account);
    alice.phone.client.patch(path, &admin).at(&world.now().await).await.accepted();
    world.server.set("HELIOGRAPH_ACCOUNTS__ERASURE_GRACE_DAYS", "0");
    world.server.set("HELIOGRAPH_ACCOUNTS__UPKEEP_SECONDS", "1");
    world.restart().await;
    alice.phone.client.delete("/v1/me").await.accepted();
    eventually("she is gone", async || {
        let members = bob.phone.client.get(format!("/v1/chats/{chat}/members")).await.accepted();
        (members["members"].as_array().map(Vec::len) == Some(1)).then_some(())
    })
    .await;
    asks(&bob.phone, &chat, "gazette").await.accepted();
    assert_eq!(found(world, &bob.phone, "gazette").await[0]["username"], "gazette");
    world.retire(&alice).await;
});
