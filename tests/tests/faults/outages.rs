//! While PostgreSQL is away everybody is told so in time, and the operator what is waited for.

use std::time::Duration;

use futures::future::join_all;
use heliograph_tests::World;
use heliograph_tests::backend::Backend;
use heliograph_tests::deadline::eventually;
use heliograph_tests::nats::Nats;
use heliograph_tests::postgres::Postgres;
use heliograph_tests::world::direct;
use serde_json::json;

use crate::load::recovers;

/// A request is answered within 10 s; a machine that is busy with other tests may take longer to pass it on.
const ANSWERED: Duration = Duration::from_secs(30);

fn backends(world: &mut World) -> (&mut Nats, &mut Postgres) {
    match &mut world.backend {
        Backend::Clustered { nats, postgres, .. } => (nats, postgres),
        Backend::Embedded => unreachable!("it is clustered"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_every_request_is_answered_in_time() {
    let mut world = World::clustered().await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for is_silent in [true, false] {
        let (_, postgres) = backends(&mut world);
        if is_silent {
            postgres.pause();
        } else {
            postgres.kill9();
        }
        let (messages, text) = (format!("/v1/chats/{chat}/messages"), json!({"text": "is there anybody"}));
        let [phone, laptop] = [&alice.phone.client, &alice.laptop.client];
        let calls = [
            phone.get("/v1/me"),
            laptop.get("/v1/chats"),
            phone.get(&messages),
            laptop.post(&messages, &text),
            phone.get("/v1/updates?epoch=2&after=0&wait=1"),
            world.admin.get("/v1/admin/doctor"),
            world.admin.get("/v1/accounts"),
        ];
        for answer in join_all(calls.map(|call| call.patience(ANSWERED).attempt())).await {
            let answer = answer.expect("an answer in time");
            answer.refused("unavailable");
            assert!(answer.body["error"]["retry_after_ms"].is_u64(), "{}", answer.text);
        }
        let (_, postgres) = backends(&mut world);
        if is_silent {
            postgres.resume();
        } else {
            postgres.restart().await;
        }
        recovers(&world, &alice, &bob).await;
    }
    world.finish().await;
}

/// Says at the door and on stderr what it waits for.
async fn waits_for(world: &World, reason: &str, words: &str) {
    let door = &world.admin;
    assert!(door.get("/healthz").await.status.is_success());
    eventually("the door says what is waited for", async || {
        let ready = door.get("/readyz").await;
        (ready.status == 503 && ready.body["reasons"] == json!(["starting", reason])).then_some(())
    })
    .await;
    door.get("/v1/accounts").await.refused("unavailable");
    eventually("stderr says what is waited for", async || {
        world.server.said().contains(words).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_starts_says_what_it_waits_for() {
    let mut world = World::clustered().await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    world.server.stop().await;
    let (nats, postgres) = backends(&mut world);
    nats.kill9();
    postgres.kill9();
    world.server.spawn().await;
    waits_for(&world, "log_unreachable", "waiting for the log at nats://").await;
    backends(&mut world).0.restart().await;
    waits_for(&world, "database_unreachable", "waiting for the database at postgres://").await;
    backends(&mut world).1.restart().await;
    recovers(&world, &alice, &bob).await;
    world.finish().await;
}
