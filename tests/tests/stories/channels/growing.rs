//! A group that outgrows a thousand members: no device misses or repeats anything.

use heliograph_tests::{Backend, Client, World, story};
use serde_json::{Value, json};

use super::follower::Follower;
use super::reacting::{react, tells};

/// Members of whom devices are told all, at most.
const TOLD_MAX: usize = 1_000;

/// Registers so many accounts, beside the server's people.
async fn crowd(world: &World, count: usize) -> Vec<i64> {
    let mut accounts = Vec::with_capacity(count);
    for number in 0..count {
        let made = world
            .admin
            .post("/v1/accounts", &json!({"name": format!("n{number}")}))
            .await
            .accepted();
        accounts.push(made["account"]["id"].as_i64().expect("an id"));
    }
    accounts
}

/// What a device was told of a chat, all of it.
async fn updates(client: &Client, chat: &str, now: &str) -> Vec<Value> {
    let (mut all, mut after, mut at) = (Vec::new(), 0, None::<i64>);
    loop {
        let at_query = at.map_or_else(String::new, |at| format!("&at={at}"));
        let page = client
            .get(format!("/v1/updates?epoch=2&after={after}&limit=1000{at_query}"))
            .at(now)
            .await
            .accepted();
        let updates = page["updates"].as_array().expect("updates").clone();
        let Some(last) = updates.last() else { return all };
        (after, at) = (last["seq"].as_i64().expect("a number"), last["at"].as_i64());
        all.extend(updates.into_iter().filter(|update| update["chat"] == chat));
    }
}

async fn grows(world: &mut World) {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let mut members = crowd(world, TOLD_MAX - 2).await;
    members.push(bob.account);
    let body = json!({"title": "town", "members": members});
    let made = alice.phone.client.post("/v1/chats", &body).await.accepted();
    let chat = made["chat"]["id"].as_str().expect("a chat's id").to_owned();
    bob.laptop.offline().await;
    let mut live = Follower::begin(&bob.phone).await;
    alice.phone.send(&chat, "the last that devices are told").await;
    let member = json!({"account": carol.account});
    alice
        .phone
        .client
        .post(format!("/v1/chats/{chat}/members"), &member)
        .await
        .accepted();
    alice.phone.send(&chat, "the first for who follows").await;
    live.comes_to(&chat, "the first for who follows").await;
    assert_eq!(live.updates(&chat).len(), 1, "it is number 1");
    react(&carol.phone, &chat, 1, &["👍"]).await;
    let thumb = json!([{"emoji": "👍", "count": 1}]);
    live.comes_to_know(&chat, "a thumb", |update| tells(update, 1, &thumb)).await;
    let path = format!("/v1/chats/{chat}/messages/1/reactions");
    let who = bob.phone.client.get(&path).await.accepted();
    assert_eq!(who["reactions"][0]["account"], carol.account, "{who}");
    let denied = json!({"denied": ["react"]});
    let permissions = format!("/v1/chats/{chat}/permissions");
    alice.phone.client.put(permissions, &denied).await.accepted();
    let another = json!({"reactions": ["🎉"]});
    carol.phone.client.put(&path, &another).await.refused("not_permitted");
    carol.phone.client.delete(&path).await.accepted();
    let mut late = Follower::begin(&carol.phone).await;
    late.comes_to(&chat, "the first for who follows").await;
    let now = world.now().await;
    let count = |told: &[Value], text: &str| told.iter().filter(|update| update["message"]["text"] == text).count();
    for client in [&bob.phone.client, &bob.laptop.client] {
        let told = updates(client, &chat, &now).await;
        assert_eq!(count(&told, "the last that devices are told"), 1);
        assert_eq!(count(&told, "the first for who follows"), 0);
        assert_eq!(told.last().map(|update| update["type"].clone()), Some(json!("sequence_begun")));
    }
    bob.phone
        .client
        .post(format!("/v1/chats/{chat}/leave"), &json!({}))
        .await
        .accepted();
    let told = updates(&bob.laptop.client, &chat, &world.now().await).await;
    assert_eq!(told.last().map(|update| update["type"].clone()), Some(json!("member_left")));
    bob.phone
        .client
        .get(format!("/v1/chats/{chat}/updates?after=0"))
        .at(&world.now().await)
        .await
        .refused("chat_not_found");
    bob.laptop.online();
}

story!(a_group_outgrows_a_thousand_members, |world| { grows(world).await });

/// With four lanes, whose rows may be behind each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_so_in_four_lanes() {
    let mut world = World::on(Backend::clustered().await, &[("HELIOGRAPH_DATABASE__LANES", "4")]).await;
    grows(&mut world).await;
    world.finish().await;
}
