//! The server stops in good order, and comes back.

use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::process::Signal;
use heliograph_tests::story;
use heliograph_tests::world::direct;

story!(told_to_stop_the_server_closes_sessions_and_keeps_its_word, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let mut socket = Socket::connect(&world.server.address.authority()).await.expect("it connects");
    let ready = socket.open(&bob.phone.client.token, None).await.expect("an answer");
    assert!(matches!(ready, Frame::Said(ready) if ready["type"] == "ready"));
    let writer = tokio::spawn({
        let (phone, chat) = (alice.phone.clone(), chat.clone());
        async move {
            let mut acknowledged = Vec::new();
            for number in 0.. {
                let text = format!("line {number}");
                let body = serde_json::json!({"text": text});
                match phone.client.post(format!("/v1/chats/{chat}/messages"), &body).attempt().await {
                    Ok(answer) if answer.status.is_success() => acknowledged.push(text),
                    Ok(_) | Err(_) => break,
                }
            }
            acknowledged
        }
    });
    bob.hears("line 20").await;
    world.server.signal(Signal::Term);
    assert_eq!(socket.closed().await, Some(1001), "going away");
    assert!(world.server.ends().await.success(), "{}", world.server.last_words());
    let acknowledged = writer.await.expect("no panic");
    world.server.go_on().await;
    let last = acknowledged.last().expect("some were acknowledged").clone();
    bob.hears(&last).await;
    for line in &acknowledged {
        assert!(
            bob.phone.knows(|view| view.texts(&chat).contains(&line.as_str())),
            "{line} was lost"
        );
    }
});

story!(after_a_restart_everything_goes_on, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for round in 0..3 {
        alice.phone.send(&chat, &format!("round {round}")).await;
        world.restart().await;
        bob.hears(&format!("round {round}")).await;
    }
    assert_eq!(bob.phone.send(&chat, "still here").await, 4);
});
