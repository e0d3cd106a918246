//! People look after their devices: what they are called, which were seen when, and which are to be no more.

use heliograph_tests::backend::Backend;
use heliograph_tests::client::device::Device;
use heliograph_tests::client::http::Client;
use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::client::update::Tidings;
use heliograph_tests::deadline::eventually;
use heliograph_tests::story;
use heliograph_tests::world::World;
use heliograph_tests::world::person::authorise;
use heliograph_tests::world::server::Server;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

/// Two servers have the keys in common.
const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// What a device says of another of its account.
async fn listed(device: &Device, number: i64, at: &str) -> Value {
    let list = device.client.get("/v1/me/devices").at(at).await.accepted();
    let mut devices = list["devices"].as_array().expect("a list").iter();
    let found = devices.find(|listed| listed["device"] == number);
    found.unwrap_or_else(|| panic!("no device {number}: {list}")).clone()
}

/// A device's session at a server, opened.
pub(super) async fn session(server: &Server, device: &Device) -> Socket {
    let mut socket = Socket::connect(&server.address.authority()).await.expect("it connects");
    let ready = socket.open(&device.client.token, None).await.expect("an answer");
    assert!(matches!(&ready, Frame::Said(ready) if ready["type"] == "ready"), "{ready:?}");
    socket
}

/// A device is told that another of its account was ended, and why.
async fn hears_of_the_end(device: &Device, of: &Device, reason: &str) {
    let ended = Tidings::DeviceEnded {
        device: of.number,
        reason: Some(reason.to_owned()),
    };
    device.comes_to_know("it has ended", |view| view.told.contains(&ended)).await;
}

story!(a_device_gets_another_name_and_stays_what_it_is, |world| {
    let alice = world.person("Alice").await;
    let path = format!("/v1/accounts/{}/devices", alice.account);
    let tablet = json!({"name": "tablet", "platform": "Android 16"});
    let authorised = world.admin.post(&path, &tablet).await;
    let at = authorised.position.clone().expect("a position");
    let number = authorised.accepted()["device"].as_i64().expect("a number");
    let told = listed(&alice.phone, number, &at).await;
    assert_eq!((&told["name"], &told["platform"]), (&json!("tablet"), &json!("Android 16")));
    let path = format!("/v1/me/devices/{number}");
    let renamed = alice.phone.client.patch(&path, &json!({"name": " In the kitchen "})).await;
    let at = renamed.position.clone().expect("a position");
    assert_eq!(renamed.accepted(), json!({"device": number, "name": "In the kitchen"}));
    for device in alice.devices() {
        let name = Some("In the kitchen".to_owned());
        let renamed = Tidings::DeviceRenamed { device: number, name };
        device
            .comes_to_know("it is called otherwise", |view| view.told.contains(&renamed))
            .await;
    }
    let told = listed(&alice.laptop, number, &at).await;
    assert_eq!((&told["name"], &told["platform"]), (&json!("In the kitchen"), &json!("Android 16")));
    let phone = listed(&alice.phone, alice.phone.number, &at).await;
    assert!(phone["platform"].is_null(), "{phone}");
});

story!(a_device_is_called_only_what_it_may_be, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let own = format!("/v1/me/devices/{}", alice.laptop.number);
    for (body, code) in [
        (json!({"name": " "}), "text_blank"),
        (json!({"name": "x".repeat(65)}), "text_too_long"),
        (json!({"name": "\u{7}"}), "text_control_character"),
        (json!({"name": "laptop", "platform": "Plan 9"}), "invalid_request"),
        (json!({}), "invalid_request"),
    ] {
        alice.phone.client.patch(&own, &body).await.refused(code);
    }
    let name = json!({"name": "mine"});
    alice
        .phone
        .client
        .patch("/v1/me/devices/99", &name)
        .await
        .refused("device_not_found");
    alice.phone.client.delete(&own).await.accepted();
    alice.phone.client.patch(&own, &name).await.refused("device_not_found");
    // It is one's own account whose device has that number.
    bob.phone.client.patch(&own, &name).await.accepted();
    let path = format!("/v1/accounts/{}/devices", alice.account);
    let tablet = json!({"name": "tablet", "platform": "x".repeat(65)});
    world.admin.post(&path, &tablet).await.refused("text_too_long");
    alice.laptop.offline().await;
});

