//! Many devices at once: 50 of 20 accounts act at random in 10 chats and a channel while their sockets are cut at random and the server is killed twice. In the
//! end every device has the same timelines, counts and order as a fresh snapshot.
//!
//! `CROWD_SEED` has the choices of an earlier run again, which printed it; who comes first, threads and processes decide anew.

mod act;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use heliograph_tests::deadline::within;
use heliograph_tests::world::person::authorise;
use heliograph_tests::{Backend, Device, Observer, World, chance};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use act::{Actor, Scene, Talk};

const ACCOUNTS: usize = 20;
const DEVICES: usize = 50;
/// Groups and direct chats.
const CHATS: (usize, usize) = (7, 3);
/// What each device does.
const ACTS: usize = 30;
/// How often the server is killed.
const KILLS: usize = 2;
/// How long all that may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_devices_of_a_crowd_end_as_a_fresh_snapshot() {
    crowd(Backend::Embedded, "1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_devices_of_a_crowd_end_as_a_fresh_snapshot_on_a_cluster_in_four_lanes() {
    crowd(Backend::clustered().await, "4").await;
}

async fn crowd(backend: Backend, lanes: &str) {
    let mut chance = StdRng::seed_from_u64(chance::seed("CROWD_SEED"));
    let mut world = World::on(backend, &[("HELIOGRAPH_DATABASE__LANES", lanes)]).await;
    let devices = devices(&world).await;
    let scene = Arc::new(scene(&devices, &mut chance).await);
    let (over, done) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
    let (mut actors, mut observers) = (JoinSet::new(), JoinSet::new());
    for device in devices {
        let observer = Observer::look(&device.client, 4, true, chance.random_bool(0.5)).await;
        observers.spawn(observer.follow(over.clone(), StdRng::seed_from_u64(chance.random())));
        let actor = Actor::new(device, Arc::clone(&scene), StdRng::seed_from_u64(chance.random()));
        actors.spawn(actor.act(ACTS, Arc::clone(&done)));
    }
    for kill in 1..=KILLS {
        let acts = kill * DEVICES * ACTS / (KILLS + 1);
        within(PATIENCE, "it goes on", async || {
            (done.load(Ordering::Relaxed) >= acts).then_some(())
        })
        .await;
        world.crash().await;
    }
    while let Some(ended) = actors.join_next().await {
        ended.expect("what an actor met is as documented");
    }
    over.cancel();
    let mut observers = observers.join_all().await;
    let now = world.now().await;
    let settled = join_all(observers.iter_mut().map(|observer| observer.settle(&now))).await;
    for (observer, settled) in observers.iter().zip(settled) {
        settled.unwrap_or_else(|differences| panic!("{:?}:\n{differences}", observer.state.cursor));
    }
    agree(&observers);
    world.finish().await;
}

/// Each account has two devices, and some have three.
async fn devices(world: &World) -> Vec<Device> {
    let mut accounts = Vec::new();
    for number in 0..ACCOUNTS {
        let account = world.admin.post("/v1/accounts", &json!({"name": format!("Person {number}")})).await;
        accounts.push(account.accepted()["account"]["id"].as_i64().expect("an id"));
    }
    let device = async |number: usize| authorise(&world.admin, accounts[number % ACCOUNTS], "device").await;
    join_all((0..DEVICES).map(device)).await
}

/// Groups of about half of them, direct chats, and a channel. The first device is the first account's, and so on.
async fn scene(devices: &[Device], chance: &mut StdRng) -> Scene {
    let people = &devices[..ACCOUNTS];
    let accounts: Vec<i64> = people.iter().map(|device| device.account).collect();
    let mut talks = Vec::new();
    for number in 0..CHATS.0 {
        let owner = people.choose(chance).expect("somebody");
        let members: Vec<i64> = accounts.iter().copied().filter(|_| chance.random_bool(0.5)).collect();
        let body = json!({"title": format!("group {number}"), "members": members});
        let founded = owner.client.post("/v1/chats", &body).await.accepted();
        let id = founded["chat"]["id"].as_str().expect("an id").to_owned();
        talks.push(Talk::new(id, Some(owner.account), accounts.clone()));
    }
    for number in 0..CHATS.1 {
        let (low, high) = (
            accounts[number].min(accounts[number + 1]),
            accounts[number].max(accounts[number + 1]),
        );
        talks.push(Talk::new(format!("dm-{low}-{high}"), None, vec![low, high]));
    }
    let owner = people.choose(chance).expect("somebody");
    talks.push(Talk::new(channel(owner).await, Some(owner.account), accounts.clone()));
    Scene { talks, accounts }
}

/// A channel that anybody may follow.
async fn channel(owner: &Device) -> String {
    let founded = owner.client.post("/v1/channels", &json!({"title": "Gazette"})).await.accepted();
    let id = founded["chat"]["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/chats/{id}/username");
    owner.client.put(path, &json!({"username": "gazette"})).await.accepted();
    id
}

/// Whoever keeps a whole chat keeps the same as all others who do.
fn agree(observers: &[Observer]) {
    let mut kept = std::collections::BTreeMap::new();
    for observer in observers {
        for (id, chat) in observer.state.chats.iter().filter(|(_, chat)| chat.known_from() == 1) {
            let first = kept.entry(id).or_insert_with(|| chat.messages());
            assert_eq!(*first, chat.messages(), "{id}");
        }
    }
    assert!(!kept.is_empty(), "somebody keeps everything");
}
