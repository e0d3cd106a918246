//! Two people talk: sending, replying, editing, deleting, saving.

use heliograph_tests::backend::Backend;
use heliograph_tests::world::direct;
use heliograph_tests::{World, story};
use serde_json::json;

story!(two_people_with_two_devices_each_talk, |world| {
    two_people_talk(world).await;
});

/// As on one lane, so on four: each lane has its part of the chats, and its part of the accounts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_four_lanes_people_talk_as_on_one() {
    for backend in [Backend::Embedded, Backend::clustered().await] {
        let mut world = World::on(backend, &[("HELIOGRAPH_DATABASE__LANES", "4")]).await;
        for _ in 0..4 {
            two_people_talk(&mut world).await;
        }
        world.crash().await;
        two_people_talk(&mut world).await;
        let mut lanes = world.server.metrics("heliograph_projection_facts_total").await;
        // What is searched has one of its own.
        lanes.retain(|(name, _)| !name.contains("search"));
        assert_eq!(lanes.len(), 4, "{lanes:?}");
        world.finish().await;
    }
}

async fn two_people_talk(world: &mut World) {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    assert_eq!(chat, direct(&bob.phone, &alice).await, "the chat is the same from both sides");
    assert_eq!(alice.phone.send(&chat, "hi Bob").await, 1);
    bob.hears("hi Bob").await;
    assert_eq!(bob.laptop.say_text(&chat, "hi Alice").await, 2);
    alice.hears("hi Alice").await;
    bob.phone.hears("hi Alice").await;
    for device in [&alice.laptop, &bob.phone] {
        assert_eq!(device.knows(|view| view.texts(&chat).join(", ")), "hi Bob, hi Alice");
    }
}

story!(an_answer_names_the_message_that_it_answers, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let question = alice.phone.send(&chat, "tea or coffee?").await;
    let answer = bob.phone.reply(&chat, question, "tea").await;
    alice.hears("tea").await;
    bob.hears("tea").await;
    let replied = |device: &heliograph_tests::Device| device.knows(|view| view.chat(&chat).messages[&answer].reply_to);
    assert_eq!((replied(&alice.phone), replied(&bob.laptop)), (Some(question), Some(question)));
    let nothing = json!({"text": "what?", "reply_to": 99});
    alice
        .phone
        .client
        .post(format!("/v1/chats/{chat}/messages"), &nothing)
        .await
        .refused("message_not_found");
});

story!(an_edit_reaches_every_device_and_nobody_else_may_make_it, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let message = alice.phone.send(&chat, "helo").await;
    bob.hears("helo").await;
    alice.laptop.edit(&chat, message, "hello").await.accepted();
    bob.hears("hello").await;
    alice.hears("hello").await;
    bob.phone.edit(&chat, message, "goodbye").await.refused("not_your_message");
    let now = bob
        .phone
        .client
        .get(format!("/v1/chats/{chat}/messages/{message}"))
        .await
        .accepted();
    assert_eq!(now["message"]["text"], "hello");
    assert!(now["message"]["edited_at"].as_i64() > now["message"]["sent_at"].as_i64(), "{now}");
});

story!(what_is_deleted_is_gone_from_every_device, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let message = alice.phone.send(&chat, "my password is 1234").await;
    bob.hears("my password is 1234").await;
    alice.phone.delete(&chat, message).await.accepted();
    for device in [&alice.laptop, &bob.phone, &bob.laptop] {
        device
            .comes_to_know("it is deleted", |view| view.chat(&chat).messages[&message].deleted)
            .await;
        let answer = device.client.get(format!("/v1/chats/{chat}/messages/{message}")).await;
        assert!(!answer.text.contains("1234"), "{}", answer.text);
    }
    alice.phone.edit(&chat, message, "never mind").await.refused("message_deleted");
    assert_eq!(bob.phone.send(&chat, "what was it?").await, 2, "a deleted message keeps its number");
});

story!(deleted_while_away_never_arrives, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    bob.offline().await;
    let messages = [
        alice.phone.send(&chat, "secret one").await,
        alice.phone.send(&chat, "secret two").await,
    ];
    let kept = alice.phone.send(&chat, "good morning").await;
    let delete = json!({"messages": messages});
    alice
        .phone
        .client
        .post(format!("/v1/chats/{chat}/messages/delete"), &delete)
        .await
        .accepted();
    let now = world.now().await;
    alice.phone.client.get("/v1/me").at(&now).await.accepted();
    bob.online();
    bob.hears("good morning").await;
    for device in bob.devices() {
        device
            .comes_to_know("both are deleted", |view| {
                messages.iter().all(|id| view.chat(&chat).messages[id].deleted)
            })
            .await;
        assert_eq!(
            device.knows(|view| view.told.iter().filter(|tidings| format!("{tidings:?}").contains("secret")).count()),
            0
        );
        assert!(!device.knows(|view| view.chat(&chat).messages[&kept].deleted));
    }
});

story!(saved_messages_are_ones_own, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let saved = direct(&alice.phone, &alice).await;
    alice.phone.send(&saved, "buy milk").await;
    alice.laptop.hears("buy milk").await;
    bob.phone.try_send(&saved, "and honey").await.refused("chat_not_found");
    bob.phone
        .client
        .get(format!("/v1/chats/{saved}/messages"))
        .await
        .refused("chat_not_found");
    let now = world.now().await;
    assert_eq!(alice.laptop.unread(&saved, &now).await, 0);
});

story!(formatting_arrives_as_it_was_sent, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    // The sun is two UTF-16 units.
    let entities = json!([
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "text_link", "offset": 3, "length": 4, "url": "https://example.org/"},
    ]);
    let body = json!({"text": "🌞 here", "entities": entities});
    let sent = alice
        .phone
        .client
        .post(format!("/v1/chats/{chat}/messages"), &body)
        .await
        .accepted();
    bob.hears("🌞 here").await;
    let id = &sent["message"]["id"];
    let now = bob.phone.client.get(format!("/v1/chats/{chat}/messages/{id}")).await.accepted();
    assert_eq!(now["message"]["entities"], entities, "{now}");
});
