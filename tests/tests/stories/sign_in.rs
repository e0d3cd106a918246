//! Coming in: by a code that is sent to a phone number or an e-mail address.

use heliograph_tests::client::http::{Answer, Client};
use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::deadline::eventually;
use heliograph_tests::newcomer::{Newcomer, wrong};
use heliograph_tests::world::server::Server;
use heliograph_tests::{Backend, World, story};
use serde_json::{Value, json};

/// Two servers have the keys in common.
const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The account's client.
fn client(world: &World, done: &Value) -> Client {
    let token = done["token"].as_str().unwrap_or_else(|| panic!("no token: {done}"));
    Client::new(world.server.address.clone(), token)
}

/// What an answer is like, whatever it is about: its status and the names of its fields.
fn shape(answer: &Answer) -> (u16, Vec<String>) {
    let fields = answer.body.as_object().map(|body| body.keys().cloned().collect());
    (answer.status.as_u16(), fields.unwrap_or_default())
}

/// Tells a story on both backends, to servers with these settings.
async fn with(settings: &[(&str, &str)], story: impl AsyncFn(&mut World)) {
    for backend in [Backend::Embedded, Backend::clustered().await] {
        let mut world = World::on(backend, settings).await;
        story(&mut world).await;
        world.finish().await;
    }
}

story!(a_newcomer_registers_by_phone, |world| {
    let alice = Newcomer::phone(&world.server, "+4915123456789");
    let (sign_in, code) = alice.code(&[&world.server]).await;
    let named = alice.show(&sign_in, &code).await;
    assert_eq!(
        (named.status.as_u16(), &named.body["next"]),
        (200, &json!("name")),
        "{}",
        named.text
    );
    assert!(named.body["expires_at"].is_i64(), "{}", named.text);
    let done = alice.show_as(&sign_in, &code, json!({"name": "Alice"})).await;
    assert_eq!((done.status.as_u16(), &done.body["next"]), (201, &json!("done")), "{}", done.text);
    assert!(done.body["cursor"]["epoch"].is_i64(), "{}", done.text);
    let me = client(world, &done.body).get("/v1/me").await.accepted();
    assert_eq!(
        (&me["account"]["name"], &me["account"]["id"]),
        (&json!("Alice"), &done.body["account"]),
        "{me}"
    );
    let again = alice.show(&sign_in, &code).await.accepted();
    assert_eq!(
        (&again["token"], &again["repeated"], &again["device"]),
        (&Value::Null, &json!(true), &done.body["device"])
    );
});

story!(a_newcomer_registers_by_mail_and_comes_back_however_it_is_spelt, |world| {
    let bob = Newcomer::email(&world.server, "Bob@example.org");
    let first = bob.come_in(&[&world.server], "Bob").await;
    let shouted = Newcomer::email(&world.server, "BOB@example.org");
    let second = shouted.come_in(&[&world.server], "Somebody else").await;
    assert_eq!(first["account"], second["account"]);
    assert_ne!(first["device"], second["device"]);
    let me = client(world, &second).get("/v1/me").await.accepted();
    assert_eq!(me["account"]["name"], "Bob", "who is known keeps the name");
});

story!(a_device_that_is_online_is_shown_the_code_first, |world| {
    let alice = Newcomer::phone(&world.server, "+4915123456789");
    let first = alice.come_in(&[&world.server], "Alice").await;
    let mut socket = Socket::connect(&world.server.address.authority()).await.expect("it connects");
    let token = first["token"].as_str().expect("a token");
    let ready = socket.open(token, None).await.expect("an answer");
    assert!(matches!(ready, Frame::Said(ready) if ready["type"] == "ready"));
    let sent = alice.codes(&[&world.server]).len();
    let sign_in = alice.begin().await;
    let told = socket.hear_type("signal").await;
    let code = told["signal"]["code"].as_str().unwrap_or_else(|| panic!("no code: {told}"));
    let done = alice.show(&sign_in, code).await.accepted();
    assert_eq!(done["account"], first["account"], "{done}");
    assert_eq!(alice.codes(&[&world.server]).len(), sent, "nothing was sent to the phone");
});

story!(wrong_codes_are_counted_and_the_limit_comes_before_the_code, |world| {
    let alice = Newcomer::phone(&world.server, "+4915123456789");
    let (sign_in, code) = alice.code(&[&world.server]).await;
    for by in 1..=5 {
        alice.show(&sign_in, &wrong(&code, by)).await.refused("wrong_code");
    }
    alice.show(&sign_in, &wrong(&code, 1)).await.refused("wrong_code");
    alice.show(&sign_in, &code).await.refused("code_spent");
    let (sign_in, code) = alice.code(&[&world.server]).await;
    for shown in [wrong(&code, 1), code] {
        let refused = alice.show(&sign_in, &shown).await;
        refused.refused("too_many_tries");
        assert!(
            refused.body["error"]["retry_after_ms"].as_u64().is_some_and(|wait| wait > 0),
            "{}",
            refused.text
        );
    }
    let bob = Newcomer::phone(&world.server, "+4915123456780");
    bob.come_in(&[&world.server], "Bob").await;
});

