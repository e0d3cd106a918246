//! A wall clock that jumps, ahead and back, under a running server and across its death.

use heliograph_tests::Backend;
use heliograph_tests::chance::command_id;
use heliograph_tests::client::insist::insist;
use heliograph_tests::world::group;
use serde_json::json;

use crate::load::{Load, recovers};
use crate::machine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded() {
    a_clock_that_jumps_takes_nothing_with_it(Backend::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clustered() {
    a_clock_that_jumps_takes_nothing_with_it(Backend::clustered().await).await;
}

async fn a_clock_that_jumps_takes_nothing_with_it(backend: Backend) {
    let (mut world, machine) = machine::with_a_world(backend, &[]).await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "out of joint", &[&bob]).await;
    let (id, path) = (
        command_id(),
        format!("/v1/chats/{}/messages", group(&bob.phone, "once", &[&alice]).await),
    );
    let once = || bob.phone.client.post(&path, &json!({"text": "once and for all"}));
    let first = insist(id, once).await.accepted();
    let load = Load::start(&chat, &[&alice, &bob]);
    for (messages, hours) in [(50, 9), (100, -9), (150, 1), (200, 0)] {
        bob.laptop
            .comes_to_know("it goes on", |view| view.texts(&chat).len() >= messages)
            .await;
        machine::clock_jumps(&world, &machine, hours).await;
        recovers(&world, &alice, &bob).await;
        world.server.kill().await;
        world.server.spawn().await;
        recovers(&world, &alice, &bob).await;
        assert_eq!(
            insist(id, once).await.accepted(),
            first,
            "sent again when the clock was {hours} h ahead"
        );
    }
    load.stop(&[&alice, &bob]).await;
    world.finish().await;
}
