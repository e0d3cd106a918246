//! `kill -9` under load: of the server, of the NATS server, of PostgreSQL.

use heliograph_tests::backend::Backend;
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::group;
use heliograph_tests::{World, story};
use serde_json::json;

use crate::load::{Load, recovers};

/// How often each is killed.
const TIMES: usize = 5;
/// Messages between two deaths.
const MESSAGES: usize = 60;

story!(a_killed_server_loses_nothing_and_does_nothing_twice, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "under fire", &[&bob]).await;
    let load = Load::start(&chat, &[&alice, &bob]);
    for time in 1..=TIMES {
        bob.laptop
            .comes_to_know("it goes on", |view| view.texts(&chat).len() >= time * MESSAGES)
            .await;
        world.server.kill().await;
        world.server.spawn().await;
        recovers(world, &alice, &bob).await;
    }
    load.stop(&[&alice, &bob]).await;
});

/// Alive without it, and honest about it.
async fn alive_but(world: &World, reason: &str) {
    let answer = world.admin.get("/healthz").await;
    assert!(answer.status.is_success(), "{}", answer.text);
    eventually("it says what it lacks", async || {
        let answer = world.admin.get("/readyz").await;
        let reasons = answer.body["reasons"].as_array()?;
        (answer.status == 503 && reasons.contains(&json!(reason))).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_broker_loses_nothing_and_does_nothing_twice() {
    let mut world = World::clustered().await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "without a broker", &[&bob]).await;
    let load = Load::start(&chat, &[&alice, &bob]);
    for time in 1..=TIMES {
        bob.laptop
            .comes_to_know("it goes on", |view| view.texts(&chat).len() >= time * MESSAGES)
            .await;
        let Backend::Clustered { nats, .. } = &mut world.backend else {
            unreachable!("it is clustered")
        };
        nats.kill9();
        alive_but(&world, "log_unreachable").await;
        let Backend::Clustered { nats, .. } = &mut world.backend else {
            unreachable!("it is clustered")
        };
        nats.restart().await;
        recovers(&world, &alice, &bob).await;
    }
    load.stop(&[&alice, &bob]).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_database_loses_nothing_and_does_nothing_twice() {
    let mut world = World::clustered().await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "without a database", &[&bob]).await;
    let load = Load::start(&chat, &[&alice, &bob]);
    for time in 1..=TIMES {
        bob.laptop
            .comes_to_know("it goes on", |view| view.texts(&chat).len() >= time * MESSAGES)
            .await;
        let Backend::Clustered { postgres, .. } = &mut world.backend else {
            unreachable!("it is clustered")
        };
        postgres.kill9();
        alive_but(&world, "database_unreachable").await;
        let Backend::Clustered { postgres, .. } = &mut world.backend else {
            unreachable!("it is clustered")
        };
        postgres.restart().await;
        recovers(&world, &alice, &bob).await;
    }
    load.stop(&[&alice, &bob]).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_started_before_its_broker_and_database_waits_for_them() {
    let mut world = World::clustered().await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    world.server.kill().await;
    let Backend::Clustered { nats, postgres, .. } = &mut world.backend else {
        unreachable!("it is clustered")
    };
    nats.kill9();
    postgres.kill9();
    world.server.spawn().await;
    assert_eq!(world.admin.get("/readyz").await.status.as_u16(), 503, "not ready, and says so");
    let Backend::Clustered { nats, postgres, .. } = &mut world.backend else {
        unreachable!("it is clustered")
    };
    tokio::join!(nats.restart(), postgres.restart());
    recovers(&world, &alice, &bob).await;
    world.finish().await;
}
