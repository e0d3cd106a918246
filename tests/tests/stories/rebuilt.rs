//! The read models are made anew while people talk, and nobody notices; whatever ends it leaves read models that serve.

use heliograph_tests::client::device::Device;
use heliograph_tests::client::view::View;
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::{direct, group};
use heliograph_tests::{Backend, World, story};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const REBUILD: &str = "/v1/admin/rebuild";

story!(while_people_talk_the_read_models_are_made_anew_and_nobody_notices, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "talkers", &[&bob]).await;
    let (talking, stop) = talks(&alice.phone, &chat);
    bob.hears("line 50").await;
    let closed = world.server.metrics("heliograph_websockets_closed_total").await;
    for _ in 0..3 {
        let status = made_anew(world).await;
        assert!(status["facts"].as_u64() >= Some(50), "{status}");
    }
    stop.cancel();
    let last = talking.await.expect("no panic");
    bob.hears(&last).await;
    let none: [(String, f64); 0] = [];
    assert_eq!(
        world.server.metrics("heliograph_websockets_closed_total").await,
        closed,
        "nobody was sent away"
    );
    assert_eq!(closed, none);
    for device in [&alice.phone, &alice.laptop, &bob.phone, &bob.laptop] {
        assert_eq!(device.knows(|view: &View| view.resyncs), 0, "{device}");
    }
});

story!(what_is_made_anew_says_the_same, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for number in 1..=30 {
        let message = alice.phone.send(&chat, &format!("number {number}")).await;
        match number % 3 {
            0 => drop(alice.phone.edit(&chat, message, "something else").await.accepted()),
            1 => drop(alice.phone.delete(&chat, message).await.accepted()),
            _ => drop(bob.phone.read(&chat, message).await.accepted()),
        }
    }
    let live = examined(world).await;
    made_anew(world).await;
    let anew = examined(world).await;
    assert_eq!(anew["hashed_at"], live["hashed_at"], "nothing happened meanwhile");
    assert_eq!(anew["models"], live["models"]);
    assert_eq!(anew["rebuild"]["phase"], "done");
    // What was made anew is what the next start opens.
    world.restart().await;
    assert_eq!(examined(world).await["models"], live["models"]);
    assert_eq!(bob.phone.send(&chat, "and on").await, 31);
    alice.hears("and on").await;
});

story!(killed_at_any_moment_of_it_the_server_comes_back, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for number in 1..=100 {
        alice.phone.send(&chat, &format!("number {number}")).await;
    }
    for round in 0..10 {
        world.admin.post(REBUILD, &json!({})).await.accepted();
        // Each look takes its time: the moments are others in every round.
        for _ in 0..round {
            world.admin.get(REBUILD).await.accepted();
        }
        world.crash().await;
        let text = format!("after crash {round}");
        alice.phone.send(&chat, &text).await;
        bob.hears(&text).await;
    }
    eventually("nothing is left of what was begun", async || {
        begun(world).await.is_empty().then_some(())
    })
    .await;
    let live = examined(world).await;
    made_anew(world).await;
    assert_eq!(examined(world).await["models"], live["models"]);
    eventually("nothing is left of what was begun, or served before", async || {
        (files(world) == ["read.2.db"]).then_some(())
    })
    .await;
});

story!(it_can_be_given_up, |world| {
    let alice = world.person("Alice").await;
    let chat = direct(&alice.phone, &alice).await;
    for number in 1..=100 {
        alice.phone.send(&chat, &format!("number {number}")).await;
    }
    for _ in 0..5 {
        world.admin.post(REBUILD, &json!({"projection": "timeline"})).await.accepted();
        world.admin.delete(REBUILD).await.accepted();
        let status = ended(world).await;
        assert!(status["phase"] == "cancelled" || status["phase"] == "done", "{status}");
        alice.phone.send(&chat, "still here").await;
    }
    made_anew(world).await;
});

story!(what_there_is_to_make_is_named, |world| {
    let wrong = world.admin.post(REBUILD, &json!({"projection": "horoscopes"})).await;
    wrong.refused("invalid_request");
    let alice = world.person("Alice").await;
    alice.phone.client.post(REBUILD, &json!({})).await.refused("forbidden");
    assert_eq!(world.admin.get(REBUILD).await.accepted()["phase"], "idle");
});

story!(rows_of_an_older_version_serve_until_new_ones_are_made, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for number in 1..=100 {
        alice.phone.send(&chat, &format!("number {number}")).await;
    }
    let live = examined(world).await;
    world.server.stop().await;
    // As an older program left them.
    written(world, "update checkpoints set version = version - 1 where projection = 'timeline'").await;
    world.server.go_on().await;
    alice.phone.send(&chat, "meanwhile").await;
    bob.hears("meanwhile").await;
    eventually("they are of this version", async || {
        let status = world.admin.get(REBUILD).await.accepted();
        (status["phase"] == "done" && status["outdated"] == false).then_some(())
    })
    .await;
    alice.phone.send(&chat, "thereafter").await;
    bob.hears("thereafter").await;
    let anew = examined(world).await;
    assert_ne!(anew["hashed_at"], live["hashed_at"]);
    made_anew(world).await;
    assert_eq!(examined(world).await["models"], anew["models"]);
});

