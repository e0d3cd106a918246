//! Going offline, coming back, missing nothing.

use std::time::Duration;

use futures::future::join_all;
use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::client::update::Tidings;
use heliograph_tests::client::view::View;
use heliograph_tests::story;
use heliograph_tests::world::{direct, group};
use serde_json::json;

story!(who_was_away_gets_everything_in_order, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "before").await;
    bob.hears("before").await;
    bob.phone.offline().await;
    for number in 0..200 {
        alice.phone.send(&chat, &format!("meanwhile {number}")).await;
    }
    bob.laptop.hears("meanwhile 199").await;
    assert_eq!(bob.phone.knows(|view| view.texts(&chat).len()), 1);
    bob.phone.online();
    bob.phone.hears("meanwhile 199").await;
    assert_eq!(bob.phone.knows(|view| view.texts(&chat).len()), 201);
});

story!(reconnecting_again_and_again_under_load_loses_and_repeats_nothing, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let talking = async {
        for number in 0..300 {
            alice.phone.send(&chat, &format!("line {number}")).await;
        }
    };
    let reconnecting = async {
        for lines in (0..300).step_by(10) {
            bob.phone.comes_to_know("goes on", |view| view.texts(&chat).len() >= lines).await;
            bob.phone.offline().await;
            bob.phone.online();
        }
    };
    tokio::join!(talking, reconnecting);
    bob.hears("line 299").await;
    assert_eq!(bob.phone.knows(|view| view.texts(&chat).len()), 300);
});

story!(many_writers_and_every_device_agrees_on_the_order, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "the order of things", &[&bob, &carol]).await;
    let writers = [&alice.phone, &alice.laptop, &bob.phone, &bob.laptop, &carol.phone, &carol.laptop];
    join_all(writers.map(async |writer| {
        for number in 0..40 {
            writer.send(&chat, &format!("{writer}: {number}")).await;
        }
    }))
    .await;
    for device in writers {
        device.comes_to_know("all 240", |view| view.texts(&chat).len() == 240).await;
    }
    let order = |device: &heliograph_tests::Device| device.knows(|view| view.texts(&chat).join("\n"));
    assert!(writers.iter().all(|device| order(device) == order(&alice.phone)));
});

story!(a_new_device_is_told_what_comes_after_it, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "before the tablet").await;
    let tablet = heliograph_tests::world::person::authorise(&world.admin, bob.account, "tablet").await;
    tablet.online();
    tablet.comes_to_know("its session is open", |view| view.sessions > 0).await;
    alice.phone.send(&chat, "after the tablet").await;
    tablet.hears("after the tablet").await;
    assert_eq!(tablet.knows(|view| view.texts(&chat).join(", ")), "after the tablet");
    let history = tablet
        .client
        .get(format!("/v1/chats/{chat}/messages?after=0&limit=10"))
        .await
        .accepted();
    assert_eq!(
        history["messages"].as_array().map(Vec::len),
        Some(2),
        "what came before is asked for: {history}"
    );
});

story!(long_polling_waits_and_tells_what_the_websocket_tells, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "first").await;
    bob.hears("first").await;
    let cursor = bob.phone.knows(View::cursor);
    let polling = bob
        .phone
        .client
        .get(format!("/v1/updates?{}&limit=10&wait=30", cursor.query()))
        .patience(Duration::from_secs(40));
    let polling = tokio::spawn(polling.attempt());
    alice.phone.send(&chat, "second").await;
    let page = polling.await.expect("no panic").expect("an answer").accepted();
    assert_eq!(page["updates"][0]["seq"], cursor.seq + 1, "{page}");
    assert!(
        matches!(Tidings::read(&page["updates"][0]), Tidings::MessageSent { message, .. } if message.text.as_deref() == Some("second"))
    );
    bob.hears("second").await;
});

story!(long_polling_gives_up_with_nothing_when_its_time_is_over, |world| {
    let alice = world.person("Alice").await;
    let page = alice.phone.client.get("/v1/updates").at(&world.now().await).await.accepted();
    let (head, at) = (page["head"].clone(), page["head_at"].clone());
    let page = alice
        .phone
        .client
        .get(format!("/v1/updates?epoch=2&after={head}&at={at}&wait=1"))
        .await
        .accepted();
    let told = (&page["head"], &page["head_at"], &page["updates"]);
    assert_eq!(told, (&head, &at, &json!([])), "{page}");
});

story!(an_update_names_the_command_of_the_device_that_asked, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    // The first message brings the chat into being as well: two updates.
    alice.phone.send(&chat, "hello").await;
    let id = heliograph_tests::chance::command_id();
    alice
        .phone
        .client
        .post(format!("/v1/chats/{chat}/messages"), &json!({"text": "mine"}))
        .id(id)
        .await
        .accepted();
    alice.hears("mine").await;
    bob.hears("mine").await;
    assert_eq!(alice.phone.knows(|view| view.commands.get(&id.to_string()).copied()), Some(1));
    for other in [&alice.laptop, &bob.phone] {
        assert_eq!(other.knows(|view| view.commands.get(&id.to_string()).copied()), None, "{other}");
    }
});

story!(a_session_without_a_cursor_hears_only_what_is_new, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "old").await;
    bob.hears("old").await;
    let mut socket = Socket::connect(&world.server.address.authority()).await.expect("it connects");
    let ready = socket.open(&bob.phone.client.token, None).await.expect("an answer");
    let Frame::Said(ready) = ready else { panic!("{ready:?}") };
    assert_eq!(
        (&ready["type"], &ready["account"]),
        (&json!("ready"), &json!(bob.account)),
        "{ready}"
    );
    alice.phone.send(&chat, "new").await;
    let updates = socket.hear_type("updates").await;
    assert_eq!(
        updates["first"].as_i64(),
        ready["head"].as_i64().map(|head| head + 1),
        "{ready} {updates}"
    );
    assert_eq!(updates["updates"][0]["message"]["text"], "new");
});
