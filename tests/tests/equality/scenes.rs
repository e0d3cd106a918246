//! What chance would hardly bring about.

use heliograph_tests::backend::Backend;
use heliograph_tests::world::person::authorise;
use heliograph_tests::{Device, Observer, World};
use serde_json::json;

/// More than a snapshot tells ids of.
const MANY: i64 = 260;

async fn somebody(world: &World, name: &str) -> Device {
    let account = world.admin.post("/v1/accounts", &json!({"name": name})).await.accepted();
    authorise(&world.admin, account["account"]["id"].as_i64().expect("an id"), "phone").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_deleted_messages_than_are_told_are_counted_all_the_same() {
    let world = World::on(Backend::Embedded, &[]).await;
    let (alice, bob) = (somebody(&world, "Alice").await, somebody(&world, "Bob").await);
    let chat = alice
        .client
        .post("/v1/chats", &json!({"title": "gone", "members": [bob.account]}))
        .await
        .accepted();
    let chat = chat["chat"]["id"].as_str().expect("an id").to_owned();
    let mut early = Observer::look(&bob.client, 5, true, false).await;
    for number in 1..=MANY {
        alice.send(&chat, &number.to_string()).await;
    }
    let delete = async |from: i64, to: i64| {
        let messages: Vec<i64> = (from..to).collect();
        let path = format!("/v1/chats/{chat}/messages/delete");
        alice.client.post(path, &json!({"messages": messages})).await.accepted();
    };
    delete(1, 101).await;
    delete(101, 201).await;
    let mut full = Observer::look(&bob.client, 5, true, false).await;
    delete(201, 241).await;
    // All but the last: what a list shows is nothing that anybody knows by now, or that is too far back.
    let mut late = Observer::look(&bob.client, 5, true, false).await;
    delete(241, MANY + 1).await;
    let now = world.now().await;
    for observer in [&mut early, &mut full, &mut late] {
        observer.settle(&now).await.expect("as fresh");
    }
    bob.read(&chat, 50).await.accepted();
    alice.send(&chat, "one more").await;
    let now = world.now().await;
    for observer in [&mut early, &mut full, &mut late] {
        observer.settle(&now).await.expect("as fresh");
    }
    world.finish().await;
}