story!(a_code_is_good_for_its_sign_in_and_once, |world| {
    let alice = Newcomer::phone(&world.server, "+4915123456789");
    let (first, code) = alice.code(&[&world.server]).await;
    let (second, other) = alice.code(&[&world.server]).await;
    if code != other {
        alice.show(&second, &code).await.refused("wrong_code");
    }
    let done = alice.show_as(&first, &code, json!({"name": "Alice"})).await.accepted();
    assert_eq!(done["next"], "done");
    let replayed = alice.show(&first, &code).await.accepted();
    assert_eq!((&replayed["token"], &replayed["repeated"]), (&Value::Null, &json!(true)));
    let devices = client(world, &done).get("/v1/me/devices").at(&world.now().await).await.accepted();
    assert_eq!(devices["devices"].as_array().map(Vec::len), Some(1), "{devices}");
    let eve = Newcomer::phone(&world.server, "+4915123456780");
    eve.show(&first, &code).await.refused("sign_in_not_found");
});

story!(who_asks_too_soon_or_too_often_is_told_for_how_long_to_wait, |world| {
    let alice = Newcomer::phone(&world.server, "+4915123456789");
    let sign_in = alice.begin().await;
    let path = format!("/v1/sign-in/{sign_in}/resend");
    alice.client.post(&path, &alice.body(json!({}))).await.refused("too_soon");
    for _ in 0..5 {
        alice.ask().await.accepted();
    }
    let refused = alice.ask().await;
    assert!(
        matches!(refused.code(), Some("too_many_codes" | "too_many_sends")),
        "{}",
        refused.text
    );
    assert_eq!(refused.status.as_u16(), 429);
    assert!(refused.body["error"]["retry_after_ms"].is_u64(), "{}", refused.text);
});

story!(nobody_learns_who_has_an_account, |world| {
    let known = Newcomer::phone(&world.server, "+4915123456789");
    known.come_in(&[&world.server], "Alice").await;
    let unknown = Newcomer::phone(&world.server, "+4915123456780");
    let (hers, nobodys) = (known.ask().await, unknown.ask().await);
    assert_eq!(shape(&hers), shape(&nobodys), "{} {}", hers.text, nobodys.text);
    let devices = known.body(json!({"device": {"name": "x"}, "password": "correct horse"}));
    let others = unknown.body(json!({"device": {"name": "x"}, "password": "correct horse"}));
    let steps = [(&known, &hers, devices), (&unknown, &nobodys, others)].map(async |(who, begun, factor)| {
        let sign_in = begun.body["sign_in"].as_str().expect("an id");
        let servers = [&world.server];
        eventually("the code comes", async || who.codes(&servers).pop()).await;
        let code = who.codes(&servers).pop().expect("it has come");
        vec![
            who.client.post(format!("/v1/sign-in/{sign_in}/resend"), &who.body(json!({}))).await,
            who.show(sign_in, &wrong(&code, 1)).await,
            who.client.post(format!("/v1/sign-in/{sign_in}/factor"), &factor).await,
            who.client
                .post(format!("/v1/sign-in/{sign_in}/recovery"), &who.body(json!({})))
                .await,
        ]
    });
    let [of_known, of_unknown] = steps;
    for (hers, nobodys) in of_known.await.iter().zip(&of_unknown.await) {
        assert_eq!(
            (hers.status, hers.code()),
            (nobodys.status, nobodys.code()),
            "{} {}",
            hers.text,
            nobodys.text
        );
    }
});

story!(of_two_who_register_one_phone_at_once_there_is_one_account, |world| {
    let alice = Newcomer::phone(&world.server, "+4915123456789");
    let (first, code) = alice.code(&[&world.server]).await;
    let (second, other) = alice.code(&[&world.server]).await;
    let (one, another) = tokio::join!(
        alice.show_as(&first, &code, json!({"name": "One"})),
        alice.show_as(&second, &other, json!({"name": "Another"}))
    );
    let (one, another) = (one.accepted(), another.accepted());
    assert_eq!(one["account"], another["account"]);
    assert_ne!(one["device"], another["device"]);
    let me = client(world, &one).get("/v1/me").at(&world.now().await).await.accepted();
    assert!(["One", "Another"].iter().any(|name| me["account"]["name"] == *name), "{me}");
});

