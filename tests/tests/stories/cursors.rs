//! Cursors that are of no use: another epoch, the future, beyond retention.

use heliograph_tests::backend::Backend;
use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::direct;
use heliograph_tests::{Device, World, story};
use serde_json::{Value, json};

async fn open(world: &World, device: &Device, epoch: i64, after: i64) -> Value {
    let mut socket = Socket::connect(&world.server.address.authority()).await.expect("it connects");
    match socket.open(&device.client.token, Some((epoch, after))).await.expect("an answer") {
        Frame::Said(frame) => frame,
        Frame::Closed(code) => panic!("closed with {code:?}"),
    }
}

story!(a_cursor_of_no_use_is_told_to_resync, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "hello").await;
    bob.hears("hello").await;
    let (epoch, head) = bob.phone.knows(|view| (view.epoch.expect("it was told"), view.seq));
    for (epoch_then, after) in [(epoch + 1, head), (epoch, head + 1), (epoch, head + 1_000_000)] {
        let frame = open(world, &bob.phone, epoch_then, after).await;
        assert_eq!(
            (&frame["type"], &frame["epoch"], &frame["head"]),
            (&json!("resync"), &json!(epoch), &json!(head)),
            "{frame}"
        );
        let answer = bob.phone.client.get(format!("/v1/updates?epoch={epoch_then}&after={after}")).await;
        answer.refused("resync");
        assert_eq!(
            (answer.status.as_u16(), &answer.body["epoch"], &answer.body["head"]),
            (409, &json!(epoch), &json!(head))
        );
    }
    assert_eq!(
        open(world, &bob.phone, epoch, head).await["type"],
        "ready",
        "its own cursor is still good"
    );
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
        .post("/v1/updates/ack", &json!({"epoch": 1, "seq": seq}))
        .await
        .accepted();
    let too_far = json!({"epoch": 1, "seq": seq + 1000});
    bob.phone
        .client
        .post("/v1/updates/ack", &too_far)
        .await
        .refused("seq_from_the_future");
    // What is acknowledged, by this device or another, may be asked for again.
    for device in [&bob.phone, &bob.laptop] {
        let page = device.client.get("/v1/updates?epoch=1&after=0&limit=100").await.accepted();
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
    let (epoch, seq) = bob.phone.knows(|view| (view.epoch.expect("it was told"), view.seq));
    eventually("what is too old is trimmed", async || {
        let answer = bob.phone.client.get(format!("/v1/updates?epoch={epoch}&after={seq}&limit=1")).await;
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
