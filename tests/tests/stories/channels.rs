//! Channels: many follow, few post; and groups that outgrow their devices' sequences.

mod follower;
mod growing;
mod naming;
mod reacting;
mod running;

use heliograph_tests::deadline::eventually;
use heliograph_tests::{Device, story};
use serde_json::{Value, json};

use follower::Follower;

/// A public channel of this device's account.
async fn channel(owner: &Device, title: &str, username: &str) -> String {
    let made = owner.client.post("/v1/channels", &json!({"title": title})).await.accepted();
    let chat = made["chat"]["id"].as_str().expect("a chat's id").to_owned();
    eventually("it has its username", async || {
        let answer = owner
            .client
            .put(format!("/v1/chats/{chat}/username"), &json!({"username": username}))
            .await;
        (answer.status == 200).then_some(())
    })
    .await;
    chat
}

async fn subscribe(device: &Device, chat: &str) {
    device
        .client
        .post(format!("/v1/chats/{chat}/subscribe"), &json!({}))
        .await
        .accepted();
}

async fn shown(device: &Device, chat: &str, now: &str) -> Value {
    device.client.get(format!("/v1/chats/{chat}")).at(now).await.accepted()["chat"].clone()
}

story!(a_channel_is_found_followed_and_left, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = channel(&alice.phone, "Gazette", "gazette").await;
    alice.phone.send(&chat, "the first").await;
    let found = bob
        .phone
        .client
        .get("/v1/channels?username=Gazette")
        .at(&world.now().await)
        .await
        .accepted();
    assert_eq!(found["channels"][0]["id"], chat.as_str(), "{found}");
    assert_eq!(found["channels"][0]["members"], 1, "{found}");
    bob.phone.client.get(format!("/v1/chats/{chat}")).await.refused("chat_not_found");
    subscribe(&bob.phone, &chat).await;
    let seen = shown(&bob.phone, &chat, &world.now().await).await;
    assert_eq!(
        (&seen["kind"], &seen["members"], &seen["unread"]),
        (&json!("channel"), &json!(2), &json!(0)),
        "{seen}"
    );
    assert!(seen["last"]["from"].is_null(), "the channel says it itself: {seen}");
    bob.phone.try_send(&chat, "may I?").await.refused("chat_not_found");
    alice.phone.send(&chat, "the second").await;
    assert_eq!(shown(&bob.phone, &chat, &world.now().await).await["unread"], 1);
    bob.phone
        .client
        .post(format!("/v1/chats/{chat}/leave"), &json!({}))
        .await
        .accepted();
    bob.phone
        .client
        .get(format!("/v1/chats/{chat}"))
        .at(&world.now().await)
        .await
        .refused("chat_not_found");
    alice.phone.client.delete(format!("/v1/chats/{chat}/username")).await.accepted();
    let now = world.now().await;
    let gone = bob.phone.client.get("/v1/channels?username=gazette").at(&now).await.accepted();
    assert_eq!(gone["channels"], json!([]));
    bob.phone
        .client
        .post(format!("/v1/chats/{chat}/subscribe"), &json!({}))
        .await
        .refused("chat_not_found");
});

story!(a_chat_begins_with_what_it_says_of_itself, |world| {
    let alice = world.person("Alice").await;
    let client = &alice.phone.client;
    for path in ["/v1/channels", "/v1/chats"] {
        let begun = json!({"title": "Gazette", "description": " all the news \n that fits "});
        let made = client.post(path, &begun).await;
        let at = made.position.clone().expect("a position");
        let made = made.accepted();
        let chat = made["chat"]["id"].as_str().expect("a chat's id");
        let settings = client.get(format!("/v1/chats/{chat}/settings")).at(&at).await.accepted();
        assert_eq!(settings["description"], "all the news \n that fits", "{settings}");
        let told = world.admin.get(format!("/v1/events?stream=chat.{chat}")).await.text;
        let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let types: Vec<_> = told.iter().map(|fact| &fact["type"]).collect();
        assert_eq!(types, ["chat.created", "chat.described"]);
        assert_eq!(told[0]["position"], told[1]["position"], "one commit");
        let blank = json!({"title": "Gazette", "description": " "});
        client.post(path, &blank).await.refused("text_blank");
    }
});

story!(what_one_may_do_is_told_with_the_chat, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let channel = channel(&alice.phone, "Gazette", "gazette").await;
    subscribe(&bob.phone, &channel).await;
    let group = heliograph_tests::world::group(&alice.phone, "choir", &[&bob]).await;
    let client = &alice.phone.client;
    client.put(format!("/v1/chats/{channel}/protection"), &json!({})).await.accepted();
    client
        .put(format!("/v1/chats/{group}/slow-mode"), &json!({"seconds": 30}))
        .await
        .accepted();
    let admin = json!({"role": "admin", "rights": ["pin_messages"]});
    let now = world.now().await;
    let path = format!("/v1/chats/{channel}/members/{}", bob.account);
    assert_eq!(shown(&bob.phone, &channel, &now).await["role"], "member");
    client.patch(path, &admin).at(&now).await.accepted();
    let now = world.now().await;
    let seen = shown(&bob.phone, &channel, &now).await;
    let told = json!([seen["role"], seen["rights"], seen["protected"], seen["denied"], seen["slow_mode"]]);
    assert_eq!(told, json!(["admin", ["pin_messages"], true, null, null]), "{seen}");
    let seen = shown(&bob.phone, &group, &now).await;
    let told = json!([seen["role"], seen["rights"], seen["protected"], seen["denied"], seen["slow_mode"]]);
    let denied = ["add_members", "change_info", "pin_messages"];
    assert_eq!(told, json!(["member", null, false, denied, 30]), "{seen}");
    let listed = bob.phone.client.get("/v1/sync").at(&now).await.accepted();
    assert!(listed["chats"].as_array().is_some_and(|chats| chats.contains(&seen)), "{listed}");
    let with_oneself = heliograph_tests::world::direct(&bob.phone, &bob).await;
    bob.phone.send(&with_oneself, "note").await;
    let seen = shown(&bob.phone, &with_oneself, &world.now().await).await;
    assert!(seen.get("role").is_none() && seen.get("protected").is_none(), "{seen}");
});