story!(a_device_is_seen_once_it_asks_or_is_connected, |world| {
    let alice = world.person("Alice").await;
    let tablet = authorise(&world.admin, alice.account, "tablet").await;
    let at = world.now().await;
    eventually("phone and laptop were seen", async || {
        for device in alice.devices() {
            let told = listed(&alice.phone, device.number, &at).await;
            assert_eq!(told["current"], json!(device.number == alice.phone.number), "{told}");
            told["last_seen_at"].as_i64()?;
        }
        Some(())
    })
    .await;
    let told = listed(&alice.phone, tablet.number, &at).await;
    assert!(told["last_seen_at"].is_null(), "nobody used it yet: {told}");
    tablet.client.get("/v1/me").await.accepted();
    eventually("the tablet was seen", async || {
        listed(&alice.phone, tablet.number, &at).await["last_seen_at"].as_i64()
    })
    .await;
    let path = format!("/v1/accounts/{}/devices", alice.account);
    let to_the_operator = world.admin.get(&path).await.accepted();
    for told in to_the_operator["devices"].as_array().expect("a list") {
        assert_eq!(
            (told["current"].as_bool(), told["last_seen_at"].is_i64()),
            (Some(false), true),
            "{told}"
        );
    }
});

story!(all_other_devices_end_at_once, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let tablet = authorise(&world.admin, alice.account, "tablet").await;
    let mut sockets = [session(&world.server, &alice.laptop).await, session(&world.server, &tablet).await];
    let ended = alice.phone.client.delete("/v1/me/devices").await;
    let at = ended.position.clone().expect("a position");
    ended.accepted();
    for (device, socket) in [&alice.laptop, &tablet].into_iter().zip(&mut sockets) {
        device.client.get("/v1/me").await.refused("device_ended");
        assert_eq!(socket.closed().await, Some(4401), "{device}");
        let told = listed(&alice.phone, device.number, &at).await;
        assert!(told["ended_at"].is_i64(), "{told}");
    }
    alice.phone.client.delete("/v1/me/devices").await.accepted();
    alice.phone.client.get("/v1/me").await.accepted();
    hears_of_the_end(&alice.phone, &tablet, "others").await;
    bob.laptop.client.get("/v1/me").await.accepted();
    alice.laptop.offline().await;
});

/// A world whose installation has a second door, at a server of its own.
pub(super) async fn with_two_doors(settings: &[(&str, &str)]) -> (World, Server) {
    let backend = Backend::clustered().await;
    let Backend::Clustered { postgres, .. } = &backend else {
        unreachable!("it is clustered")
    };
    let keys = postgres.database().await;
    let mut shared = vec![("HELIOGRAPH_KEYS__URL", keys.as_str()), ("HELIOGRAPH_KEYS__MASTER_KEY", MASTER)];
    shared.extend(settings);
    let world = World::on(backend, &shared).await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let second = Server::start(folder, world.backend.arguments(), &shared).await;
    (world, second)
}

