//! Read marks, unread counts, and reading one's own writes.

use heliograph_tests::story;
use heliograph_tests::world::{direct, group};
use serde_json::json;

story!(ones_own_devices_agree_on_what_is_read, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for number in 1..=5 {
        alice.phone.send(&chat, &format!("message {number}")).await;
    }
    let now = world.now().await;
    assert_eq!((bob.phone.unread(&chat, &now).await, bob.laptop.unread(&chat, &now).await), (5, 5));
    bob.phone.read(&chat, 3).await.accepted();
    bob.laptop
        .comes_to_know("the read mark", |view| view.chat(&chat).read_up_to == 3)
        .await;
    let now = world.now().await;
    assert_eq!((bob.phone.unread(&chat, &now).await, bob.laptop.unread(&chat, &now).await), (2, 2));
    assert_eq!(alice.phone.unread(&chat, &now).await, 0, "one's own messages are read");
});

story!(deleting_what_is_unread_lowers_the_count, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for number in 1..=4 {
        alice.phone.send(&chat, &format!("message {number}")).await;
    }
    bob.phone.read(&chat, 2).await.accepted();
    alice.phone.delete(&chat, 1).await.accepted();
    alice.phone.delete(&chat, 3).await.accepted();
    let now = world.now().await;
    assert_eq!(bob.laptop.unread(&chat, &now).await, 1);
});

story!(a_read_mark_only_rises_and_never_leads, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for number in 1..=3 {
        alice.phone.send(&chat, &format!("message {number}")).await;
    }
    bob.phone.read(&chat, 3).await.accepted();
    bob.laptop.read(&chat, 1).await.accepted();
    bob.phone.read(&chat, 4).await.refused("not_sent_yet");
    let now = world.now().await;
    assert_eq!(bob.phone.unread(&chat, &now).await, 0);
});

story!(writing_marks_as_read, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "are you there?").await;
    bob.phone.send(&chat, "yes").await;
    alice.phone.send(&chat, "good").await;
    let now = world.now().await;
    assert_eq!(bob.laptop.unread(&chat, &now).await, 1);
    assert_eq!(alice.laptop.unread(&chat, &now).await, 0);
});

story!(what_was_said_before_one_joined_is_not_unread, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "early and late", &[]).await;
    alice.phone.send(&chat, "alone").await;
    alice
        .phone
        .client
        .post(format!("/v1/chats/{chat}/members"), &json!({"account": bob.account}))
        .await
        .accepted();
    alice.phone.send(&chat, "not alone").await;
    let now = world.now().await;
    // That he was added, and what was said since.
    assert_eq!(bob.phone.unread(&chat, &now).await, 2);
});

story!(everybody_reads_their_own_writes, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for number in 1..=50 {
        let text = format!("write {number}");
        let answer = alice.phone.try_send(&chat, &text).await;
        let position = answer.position.clone().expect("a command has a position");
        let messages = alice
            .laptop
            .client
            .get(format!("/v1/chats/{chat}/messages?limit=1"))
            .at(&position)
            .await
            .accepted();
        assert_eq!(messages["messages"][0]["text"], text, "{messages}");
    }
    let answer = alice.phone.client.patch("/v1/me", &json!({"name": "Alicia"})).await;
    let position = answer.position.clone().expect("a command has a position");
    let seen = bob.phone.client.get(format!("/v1/users/{}", alice.account)).at(&position).await;
    assert!(seen.text.contains("Alicia"), "{}", seen.text);
});