story!(who_follows_hears_live_and_catches_up, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = channel(&alice.phone, "Gazette", "gazette").await;
    subscribe(&bob.phone, &chat).await;
    let mut live = Follower::begin(&bob.phone).await;
    for number in 1..=5 {
        alice.phone.send(&chat, &format!("news {number}")).await;
    }
    live.comes_to(&chat, "news 5").await;
    let mut late = Follower::begin(&bob.laptop).await;
    late.comes_to(&chat, "news 5").await;
    assert_eq!(live.told(&chat), late.told(&chat), "whoever hears it, and when");
    // Who begins to follow while online hears what comes then.
    let mut third = Follower::begin(&carol.phone).await;
    subscribe(&carol.phone, &chat).await;
    alice.phone.send(&chat, "news 6").await;
    third.comes_to(&chat, "news 6").await;
    world.crash().await;
    alice
        .phone
        .client
        .patch(format!("/v1/chats/{chat}"), &json!({"title": "Journal"}))
        .await
        .accepted();
    let mut again = Follower::begin(&carol.phone).await;
    again
        .comes_to_know(&chat, "the new title", |update| update["type"] == "chat_renamed")
        .await;
    again.comes_to(&chat, "news 6").await;
    let all = carol.phone.client.get(format!("/v1/chats/{chat}/updates?after=99")).await;
    all.refused("resync");
});

story!(admins_of_a_channel_post_and_nobody_learns_who, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = channel(&alice.phone, "Gazette", "gazette").await;
    let promote = json!({"role": "admin", "rights": ["post_messages"]});
    let path = format!("/v1/chats/{chat}/members/{}", bob.account);
    alice.phone.client.patch(&path, &promote).await.refused("member_not_found");
    subscribe(&bob.phone, &chat).await;
    subscribe(&carol.phone, &chat).await;
    let now = world.now().await;
    alice.phone.client.patch(&path, &promote).at(&now).await.accepted();
    bob.phone.send(&chat, "by Bob").await;
    let now = world.now().await;
    let read = carol.phone.client.get(format!("/v1/chats/{chat}/messages")).at(&now).await;
    assert!(
        read.text.contains("by Bob") && !read.text.contains(&bob.account.to_string()),
        "{}",
        read.text
    );
    carol
        .phone
        .client
        .get(format!("/v1/chats/{chat}/members"))
        .at(&now)
        .await
        .refused("forbidden");
    let runs = bob.phone.client.get(format!("/v1/chats/{chat}/members")).at(&now).await.accepted();
    assert_eq!(runs["members"].as_array().map(Vec::len), Some(2), "{runs}");
    alice.phone.client.patch(&path, &json!({"role": "member"})).await.accepted();
    bob.phone.try_send(&chat, "once more").await.refused("chat_not_found");
});

story!(of_two_who_want_a_username_a_channel_or_an_account_has_it, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    channel(&alice.phone, "Gazette", "gazette").await;
    let wish = json!({"username": "Gazette"});
    eventually("the wish is settled", async || {
        let answer = bob.phone.client.put("/v1/me/username", &wish).await;
        (answer.status != 202).then_some(answer)
    })
    .await
    .refused("username_taken");
});

story!(views_are_counted_once_an_account, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = channel(&alice.phone, "Gazette", "gazette").await;
    let post = alice.phone.send(&chat, "look").await;
    let seen = json!({"messages": [post, post, 99]});
    for reader in [&bob, &carol] {
        subscribe(&reader.phone, &chat).await;
        let now = world.now().await;
        for device in reader.devices() {
            device
                .client
                .post(format!("/v1/chats/{chat}/views"), &seen)
                .at(&now)
                .await
                .accepted();
        }
    }
    world.crash().await;
    let views = async || {
        let shown = alice.phone.client.get(format!("/v1/chats/{chat}/messages/{post}")).await;
        shown.accepted()["message"]["views"].as_i64()
    };
    eventually("two have seen it", async || (views().await == Some(2)).then_some(())).await;
    let told = alice.phone.client.get(format!("/v1/chats/{chat}/updates?after=0")).await.accepted();
    let counts: Vec<&Value> = told["updates"].as_array().expect("a list").iter().collect();
    assert_eq!(
        counts.iter().filter(|update| update["type"] == "messages_counted").count(),
        1,
        "{told}"
    );
});