story!(what_is_no_contact_is_refused_by_name, |world| {
    let client = Newcomer::phone(&world.server, "+4915123456789").client;
    for (body, code) in [
        (json!({"phone": "0151 23456789"}), "invalid_phone"),
        (json!({"phone": "+49 151"}), "invalid_phone"),
        (json!({"email": "alice"}), "invalid_email"),
        (json!({"email": "alice@example.org\r\nBcc: bob@example.org"}), "invalid_email"),
        (json!({}), "invalid_request"),
        (json!({"phone": "+4915123456789", "email": "alice@example.org"}), "invalid_request"),
    ] {
        client.post("/v1/sign-in", &body).await.refused(code);
    }
    let nowhere = "/v1/sign-in/0190d6a4-7a3c-7000-8000-5f2d6c1b0a01/code";
    let shown = |code: &str| json!({"phone": "+4915123456789", "code": code, "device": {"name": "x"}});
    client.post(nowhere, &shown("12345")).await.refused("invalid_code");
    client.post(nowhere, &shown("123456")).await.refused("sign_in_not_found");
});

story!(nothing_of_a_contact_or_its_code_is_kept_in_the_clear, |world| {
    let alice = Newcomer::email(&world.server, "alice.liddell@example.org");
    alice.come_in(&[&world.server], "Alice").await;
    assert!(world.server.stop().await.success());
    for (file, bytes) in files(world.server.folder()) {
        assert!(!holds(&bytes, b"alice.liddell"), "{file} holds the address");
    }
    let said = world.server.said();
    let mut logged = said.lines().filter(|line| !line.starts_with("code for "));
    assert!(!logged.any(|line| line.contains("liddell")), "{said}");
    world.server.go_on().await;
});

pub(crate) fn files(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file());
    paths
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("a file can be read")))
        .collect()
}

pub(crate) fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_code_takes_the_place_of_the_former() {
    with(&[("HELIOGRAPH_SIGN_IN__LIMITED", "false")], async |world| {
        let alice = Newcomer::phone(&world.server, "+4915123456789");
        let (sign_in, former) = alice.code(&[&world.server]).await;
        let path = format!("/v1/sign-in/{sign_in}/resend");
        let resent = alice
            .client
            .post(&path, &alice.body(json!({"channel": "contact"})))
            .await
            .accepted();
        assert_eq!(resent["sign_in"], json!(sign_in));
        let code = alice.next_code(&[&world.server], 1).await;
        if former != code {
            alice.show(&sign_in, &former).await.refused("wrong_code");
        }
        let done = alice.show_as(&sign_in, &code, json!({"name": "Alice"})).await.accepted();
        assert_eq!(done["next"], "done");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_registration_is_closed_only_who_is_known_comes_in() {
    with(&[], async |world| {
        let alice = Newcomer::phone(&world.server, "+4915123456789");
        alice.come_in(&[&world.server], "Alice").await;
        world.server.set("HELIOGRAPH_SIGN_IN__REGISTRATION", "false");
        world.restart().await;
        alice.come_in(&[&world.server], "Alice").await;
        let bob = Newcomer::phone(&world.server, "+4915123456780");
        let (sign_in, code) = bob.code(&[&world.server]).await;
        bob.show_as(&sign_in, &code, json!({"name": "Bob"}))
            .await
            .refused("registration_closed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_of_a_contact_hold_over_two_processes_and_a_sign_in_goes_on_at_either() {
    let backend = Backend::clustered().await;
    let Backend::Clustered { postgres, .. } = &backend else {
        unreachable!("it is clustered")
    };
    let keys = postgres.database().await;
    let shared = [("HELIOGRAPH_KEYS__URL", keys.as_str()), ("HELIOGRAPH_KEYS__MASTER_KEY", MASTER)];
    let world = World::on(backend, &shared).await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut second = Server::start(folder, world.backend.arguments(), &shared).await;
    let servers = [&world.server, &second];

    let alice = Newcomer::phone(&world.server, "+4915123456789");
    let (sign_in, code) = alice.code(&servers).await;
    let done = alice
        .at(&second)
        .show_as(&sign_in, &code, json!({"name": "Alice"}))
        .await
        .accepted();
    assert_eq!(done["next"], "done", "{done}");
    let again = alice.show(&sign_in, &code).await.accepted();
    assert_eq!((&again["token"], &again["device"]), (&Value::Null, &done["device"]));

    let bob = Newcomer::phone(&world.server, "+4915123456780");
    let (sign_in, code) = bob.code(&servers).await;
    for by in 1..=5 {
        let server = servers[(by % 2) as usize];
        bob.at(server).show(&sign_in, &wrong(&code, by)).await.refused("wrong_code");
    }
    for server in servers {
        bob.at(server).show(&sign_in, &code).await.refused("code_spent");
    }
    for round in 0..5 {
        bob.at(servers[round % 2]).ask().await.accepted();
    }
    for server in servers {
        assert_eq!(bob.at(server).ask().await.status.as_u16(), 429);
    }
    assert!(second.stop().await.success());
    world.finish().await;
}