/// Neither server lets it in.
async fn is_out(world: &World, second: &Server, device: &Device) {
    for address in [&world.server.address, &second.address] {
        let mut client = device.client.clone();
        client.address = address.clone();
        // A second is what is promised; a busy machine takes what it takes.
        eventually("it is refused", async || {
            (client.get("/v1/me").await.code() == Some("device_ended")).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_ends_is_out_at_the_other() {
    let (mut world, mut second) = with_two_doors(&[]).await;
    let alice = world.person("Alice").await;
    let [tablet, watch] = [
        authorise(&world.admin, alice.account, "tablet").await,
        authorise(&world.admin, alice.account, "watch").await,
    ];
    let at_second = session(&second, &alice.laptop).await;
    let path = format!("/v1/me/devices/{}", alice.laptop.number);
    alice.phone.client.delete(path).await.accepted();
    are_closed([at_second]).await;
    is_out(&world, &second, &alice.laptop).await;
    let at_second = [session(&second, &tablet).await, session(&second, &watch).await];
    let mut stays = session(&second, &alice.phone).await;
    alice.phone.client.delete("/v1/me/devices").await.accepted();
    are_closed(at_second).await;
    is_out(&world, &second, &tablet).await;
    is_out(&world, &second, &watch).await;
    stays.say(&json!({"type": "ack", "seq": 99})).await.expect("it is open");
    assert_eq!(stays.hear_type("error").await["error"]["code"], "seq_from_the_future");
    alice.laptop.offline().await;
    assert!(second.stop().await.success());
    world.finish().await;
}

/// Where a device's updates end, as a query that waits behind them.
async fn waiting_behind_all(client: &Client) -> String {
    let start = client.get("/v1/updates").await.accepted();
    let at = start["head_at"].as_i64().map(|at| format!("&at={at}")).unwrap_or_default();
    format!("/v1/updates?epoch={}&after={}{at}&wait=50", start["epoch"], start["head"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_updates_at_one_server_is_told_that_the_other_has_ended_it() {
    let (mut world, mut second) = with_two_doors(&[]).await;
    let alice = world.person("Alice").await;
    let mut client = alice.laptop.client.clone();
    client.address = second.address.clone();
    alice.laptop.offline().await;
    let path = waiting_behind_all(&client).await;
    let asked = {
        let client = client.clone();
        tokio::spawn(async move { client.get(path).await })
    };
    // So long that the other request waits by then, most likely; else it is refused at once.
    client.get("/v1/chats").await.accepted();
    let path = format!("/v1/me/devices/{}", alice.laptop.number);
    alice.phone.client.delete(path).await.accepted();
    asked.await.expect("it is answered").refused("device_ended");
    assert!(second.stop().await.success());
    world.finish().await;
}

/// These sessions are closed, as those of ended devices are.
async fn are_closed(sockets: impl IntoIterator<Item = Socket>) {
    for mut socket in sockets {
        assert_eq!(socket.closed().await, Some(4401));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_nobody_saw_for_long_is_out_at_every_server() {
    let settings = [
        ("HELIOGRAPH_ACCOUNTS__IDLE_DAYS", "30"),
        ("HELIOGRAPH_ACCOUNTS__UPKEEP_SECONDS", "1"),
    ];
    let (mut world, mut second) = with_two_doors(&settings).await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let sockets = [session(&world.server, &alice.laptop).await, session(&second, &alice.laptop).await];
    let at = world.now().await;
    eventually("it was seen, and a first look taken at who was", async || {
        listed(&alice.phone, alice.laptop.number, &at).await["last_seen_at"].as_i64()
    })
    .await;
    eventually("it is ended", async || {
        // A device that is connected is seen again every minute.
        long_ago(&world, &alice.laptop).await;
        listed(&alice.phone, alice.laptop.number, &at).await["ended_at"].as_i64()
    })
    .await;
    are_closed(sockets).await;
    hears_of_the_end(&alice.phone, &alice.laptop, "idle").await;
    is_out(&world, &second, &alice.laptop).await;
    for device in [&alice.phone, &bob.phone, &bob.laptop] {
        device.client.get("/v1/me").await.accepted();
    }
    alice.laptop.offline().await;
    assert!(second.stop().await.success());
    world.finish().await;
}

/// A device was authorised, and last seen, forty days ago; and somebody has looked since.
async fn long_ago(world: &World, device: &Device) {
    let Backend::Clustered { database, .. } = &world.backend else {
        unreachable!("it is clustered")
    };
    let mut connection = PgConnection::connect(database).await.expect("the database answers");
    let (now, then) = ("(extract(epoch from now()) * 1000000)::bigint", "interval '40 days'");
    let ago = format!("(extract(epoch from now() - {then}) * 1000000)::bigint");
    let of_it = format!("where account = {} and device = {}", device.account, device.number);
    for sql in [
        format!("insert into watch (id, since, until) values (1, {ago}, {now}) on conflict (id) do update set since = excluded.since"),
        format!("update devices set authorised_at = {ago} {of_it}"),
        format!("update seen set seen_at = {ago} {of_it}"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .expect("it can be changed");
    }
}
