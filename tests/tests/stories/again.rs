//! Sent again, acts once: the same command id gets the first answer again.

use heliograph_tests::chance::command_id;
use heliograph_tests::client::device::message_id;
use heliograph_tests::deadline::eventually;
use heliograph_tests::story;
use heliograph_tests::world::{direct, group};
use serde_json::json;

story!(a_command_sent_again_acts_once_also_after_a_crash, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let (id, path, body) = (command_id(), format!("/v1/chats/{chat}/messages"), json!({"text": "once"}));
    let first = alice.phone.client.post(&path, &body).id(id).await.accepted();
    for round in 0..3 {
        let again = alice.phone.client.post(&path, &body).id(id).await.accepted();
        assert_eq!(again["message"], first["message"], "round {round}");
        let other = alice.laptop.client.post(&path, &json!({"text": "twice"})).id(id).await;
        other.refused("command_id_reused");
        world.crash().await;
    }
    let spoken = eventually("it is said", async || {
        alice.phone.say(id, json!({"type": "send", "chat": chat, "text": "once"})).await
    })
    .await;
    assert_eq!(
        message_id(&spoken["result"]),
        message_id(&first),
        "over the WebSocket too: {spoken}"
    );
    assert_eq!(bob.phone.send(&chat, "and then").await, 2);
});

story!(a_command_sent_many_times_at_once_acts_once, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for round in 1..=10 {
        let (id, text) = (command_id(), format!("round {round}"));
        let path = format!("/v1/chats/{chat}/messages");
        let send = |device: &heliograph_tests::Device| device.client.post(&path, &json!({"text": text})).id(id).attempt();
        let answers = futures::future::join_all([&alice.phone, &alice.laptop, &alice.phone, &alice.laptop].map(send)).await;
        for answer in answers {
            assert_eq!(message_id(&answer.expect("an answer").accepted()), round);
        }
    }
});

story!(creating_again_makes_nothing_new, |world| {
    let alice = world.person("Alice").await;
    let id = command_id();
    let create = || {
        alice
            .phone
            .client
            .post("/v1/chats", &json!({"title": "once", "members": []}))
            .id(id)
    };
    let first = create().await.accepted();
    world.crash().await;
    assert_eq!(create().await.accepted()["chat"]["id"], first["chat"]["id"]);
    let register = || world.admin.post("/v1/accounts", &json!({"name": "Eve"})).id(id);
    let eve = register().await.accepted();
    assert_eq!(
        register().await.accepted()["account"]["id"],
        eve["account"]["id"],
        "whose ids are apart from Alice's"
    );
    let account = eve["account"]["id"].clone();
    let authorise = || {
        world
            .admin
            .post(format!("/v1/accounts/{account}/devices"), &json!({"name": "phone"}))
            .id(command_id_of(id))
    };
    let device = authorise().await.accepted();
    let again = authorise().await.accepted();
    assert_eq!(
        (&again["device"], &again["repeated"], &again["token"]),
        (&device["device"], &json!(true), &json!(null))
    );
});

/// Another id, the same each time.
fn command_id_of(id: uuid::Uuid) -> uuid::Uuid {
    uuid::Uuid::from_u128(id.as_u128() ^ 1)
}

story!(a_refused_command_is_decided_afresh, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let id = command_id();
    let read = || bob.phone.client.post(format!("/v1/chats/{chat}/read"), &json!({"up_to": 1})).id(id);
    alice.phone.send(&chat, "one").await;
    let early = command_id();
    let reads = || {
        bob.phone
            .client
            .post(format!("/v1/chats/{chat}/read"), &json!({"up_to": 2}))
            .id(early)
    };
    reads().await.refused("not_sent_yet");
    read().await.accepted();
    alice.phone.send(&chat, "two").await;
    reads().await.accepted();
});

story!(a_mark_that_another_one_said_as_well_is_accepted_again_by_who_left, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "for now", &[&bob]).await;
    alice.phone.send(&chat, "one").await;
    let newest = alice.phone.send(&chat, "two").await;
    bob.hears("two").await;
    let path = format!("/v1/chats/{chat}/read");
    // Within a second, so that the higher one is all that is recorded; and one that finds everything read.
    let marks = [(1, command_id()), (newest, command_id()), (newest, command_id())];
    let mark = |(up_to, id): (i64, uuid::Uuid)| bob.laptop.client.post(&path, &json!({"up_to": up_to})).id(id);
    for answer in futures::future::join_all(marks.map(|each| mark(each).attempt())).await {
        answer.expect("an answer").accepted();
    }
    alice
        .phone
        .client
        .delete(format!("/v1/chats/{chat}/members/{}", bob.account))
        .await
        .accepted();
    eventually("he is out", async || {
        let answer = bob.phone.client.get(format!("/v1/chats/{chat}")).await;
        (answer.code() == Some("chat_not_found")).then_some(())
    })
    .await;
    for each in marks {
        mark(each).await.accepted();
    }
    mark((newest + 1, command_id())).await.refused("chat_not_found");
});

story!(people_share_no_command_ids, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let id = command_id();
    for (device, text) in [(&alice.phone, "hers"), (&bob.phone, "his")] {
        device
            .client
            .post(format!("/v1/chats/{chat}/messages"), &json!({"text": text}))
            .id(id)
            .await
            .accepted();
    }
    alice.hears("his").await;
    bob.hears("hers").await;
});
