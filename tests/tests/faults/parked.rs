//! A parked fact: everything goes on without it, and the operator releases it once its cause is mended.

use std::sync::Arc;

use bytes::Bytes;
use domain::actor::Actor;
use domain::event::Event;
use domain::id::{AccountId, Position};
use domain::stream::Stream;
use domain::system;
use domain::system::event::FactParked;
use heliograph_tests::backend::Backend;
use heliograph_tests::client::device::message_id;
use heliograph_tests::history::Scribe;
use heliograph_tests::world::direct;
use heliograph_tests::{Answer, World, story};
use infra::log::EventLog;
use infra::log::jetstream::{self, JetStreamLog};
use infra::log::sqlite::SqliteLog;
use serde_json::{Value, json};

const RELEASE: &str = "/v1/admin/parked/release";

story!(what_was_parked_is_applied_once_it_is_released, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "before").await;
    let sent = alice.phone.try_send(&chat, "in question").await;
    let position = position(&sent);
    let message = message_id(&sent.accepted());
    bob.phone.send(&chat, "behind").await;
    for person in [&alice, &bob] {
        person.hears("behind").await;
        person.offline().await;
    }
    world.server.stop().await;
    let unreadable = park_and_scribble(world, position).await;
    world.forget_read_models().await;
    world.server.go_on().await;

    let path = format!("/v1/chats/{chat}/messages/{message}");
    bob.phone.client.get(&path).await.refused("message_not_found");
    let parked = doctor(world).await["parked"].clone();
    assert_eq!(
        parked[0],
        json!({"projection": "timeline", "position": position, "index": 0, "error": "a story"})
    );
    assert_eq!(
        (&parked[1]["projection"], &parked[1]["position"]),
        (&json!("*"), &json!(unreadable))
    );

    let wanted = json!({"projection": "timeline", "position": position, "index": 0});
    bob.phone.client.post(RELEASE, &wanted).await.refused("forbidden");
    let released = world.admin.post(RELEASE, &wanted).await;
    let included = released.position.clone().expect("a command's answer has a position");
    assert_ne!(released.accepted()["outcome"], "parked_again");
    let there = bob.phone.client.get(&path).at(&included).await.accepted();
    assert_eq!(there["message"]["text"], "in question");
    world.admin.post(RELEASE, &wanted).await.refused("not_parked");

    // What still can't be read is parked again, and says why.
    let hopeless = json!({"projection": "*", "position": unreadable, "index": 0});
    let again = world.admin.post(RELEASE, &hopeless).await.accepted();
    assert_eq!(again["outcome"], "parked_again");
    assert!(again["error"].is_string(), "{again}");

    // Made anew, all of it is skipped and applied at the same places.
    let before = doctor(world).await;
    assert_eq!(before["parked"].as_array().map(Vec::len), Some(1));
    world.server.stop().await;
    world.forget_read_models().await;
    world.server.go_on().await;
    let after = doctor(world).await;
    assert_eq!((&after["parked"], &after["models"]), (&before["parked"], &before["models"]));
});

fn position(answer: &Answer) -> i64 {
    let position = answer.position.as_ref().expect("a command's answer has a position");
    position.parse().expect("it is a number")
}

async fn doctor(world: &World) -> Value {
    world.admin.get("/v1/admin/doctor").await.accepted()
}

/// Writes into the log of a server that stands still: that the timeline parked the fact, and a commit that nobody can read.
/// Gives the latter's position.
async fn park_and_scribble(world: &World, position: i64) -> i64 {
    let (log, file) = open(world).await;
    let mut scribe = Scribe::new(log);
    let parked = system::Event::FactParked(FactParked {
        projection: "timeline".to_owned(),
        position: Position::try_from(position).expect("a position"),
        index: 0,
        error: "a story".to_owned(),
    });
    let by = Actor::Reactor("parking".to_owned());
    scribe.write(Stream::System, &by, &[Event::System(parked)]).await;
    // In the stream of somebody who does not exist, so that nothing else is concerned.
    let unreadable = scribe
        .write_body(Stream::Inbox(AccountId::MAX), Bytes::from_static(b"\xff\xfe"))
        .await;
    if let Some(file) = file {
        file.close().await;
    }
    unreadable.get()
}

async fn open(world: &World) -> (Arc<dyn EventLog>, Option<Arc<SqliteLog>>) {
    match &world.backend {
        Backend::Embedded => {
            let file = SqliteLog::open(world.server.folder().join("log.db")).await.expect("the log");
            let file = Arc::new(file);
            (Arc::clone(&file) as Arc<dyn EventLog>, Some(file))
        }
        Backend::Clustered { nats, .. } => {
            let log = JetStreamLog::connect(&nats.url(), jetstream::Config::default()).await;
            (Arc::new(log.expect("the log")), None)
        }
    }
}
