//! WebSocket frames that are not what the documentation says.

use heliograph_tests::chance::command_id;
use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::documented::assert_documented;
use heliograph_tests::{Device, World, story};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Utf8Bytes;

use crate::scene::Scene;

async fn connected(world: &World) -> Socket {
    Socket::connect(&world.server.address.authority()).await.expect("it connects")
}

async fn opened(world: &World, device: &Device) -> Socket {
    let mut socket = connected(world).await;
    let ready = socket.open(&device.client.token, None).await.expect("an answer");
    assert!(matches!(&ready, Frame::Said(frame) if frame["type"] == "ready"), "{ready:?}");
    socket
}

async fn say(socket: &mut Socket, text: &str) {
    socket.send(Message::Text(Utf8Bytes::from(text))).await.expect("it is sent");
}

async fn refused(socket: &mut Socket, frame: &str, code: &str) -> Value {
    say(socket, frame).await;
    let error = socket.hear_type("error").await;
    assert_eq!(error["error"]["code"], code, "{frame}: {error}");
    assert_documented(code);
    error
}

story!(the_first_frame_must_open, |world| {
    let scene = Scene::set(world).await;
    let send = json!({"type": "send", "id": command_id(), "chat": scene.dm, "text": "too early"}).to_string();
    for (frame, code) in [
        (send.as_str(), "not_open"),
        ("{\"type\":\"ack\",\"seq\":1}", "not_open"),
        ("{", "malformed_json"),
        ("{}", "invalid_request"),
    ] {
        let mut socket = connected(world).await;
        refused(&mut socket, frame, code).await;
        assert!(socket.closed().await.is_some(), "{frame}");
    }
    let mut silent = connected(world).await;
    assert!(silent.closed().await.is_some(), "who says nothing is not kept");
});

story!(a_frame_that_is_wrong_is_answered_and_the_session_goes_on, |world| {
    let scene = Scene::set(world).await;
    let mut socket = opened(world, &scene.alice.phone).await;
    let id = command_id().to_string();
    let dm = &scene.dm;
    for (frame, code) in [
        ("{".to_owned(), "malformed_json"),
        ("[]".to_owned(), "invalid_request"),
        (json!({"type": "sing"}).to_string(), "invalid_request"),
        (json!({"type": "send", "chat": dm, "text": "no id"}).to_string(), "invalid_request"),
        (
            json!({"type": "send", "id": id, "chat": dm, "text": "hi", "colour": "red"}).to_string(),
            "invalid_request",
        ),
        (json!({"type": "ack", "seq": 0}).to_string(), "invalid_request"),
    ] {
        refused(&mut socket, &frame, code).await;
    }
    let (open, wrong) = (
        json!({"type": "open", "token": scene.alice.phone.client.token}).to_string(),
        command_id().to_string(),
    );
    let _ = open;
    for (command, code) in [
        (json!({"type": "send", "chat": dm, "text": "x".repeat(4097)}), "text_too_long"),
        (json!({"type": "send", "chat": "g-4242", "text": "hi"}), "chat_not_found"),
        (
            json!({"type": "edit", "chat": dm, "message": 99, "text": "hi"}),
            "message_not_found",
        ),
        (
            json!({"type": "delete", "chat": dm, "messages": (1..=101).collect::<Vec<i64>>()}),
            "too_many_messages",
        ),
        (json!({"type": "read", "chat": dm, "up_to": 99}), "not_sent_yet"),
    ] {
        let mut command = command;
        command["id"] = wrong.clone().into();
        let error = refused(&mut socket, &command.to_string(), code).await;
        assert_eq!(error["id"], wrong, "the answer names the command");
    }
    let send = json!({"type": "send", "id": id, "chat": dm, "text": "still here"}).to_string();
    say(&mut socket, &send).await;
    assert_eq!(socket.hear_type("done").await["id"], id);
    scene.bob.hears("still here").await;
});

story!(who_goes_on_talking_nonsense_is_shown_out, |world| {
    let scene = Scene::set(world).await;
    let mut socket = opened(world, &scene.alice.phone).await;
    let mut sent = 0;
    while socket.send(Message::text("nonsense")).await.is_ok() && sent < 1000 {
        sent += 1;
    }
    assert!(
        socket.closed().await.is_some() || sent < 1000,
        "a thousand malformed frames were taken"
    );
    scene.goes_on().await;
});

story!(binary_and_oversized_frames_end_the_session, |world| {
    let scene = Scene::set(world).await;
    let mut binary = opened(world, &scene.alice.phone).await;
    binary.send(Message::binary(vec![0, 159, 146, 150])).await.expect("it is sent");
    assert_eq!(binary.closed().await, Some(1003));
    for kilobytes in [65, 1024, 32 * 1024] {
        let mut huge = opened(world, &scene.alice.phone).await;
        // The server may hang up before it was all sent.
        drop(huge.send(Message::text("x".repeat(kilobytes * 1024))).await);
        let code = huge.closed().await;
        assert!(matches!(code, Some(1009) | None), "{kilobytes} kB: {code:?}");
    }
    scene.goes_on().await;
});

story!(a_frame_has_64_kib, |world| {
    let scene = Scene::set(world).await;
    let mut socket = opened(world, &scene.alice.phone).await;
    let send = json!({"type": "send", "id": command_id(), "chat": scene.dm, "text": "just so"}).to_string();
    let full = send.clone() + &" ".repeat(64 * 1024 - send.len());
    say(&mut socket, &full).await;
    socket.hear_type("done").await;
    // The server may hang up before it was all sent.
    drop(socket.send(Message::text(full + " ")).await);
    let code = socket.closed().await;
    assert!(matches!(code, Some(1009) | None), "{code:?}");
});

story!(acknowledging_what_was_not_sent_is_refused, |world| {
    let scene = Scene::set(world).await;
    let mut socket = opened(world, &scene.bob.phone).await;
    let seq = scene.bob.phone.knows(|view| view.seq);
    say(&mut socket, &json!({"type": "ack", "seq": seq}).to_string()).await;
    refused(
        &mut socket,
        &json!({"type": "ack", "seq": seq + 1000}).to_string(),
        "seq_from_the_future",
    )
    .await;
    scene.goes_on().await;
});
