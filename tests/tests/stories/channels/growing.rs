//! A group that outgrows a thousand members: no device misses or repeats anything.

use futures::future::join_all;
use futures::{StreamExt as _, stream};
use heliograph_tests::client::snapshot;
use heliograph_tests::client::view::View;
use heliograph_tests::world::server::Server;
use heliograph_tests::{Backend, Client, Device, World, story};
use serde_json::{Value, json};

use super::follower::Follower;
use super::reacting::{react, tells};

/// Members of whom devices are told all, at most.
const TOLD_MAX: usize = 1_000;

/// Registers so many accounts, beside the server's people.
async fn crowd(world: &World, count: usize) -> Vec<i64> {
    let register = async |number: usize| {
        let body = json!({"name": format!("n{number}")});
        let made = world.admin.post("/v1/accounts", &body).await.accepted();
        made["account"]["id"].as_i64().expect("an id")
    };
    stream::iter(0..count).map(register).buffered(32).collect().await
}

/// Alice's group, of these and as many others as devices are told of.
async fn full(world: &World, alice: &Device, others: &[i64]) -> String {
    let mut members = crowd(world, TOLD_MAX - 1 - others.len()).await;
    members.extend(others);
    let body = json!({"title": "town", "members": members});
    let made = alice.client.post("/v1/chats", &body).await.accepted();
    made["chat"]["id"].as_str().expect("a chat's id").to_owned()
}

async fn add(by: &Device, chat: &str, account: i64) {
    let path = format!("/v1/chats/{chat}/members");
    by.client.post(path, &json!({"account": account})).await.accepted();
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
    let chat = full(world, &alice.phone, &[bob.account]).await;
    bob.laptop.offline().await;
    let mut live = Follower::begin(&bob.phone).await;
    alice.phone.send(&chat, "the last that devices are told").await;
    add(&alice.phone, &chat, carol.account).await;
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

/// What each of the two who talk says meanwhile: together more than a line, and every queue on the way, can hold.
const LINES: usize = 100;

/// The same device, at another server.
fn at(server: &Server, device: &Device) -> Device {
    Device::new(server.address.clone(), &device.client.token, device.account, device.number)
}

/// While two talk, one of them adds who is one too many; who listens, sleeps or is away, hears all of it once, in order. What is done elsewhere is done
/// at another server, where there is one.
async fn all_is_heard_once(world: &mut World, other: Option<&Server>) {
    let elsewhere = |device: &Device| other.map_or_else(|| device.clone(), |server| at(server, device));
    let [alice, bob, carol, dave] = [
        world.person("Alice").await,
        world.person("Bob").await,
        world.person("Carol").await,
        world.person("Dave").await,
    ];
    let chat = full(world, &alice.phone, &[bob.account, carol.account]).await;
    alice.phone.send(&chat, "the beginning").await;
    bob.hears("the beginning").await;
    carol.hears("the beginning").await;
    bob.laptop.offline().await;
    carol.laptop.offline().await;
    let mut here = Follower::begin(&bob.phone).await;
    let mut there = Follower::begin(&elsewhere(&carol.phone)).await;
    let mut asleep = Follower::begin_asleep(&bob.laptop).await;
    let long = "long ".repeat(700);
    let talking = async {
        let writers = [(alice.phone.clone(), false), (elsewhere(&alice.laptop), true)];
        join_all(writers.map(async |(writer, adds)| {
            for number in 0..LINES {
                if adds && number == LINES / 2 {
                    add(&writer, &chat, dave.account).await;
                }
                writer.send(&chat, &format!("{long}{writer} {number}")).await;
            }
        }))
        .await;
        alice.phone.send(&chat, "the end").await;
    };
    tokio::join!(talking, here.comes_to(&chat, "the end"), there.comes_to(&chat, "the end"));
    asleep.comes_to(&chat, "the end").await;
    let mut away = Follower::come_back(&elsewhere(&carol.laptop), carol.laptop.knows(View::cursor)).await;
    away.comes_to(&chat, "the end").await;
    let mut new = Follower::begin(&dave.phone).await;
    new.comes_to(&chat, "the end").await;
    let said = snapshot::messages(&alice.phone.client, &chat).await.expect("they are listed");
    let said: Vec<&str> = said.iter().filter_map(|message| message.text.as_deref()).collect();
    assert_eq!(said.len(), 2 * LINES + 2);
    for follower in [&mut here, &mut there, &mut asleep, &mut away] {
        follower.comes_to_follow(&chat).await;
        assert!(follower.heard(&chat) == said[1..], "all of it, once, in order");
        let last = follower.own_of(&chat).last().expect("it was told of it");
        assert_eq!(last["type"], "sequence_begun", "{last}");
        assert_eq!(follower.told(&chat), new.told(&chat));
    }
    bob.laptop.online();
    carol.laptop.online();
}

story!(whoever_listens_sleeps_or_is_away_hears_all_of_it_once, |world| {
    all_is_heard_once(world, None).await;
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_does_who_listens_at_another_server_than_the_one_where_the_group_outgrew_its_devices() {
    let backend = Backend::clustered().await;
    let Backend::Clustered { postgres, .. } = &backend else {
        unreachable!("it is clustered")
    };
    let (keys, master) = (postgres.database().await, "a5".repeat(32));
    let shared = [
        ("HELIOGRAPH_KEYS__URL", keys.as_str()),
        ("HELIOGRAPH_KEYS__MASTER_KEY", master.as_str()),
    ];
    let mut world = World::on(backend, &shared).await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut second = Server::start(folder, world.backend.arguments(), &shared).await;
    all_is_heard_once(&mut world, Some(&second)).await;
    assert!(second.stop().await.success());
    world.finish().await;
}