story!(another_number_of_lanes_is_made_beside_the_one_that_serves, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "in one lane").await;
    let live = examined(world).await;
    for lanes in ["4", "2"] {
        world.server.stop().await;
        world.server.set("HELIOGRAPH_DATABASE__LANES", lanes);
        world.server.go_on().await;
        let status = ended(world).await;
        assert_eq!(status["phase"], "done", "{status}");
        assert_eq!(examined(world).await["models"], live["models"], "{lanes} lanes");
    }
    alice.phone.send(&chat, "in two").await;
    bob.hears("in two").await;
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_of_somebody_else_s_stays_where_it_is() {
    let mut world = World::clustered().await;
    let alice = world.person("Alice").await;
    let chat = direct(&alice.phone, &alice).await;
    alice.phone.send(&chat, "before").await;
    asked(&world, "create schema public_next; create table public_next.theirs (id int)").await;
    world.restart().await;
    world.admin.post(REBUILD, &json!({})).await.accepted();
    let status = ended(&world).await;
    assert_eq!(status["phase"], "failed", "{status}");
    assert!(status["error"].as_str().is_some_and(|why| why.contains("public_next")), "{status}");
    alice.phone.send(&chat, "meanwhile").await;
    asked(&world, "drop table public_next.theirs; drop schema public_next").await;
    made_anew(&world).await;
    world.finish().await;
}

/// Asks something of the read models' PostgreSQL.
async fn asked(world: &World, sql: &'static str) {
    let Backend::Clustered { database, .. } = &world.backend else {
        unreachable!("it is clustered")
    };
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(database).await.expect("it is there");
    sqlx::raw_sql(sql).execute(&mut connection).await.expect("it does that");
    connection.close().await.expect("it closes");
}

/// Has the read models made anew; gives how it ended.
async fn made_anew(world: &World) -> Value {
    world.admin.post(REBUILD, &json!({})).await.accepted();
    let status = ended(world).await;
    assert_eq!(status["phase"], "done", "{status}; {}", world.server.last_words());
    status
}

/// Waits until nothing is under way.
async fn ended(world: &World) -> Value {
    eventually("it has ended", async || {
        let status = world.admin.get(REBUILD).await.accepted();
        let under_way = ["building", "swapping"].iter().any(|phase| status["phase"] == *phase);
        (!under_way).then_some(status)
    })
    .await
}

/// What the doctor says of read models that include all of the log.
async fn examined(world: &World) -> Value {
    eventually("the read models include the log's end", async || {
        let findings = world.admin.get("/v1/admin/doctor").await.accepted();
        (findings["hashed_at"] == findings["end"]).then_some(findings)
    })
    .await
}

/// Talks until told to stop; gives what was said last.
fn talks(device: &Device, chat: &str) -> (JoinHandle<String>, CancellationToken) {
    let (device, chat, stop) = (device.clone(), chat.to_owned(), CancellationToken::new());
    let stopped = stop.clone();
    let talking = tokio::spawn(async move {
        let mut last = String::new();
        for number in 1.. {
            if stopped.is_cancelled() {
                break;
            }
            last = format!("line {number}");
            device.send(&chat, &last).await;
        }
        last
    });
    (talking, stop)
}

/// Changes the rows while the server stands still.
async fn written(world: &World, sql: &'static str) {
    sqlx::any::install_default_drivers();
    let url = match &world.backend {
        Backend::Embedded => format!("sqlite:{}", world.server.folder().join("read.db").display()),
        Backend::Clustered { database, .. } => database.clone(),
    };
    let mut connection = AnyConnection::connect(&url).await.expect("it is there");
    let changed = sqlx::query(sql).execute(&mut connection).await.expect("it can be changed");
    assert!(changed.rows_affected() > 0, "there was nothing to change");
    connection.close().await.expect("it closes");
}

/// What is, or was, being made: a file, or a schema.
async fn begun(world: &World) -> Vec<String> {
    let Backend::Clustered { database, .. } = &world.backend else {
        return files(world).into_iter().filter(|name| name == "read.next.db").collect();
    };
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(database).await.expect("it is there");
    let schemas = "select nspname::text from pg_namespace where nspname::text = current_schema()::text || '_next'";
    let found = sqlx::query_scalar(schemas).fetch_all(&mut connection).await.expect("an answer");
    connection.close().await.expect("it closes");
    found
}

/// The read models' files, where they are files.
fn files(world: &World) -> Vec<String> {
    let Backend::Embedded = world.backend else {
        return vec!["read.2.db".to_owned()];
    };
    let entries = std::fs::read_dir(world.server.folder()).expect("the folder is there").flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_one = |name: &String| name.starts_with("read.") && std::path::Path::new(name).extension().is_some_and(|ending| ending == "db");
    names.filter(is_one).collect()
}
