//! What stalls without dying: the log, the database, the server itself.

use std::time::Duration;

use heliograph_tests::backend::Backend;
use heliograph_tests::chance::command_id;
use heliograph_tests::client::insist::insist;
use heliograph_tests::process::Signal;
use heliograph_tests::world::group;
use heliograph_tests::{Device, World, story};
use serde_json::json;
use tokio::time::sleep;

use crate::load::{Load, recovers};

fn nats(world: &World) -> &heliograph_tests::nats::Nats {
    match &world.backend {
        Backend::Clustered { nats, .. } => nats,
        Backend::Embedded => unreachable!("it is clustered"),
    }
}

/// Once everything is told, the text stands there once.
async fn said_once(world: &World, device: &Device, chat: &str, text: &str) {
    world.settle().await;
    assert_eq!(
        device.knows(|view| view.texts(chat).into_iter().filter(|said| *said == text).count()),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_stalls_is_told_and_survived() {
    let confirm = [("HELIOGRAPH_EXECUTOR__PATIENCE_SECONDS", "4")];
    let mut world = World::on(Backend::clustered().await, &confirm).await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "silence", &[&bob]).await;
    let load = Load::start(&chat, &[&alice, &bob]);
    bob.laptop.comes_to_know("it begins", |view| view.texts(&chat).len() >= 50).await;
    nats(&world).pause();
    // A command of its own meets the stall; the caller is told, not left hanging.
    let (id, dm) = (command_id(), heliograph_tests::world::direct_id(&alice, &bob));
    let path = format!("/v1/chats/{dm}/messages");
    let send = || alice.phone.client.post(&path, &json!({"text": "into the silence"}));
    let answer = send().id(id).await;
    answer.refused("unavailable");
    nats(&world).resume();
    recovers(&world, &alice, &bob).await;
    insist(id, send).await.accepted();
    load.stop(&[&alice, &bob]).await;
    said_once(&world, &alice.laptop, &dm, "into the silence").await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_falls_silent_is_told_and_its_connections_are_given_up() {
    let mut backend = Backend::clustered().await;
    let network = backend.database_behind_a_proxy().await;
    let mut world = World::on(backend, &[]).await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "a dead host", &[&bob]).await;
    let load = Load::start(&chat, &[&alice, &bob]);
    bob.laptop.comes_to_know("it begins", |view| view.texts(&chat).len() >= 50).await;
    network.lose_answers();
    let (id, dm) = (command_id(), heliograph_tests::world::direct_id(&alice, &bob));
    let path = format!("/v1/chats/{dm}/messages");
    let send = || alice.phone.client.post(&path, &json!({"text": "to nobody"}));
    let answer = send().id(id).await;
    answer.refused("unavailable");
    // New connections get through; on the old ones nobody will ever answer or hang up.
    network.mend();
    insist(id, send).await.accepted();
    load.stop(&[&alice, &bob]).await;
    // It can also be told to stop while nobody answers.
    network.lose_answers();
    assert!(world.server.stop().await.success(), "{}", world.server.last_words());
    network.mend();
    world.server.go_on().await;
    said_once(&world, &alice.laptop, &dm, "to nobody").await;
    world.finish().await;
}

story!(a_server_that_stood_still_goes_on, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "a long blink", &[&bob]).await;
    let load = Load::start(&chat, &[&alice, &bob]);
    for messages in [50, 100, 150] {
        bob.laptop
            .comes_to_know("it goes on", |view| view.texts(&chat).len() >= messages)
            .await;
        world.server.signal(Signal::Stop);
        // What is tested is the time that passes.
        sleep(Duration::from_secs(2)).await;
        world.server.signal(Signal::Cont);
        recovers(world, &alice, &bob).await;
    }
    load.stop(&[&alice, &bob]).await;
});
