//! Cursors that are of no use: another epoch, the future, another history, beyond retention.

use heliograph_tests::backend::Backend;
use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::client::view::{Cursor, View};
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::direct;
use heliograph_tests::{Device, World, story};
use serde_json::{Value, json};

async fn open(world: &World, device: &Device, cursor: Cursor) -> Value {
    let mut socket = Socket::connect(&world.server.address.authority()).await.expect("it connects");
    match socket.open(&device.client.token, Some(cursor)).await.expect("an answer") {
        Frame::Said(frame) => frame,
        Frame::Closed(code) => panic!("closed with {code:?}"),
    }
}

/// Both doors send the cursor away, and say from where to go on.
async fn useless(world: &World, device: &Device, cursor: Cursor, head: Cursor) {
    let frame = open(world, device, cursor).await;
    assert_eq!(frame["type"], "resync", "{cursor:?}: {frame}");
    let answer = device.client.get(format!("/v1/updates?{}", cursor.query())).await;
    answer.refused("resync");
    assert_eq!(answer.status.as_u16(), 409);
    for told in [&frame, &answer.body] {
        let told = (told["epoch"].as_i64(), told["head"].as_i64(), told["head_at"].as_i64());
        assert_eq!(told, (Some(head.epoch), Some(head.seq), head.at), "{cursor:?}");
    }
}

story!(a_cursor_of_no_use_is_told_to_resync, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "hello").await;
    bob.hears("hello").await;
    let (head, first) = bob.phone.knows(|view| (view.cursor(), view.cursor_at(1)));
    let (epoch, seq, at) = (head.epoch, head.seq, head.at);
    let another = at.map(|at| at + 1);
    for cursor in [
        Cursor { epoch: epoch + 1, seq, at },
        Cursor { epoch, seq: seq + 1, at },
        Cursor {
            epoch,
            seq: seq + 1_000_000,
            at,
        },
        Cursor { epoch, seq, at: another },
        Cursor {
            epoch,
            seq: 1,
            at: another,
        },
    ] {
        useless(world, &bob.phone, cursor, head).await;
    }
    for good in [head, first, Cursor::start(epoch)] {
        let ready = open(world, &bob.phone, good).await;
        assert_eq!(
            (&ready["type"], &ready["head"], &ready["head_at"]),
            (&json!("ready"), &json!(seq), &json!(at)),
            "its own cursors are still good: {ready}"
        );
    }
});

story!(two_devices_acknowledge_apart, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "one").await;
    alice.phone.send(&chat, "two").await;
    bob.hears("two").await;
    let seq = bob.phone.knows(|view| view.seq);
    bob.phone
        .client
        .post("/v1/updates/ack", &json!({"epoch": 2, "seq": seq}))
        .await
        .accepted();
    let too_far = json!({"epoch": 2, "seq": seq + 1000});
    bob.phone
        .client
        .post("/v1/updates/ack", &too_far)
        .await
        .refused("seq_from_the_future");
    // What is acknowledged, by this device or another, may be asked for again.
    for device in [&bob.phone, &bob.laptop] {
        let page = device.client.get("/v1/updates?epoch=2&after=0&limit=100").await.accepted();
        assert_eq!(
            page["updates"].as_array().map(Vec::len),
            Some(usize::try_from(device.knows(|view| view.seq)).unwrap()),
            "{page}"
        );
    }
});

/// Retention counts at least a thousand updates, so it takes a few more to go beyond it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_beyond_retention_starts_from_a_snapshot() {
    let retention = [
        ("HELIOGRAPH_UPDATES__KEEP_PER_DEVICE", "1000"),
        ("HELIOGRAPH_UPDATES__TRIM_SECONDS", "10"),
    ];
    let mut world = World::on(Backend::Embedded, &retention).await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "at first").await;
    bob.hears("at first").await;
    bob.phone.offline().await;
    futures::future::join_all((0..10).map(async |part| {
        for number in 0..250 {
            alice.phone.send(&chat, &format!("{part} and {number}")).await;
        }
    }))
    .await;
    let last = alice.phone.send(&chat, "at last").await;
    bob.laptop.hears("at last").await;
    let cursor = bob.phone.knows(View::cursor);
    eventually("what is too old is trimmed", async || {
        let answer = bob.phone.client.get(format!("/v1/updates?{}&limit=1", cursor.query())).await;
        (answer.code() == Some("resync")).then_some(())
    })
    .await;
    bob.phone.online();
    bob.phone.hears("at last").await;
    assert_eq!(
        bob.phone.knows(|view| (view.resyncs, view.chat(&chat).messages.len())),
        (1, usize::try_from(last).unwrap())
    );
    alice.phone.send(&chat, "and on").await;
    bob.phone.hears("and on").await;
    world.finish().await;
}
