//! Devices: authorised, listed, ended.

use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::deadline::eventually;
use heliograph_tests::story;
use heliograph_tests::world::direct;

story!(an_ended_device_is_out_soon, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let mut socket = Socket::connect(&world.server.address.authority()).await.expect("it connects");
    let ready = socket.open(&bob.laptop.client.token, None).await.expect("an answer");
    assert!(matches!(ready, Frame::Said(ready) if ready["type"] == "ready"));
    bob.laptop.client.get("/v1/me").await.accepted();
    bob.phone
        .client
        .delete(format!("/v1/me/devices/{}", bob.laptop.number))
        .await
        .accepted();
    // A second is what is promised; a busy machine takes what it takes.
    eventually("its token is refused", async || {
        (bob.laptop.client.get("/v1/me").await.status == 401).then_some(())
    })
    .await;
    bob.laptop.client.get("/v1/me").await.refused("device_ended");
    bob.laptop.try_send(&chat, "still me").await.refused("device_ended");
    socket.closed().await;
    let devices = bob.phone.client.get("/v1/me/devices").await.accepted();
    assert!(devices.to_string().contains("phone"), "{devices}");
    alice.phone.send(&chat, "is it you?").await;
    bob.phone.hears("is it you?").await;
    bob.laptop.offline().await;
});

story!(a_device_that_ends_while_it_connects_does_not_stay, |world| {
    let alice = world.person("Alice").await;
    for _ in 0..20 {
        let tablet = heliograph_tests::world::person::authorise(&world.admin, alice.account, "tablet").await;
        tablet.client.get("/v1/me").await.accepted();
        let mut socket = Socket::connect(&world.server.address.authority()).await.expect("it connects");
        let path = format!("/v1/me/devices/{}", tablet.number);
        let (_, ended) = tokio::join!(socket.open(&tablet.client.token, None), alice.phone.client.delete(&path));
        ended.accepted();
        socket.closed().await;
    }
});

story!(the_operator_ends_a_device_too, |world| {
    let alice = world.person("Alice").await;
    let path = format!("/v1/accounts/{}/devices/{}", alice.account, alice.laptop.number);
    world.admin.delete(&path).await.accepted();
    world.admin.delete(&path).await.accepted();
    let listed = world
        .admin
        .get(format!("/v1/accounts/{}/devices", alice.account))
        .at(&world.now().await)
        .await
        .accepted();
    let laptop = listed["devices"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|device| device["name"] == "laptop");
    assert!(laptop.is_some_and(|laptop| laptop["ended_at"].is_i64()), "{listed}");
    alice.laptop.client.get("/v1/me").await.refused("device_ended");
    alice.laptop.offline().await;
});

story!(device_numbers_are_never_given_again, |world| {
    let alice = world.person("Alice").await;
    assert_eq!((alice.phone.number, alice.laptop.number), (1, 2));
    alice.phone.client.delete("/v1/me/devices/2").await.accepted();
    let tablet = heliograph_tests::world::person::authorise(&world.admin, alice.account, "tablet").await;
    assert_eq!(tablet.number, 3);
    tablet.client.get("/v1/me").await.accepted();
    alice.laptop.offline().await;
});
