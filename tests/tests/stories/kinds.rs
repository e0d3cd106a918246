//! Places, contacts, what programs add; and how long messages may be edited.

use heliograph_tests::backend::Backend;
use heliograph_tests::world::{direct, direct_id};
use heliograph_tests::{Answer, Device, World, story};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

async fn say(device: &Device, chat: &str, what: &Value) -> Answer {
    device.client.post(format!("/v1/chats/{chat}/messages"), what).await
}

story!(a_place_is_shared_and_moves, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let here = json!({"latitude": 52.520_006_6, "longitude": 13.404_954, "accuracy_m": 20});
    let sent = say(&alice.phone, &chat, &json!({"location": here})).await.accepted();
    let (message, id) = (&sent["message"], &sent["message"]["id"]);
    assert_eq!((&message["kind"], &message["location"]), (&json!("location"), &here));
    assert!(message.get("text").is_none(), "{message}");
    let path = format!("/v1/chats/{chat}/messages/{id}");
    let there = json!({"location": {"latitude": -33.86, "longitude": 151.2}});
    let moved = alice.phone.client.patch(&path, &there).await.accepted();
    assert_eq!(moved["message"]["location"], there["location"]);
    let seen = bob.phone.client.get(&path).at(&world.now().await).await.accepted();
    assert_eq!(seen["message"]["location"], there["location"]);
    alice
        .phone
        .client
        .patch(&path, &json!({"text": "Sydney"}))
        .await
        .refused("other_kind");
    let nowhere = json!({"location": {"latitude": 91, "longitude": 0}});
    say(&alice.phone, &chat, &nowhere).await.refused("invalid_location");
    let both = json!({"text": "here", "location": here});
    say(&alice.phone, &chat, &both).await.refused("invalid_request");
    say(&alice.phone, &chat, &json!({})).await.refused("invalid_request");
});

story!(a_contact_is_passed_on_and_nobody_reads_it_in_the_log, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let card = json!({"phone": "+44 20 7946 0123", "name": "Humphrey"});
    let sent = say(&alice.phone, &chat, &json!({"contact": card})).await.accepted();
    assert_eq!((&sent["message"]["kind"], &sent["message"]["contact"]), (&json!("contact"), &card));
    let told = world.admin.get("/v1/events?type=chat.message_sent").await;
    assert!(told.text.contains(r#""kind":"contact""#), "{}", told.text);
    assert!(!told.text.contains("Humphrey") && !told.text.contains("7946"), "{}", told.text);
    for bad in [
        json!({"phone": "call me", "name": "Humphrey"}),
        json!({"phone": "12", "name": "Humphrey"}),
    ] {
        say(&alice.phone, &chat, &json!({"contact": bad})).await.refused("invalid_contact");
    }
    let nameless = json!({"contact": {"phone": "123", "name": " "}});
    say(&alice.phone, &chat, &nameless).await.refused("text_blank");
});

story!(programs_add_what_they_like_as_long_as_it_is_short, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let extra = json!({"order": [1, 2.5, null, {"deep": true}]});
    let sent = say(&alice.phone, &chat, &json!({"text": "your order", "extra": extra}))
        .await
        .accepted();
    assert_eq!(sent["message"]["extra"], extra);
    let path = format!("/v1/chats/{chat}/messages/{}", sent["message"]["id"]);
    alice
        .phone
        .client
        .patch(&path, &json!({"text": "your order, sent"}))
        .await
        .accepted();
    let now = bob.phone.client.get(&path).at(&world.now().await).await.accepted();
    assert!(now["message"].get("extra").is_none(), "an edit replaces all of it: {now}");
    let long = json!({"text": "too much", "extra": "a".repeat(4_095)});
    say(&alice.phone, &chat, &long).await.refused("extra_too_long");
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_long_ago_stands() {
    for backend in [Backend::Embedded, Backend::clustered().await] {
        let mut world = World::on(backend, &[("HELIOGRAPH_CHATS__EDIT_HOURS", "1")]).await;
        let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
        for (chat, refused) in [(direct_id(&alice, &bob), true), (direct_id(&alice, &alice), false)] {
            let by = alice.account;
            let line = json!({"id": Uuid::new_v4(), "at": 1_000_000, "by": by, "chat": chat, "do": {"send": {"text": "long ago"}}});
            let told = world.admin.call(Method::POST, "/v1/admin/import").lines(&[line]).await;
            let told: Value = serde_json::from_str(&told.text).expect("one outcome");
            let message = told["message"].as_i64().unwrap_or_else(|| panic!("{told}"));
            let edited = alice.phone.edit(&chat, message, "never").await;
            if refused {
                edited.refused("edit_too_late");
            } else {
                edited.accepted();
            }
            let new = alice.phone.send(&chat, "just now").await;
            alice.phone.edit(&chat, new, "a moment ago").await.accepted();
        }
        world.finish().await;
    }
}
