//! Who asks too often: told for how long to wait, and in nobody else's way.

use std::time::{Duration, Instant};

use heliograph_tests::chance::command_id;
use heliograph_tests::client::http::Call;
use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::{direct, group};
use heliograph_tests::{Answer, Backend, Client, Device, World};
use serde_json::{Value, json};

/// More than any of these limits lets through while it is asked.
const MANY: u64 = 2000;

/// Tells a story on both backends, to servers with these limits.
async fn on_both(limits: &[(&str, &str)], story: impl AsyncFn(&mut World)) {
    let named: Vec<(String, &str)> = [&[("ENABLED", "true")], limits]
        .concat()
        .into_iter()
        .map(|(key, value)| (format!("HELIOGRAPH_LIMITS__{key}"), value))
        .collect();
    let environment: Vec<(&str, &str)> = named.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    for backend in [Backend::Embedded, Backend::clustered().await] {
        let mut world = World::on(backend, &environment).await;
        story(&mut world).await;
        // What is looked at in the end is asked for as fast as it can be.
        world.server.set("HELIOGRAPH_LIMITS__ENABLED", "false");
        world.restart().await;
        world.finish().await;
    }
}

/// Asks until it is too much; how often it was not, and what is said then.
async fn until_refused(mut ask: impl AsyncFnMut() -> Answer) -> (u64, Answer) {
    for passed in 0..MANY {
        let answer = ask().await;
        if answer.status == 429 {
            answer.refused("too_many_requests");
            return (passed, answer);
        }
    }
    panic!("nobody was refused");
}

/// The same command until it passes.
async fn passes(ask: impl AsyncFn() -> Answer) {
    eventually("it passes", async || (ask().await.status != 429).then_some(())).await;
}

/// A command over the WebSocket until it is too much; what is said then.
async fn until_told(device: &Device, command: &Value) -> Value {
    for _ in 0..MANY {
        let told = device.say(command_id(), command.clone()).await.expect("the session goes on");
        if told["type"] == "error" {
            assert_eq!(told["error"]["code"], "too_many_requests", "{told}");
            assert!(told["error"]["retry_after_ms"].as_u64().is_some_and(|wait| wait > 0), "{told}");
            return told;
        }
    }
    panic!("nothing was refused");
}

/// Somebody without a token.
fn stranger(world: &World) -> Client {
    world.admin.with_token("")
}

/// Asked through a proxy by whoever is at this address.
fn from(call: Call, address: &str) -> Call {
    call.header("x-forwarded-for", address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_messages_at_once_and_then_one_per_second() {
    on_both(&[], async |world| {
        let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
        let (chat, other) = (direct(&alice.phone, &bob).await, group(&alice.phone, "us", &[&bob]).await);
        let begun = Instant::now();
        let (passed, refusal) = until_refused(async || alice.phone.try_send(&chat, "and again").await).await;
        let allowed = 60..=60 + begun.elapsed().as_secs();
        assert!(allowed.contains(&passed), "{passed} of {allowed:?}");
        let wait = refusal.body["error"]["retry_after_ms"].as_u64().expect("a time to wait");
        assert!((1..=1000).contains(&wait), "{}", refusal.text);
        assert_eq!(refusal.retry_after.as_deref(), Some("1"));

        alice.phone.send(&other, "another chat").await;
        bob.phone.send(&chat, "another account").await;
        let (passed, _) = until_refused(async || alice.laptop.try_send(&chat, "another device").await).await;
        assert!(passed < 60, "{passed}");
        assert!(alice.phone.edit(&chat, 1, "an edit is no message").await.status.is_success());

        let (id, path) = (command_id(), format!("/v1/chats/{chat}/messages"));
        passes(async || alice.phone.client.post(&path, &json!({"text": "at last"})).id(id).await).await;
        bob.hears("at last").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_goes_on_behind_a_message_too_many() {
    on_both(&[("MESSAGE_BURST", "5")], async |world| {
        let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
        let (chat, other) = (direct(&alice.phone, &bob).await, group(&alice.phone, "us", &[&bob]).await);
        let message = |text: &str| json!({"type": "send", "chat": chat, "text": text});
        let sessions = alice.phone.knows(|view| view.sessions);
        until_told(&alice.phone, &message("and again")).await;
        alice.phone.say_text(&other, "another chat").await;
        bob.phone.say_text(&chat, "another account").await;
        let id = command_id();
        eventually("it passes", async || {
            let told = alice.phone.say(id, message("at last")).await?;
            (told["type"] == "done").then_some(())
        })
        .await;
        bob.hears("at last").await;
        assert_eq!(alice.phone.knows(|view| view.sessions), sessions, "it is the same session");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_limited_as_requests_are() {
    on_both(&[("ACCOUNT_BURST", "30"), ("ACCOUNT_PER_SECOND", "1")], async |world| {
        let alice = world.person("Alice").await;
        let me = json!({"type": "call", "method": "GET", "path": "/v1/me"});
        until_told(&alice.phone, &me).await;
        let (passed, _) = until_refused(async || alice.laptop.client.get("/v1/me").await).await;
        assert!(passed < 30, "they count together: {passed}");
        eventually("it passes", async || {
            let told = alice.phone.say(command_id(), me.clone()).await?;
            (told["type"] == "done").then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_count_for_the_address_of_their_session() {
    on_both(&[("ADDRESS_BURST", "40"), ("ADDRESS_PER_SECOND", "1")], async |world| {
        let alice = world.person("Alice").await;
        let told = until_told(&alice.phone, &json!({"type": "call", "method": "GET", "path": "/v1/me"})).await;
        let why = told["error"]["message"].as_str().expect("words");
        assert!(why.contains("this address"), "{told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_asks_too_often_is_in_nobody_elses_way() {
    on_both(&[("ACCOUNT_BURST", "30"), ("ACCOUNT_PER_SECOND", "1")], async |world| {
        let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
        let chat = direct(&alice.phone, &bob).await;
        let me = async |device: &Device| device.client.get("/v1/me").await;
        let (_, refusal) = until_refused(async || me(&alice.phone).await).await;
        assert!(refusal.retry_after.is_some(), "{}", refusal.text);
        let (passed, _) = until_refused(async || me(&alice.laptop).await).await;
        assert!(passed < 30, "her devices count together: {passed}");
        until_told(&alice.laptop, &json!({"type": "send", "chat": chat, "text": "and again"})).await;
        me(&bob.phone).await.accepted();
        passes(async || me(&alice.phone).await).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opens_sessions_all_the_time_is_told_to_wait() {
    on_both(&[("ACCOUNT_BURST", "10"), ("ACCOUNT_PER_SECOND", "1")], async |world| {
        let alice = world.person("Alice").await;
        let authority = world.server.address.authority();
        let mut socket = loop {
            let mut socket = Socket::connect(&authority).await.expect("the door is open");
            match socket.open(&alice.phone.client.token, None).await.expect("an answer") {
                Frame::Said(ready) if ready["type"] == "ready" => {}
                Frame::Said(refused) => {
                    assert_eq!(refused["error"]["code"], "too_many_requests", "{refused}");
                    assert!(refused["error"]["retry_after_ms"].is_u64(), "{refused}");
                    break socket;
                }
                Frame::Closed(code) => panic!("closed with {code:?}"),
            }
        };
        assert_eq!(socket.closed().await, Some(4429));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_are_limited_and_the_operator_is_not() {
    on_both(&[("ACCOUNT_BURST", "10"), ("ACCOUNT_PER_SECOND", "1")], async |world| {
        let issue = |name: &str| json!({"name": name, "scopes": ["events:read"]});
        let mut services = Vec::new();
        for name in ["hasty", "calm"] {
            let issued = world.admin.post("/v1/admin/tokens", &issue(name)).await.accepted();
            services.push(world.admin.with_token(issued["token"].as_str().expect("a token")));
        }
        let facts = async |who: &Client| who.get("/v1/events?type=created").await;
        let (passed, _) = until_refused(async || facts(&services[0]).await).await;
        assert!(passed >= 10, "{passed}");
        facts(&services[1]).await;
        for _ in 0..50 {
            world.admin.get("/v1/accounts?limit=1").await.accepted();
        }
    })
    .await;
}

const PROXY: [(&str, &str); 3] = [
    ("TRUSTED_PROXIES", "127.0.0.0/8, ::1"),
    ("ADDRESS_BURST", "20"),
    ("ADDRESS_PER_SECOND", "1"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_asks_too_often_is_in_nobody_elses_way() {
    on_both(&PROXY, async |world| {
        let stranger = stranger(world);
        let me = async |address: &str| from(stranger.get("/v1/me"), address).await;
        let (passed, refusal) = until_refused(async || me("203.0.113.7").await).await;
        assert!(passed >= 20 && refusal.retry_after.is_some(), "{passed}, {}", refusal.text);
        let (passed, _) = until_refused(async || me("203.0.113.200").await).await;
        assert!(passed < 20, "its neighbours count with it: {passed}");
        let (passed, _) = until_refused(async || me("198.51.100.1, 203.0.113.7").await).await;
        assert!(passed < 20, "what stands before may be made up: {passed}");
        me("198.51.100.1").await.refused("unauthorized");
        for _ in 0..50 {
            for probe in ["/healthz", "/readyz", "/metrics"] {
                assert_ne!(from(stranger.get(probe), "203.0.113.7").await.status, 429);
            }
            from(world.admin.get("/v1/accounts?limit=1"), "203.0.113.7").await.accepted();
        }
        let counted = world.server.metrics("heliograph_limited_total").await;
        assert!(
            counted.iter().any(|(name, count)| name.contains("\"address\"") && *count > 0.0),
            "{counted:?}"
        );
        passes(async || me("203.0.113.7").await).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_no_trusted_proxy_is_not_believed() {
    let proxies = [("TRUSTED_PROXIES", "192.0.2.0/24"), PROXY[1], PROXY[2]];
    on_both(&proxies, async |world| {
        let (stranger, mut turn) = (stranger(world), 0);
        let begun = Instant::now();
        let (passed, _) = until_refused(async || {
            turn += 1;
            from(stranger.get("/v1/me"), &format!("198.51.{turn}.1")).await
        })
        .await;
        assert!(passed <= 20 + begun.elapsed().as_secs(), "{passed}");
        let said = world.server.said();
        assert_eq!(said.matches("limits.trusted_proxies").count(), 1, "{said}");
        assert!(!said.contains("198.51."), "{said}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_from_everywhere_is_stemmed() {
    let limits = [PROXY[0], ("REQUEST_BURST", "40"), ("REQUEST_PER_SECOND", "1")];
    on_both(&limits, async |world| {
        let (stranger, mut turn) = (stranger(world), 0);
        let (passed, _) = until_refused(async || {
            turn += 1;
            from(stranger.get("/v1/me"), &format!("198.51.{turn}.1")).await
        })
        .await;
        assert!(passed >= 40, "{passed}");
        for _ in 0..50 {
            world.admin.get("/v1/accounts?limit=1").await.accepted();
            assert_ne!(stranger.get("/readyz").await.status, 429);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_are_counted_apart() {
    let limits = [
        PROXY[0],
        ("SIGN_IN_ADDRESS_BURST", "5"),
        ("SIGN_IN_ADDRESS_EVERY_MS", "3600000"),
        ("SIGN_IN_BURST", "20"),
        ("SIGN_IN_PER_SECOND", "1"),
    ];
    on_both(&limits, async |world| {
        let (stranger, mut turn) = (stranger(world), 0);
        let begin = async |address: &str| from(stranger.post("/v1/sign-in", &json!({})), address).await;
        let (passed, refusal) = until_refused(async || begin("203.0.113.7").await).await;
        assert_eq!(passed, 5);
        let wait = Duration::from_millis(refusal.body["error"]["retry_after_ms"].as_u64().expect("a time to wait"));
        assert!(wait > Duration::from_mins(50), "{wait:?}");
        from(stranger.get("/v1/me"), "203.0.113.7").await.refused("unauthorized");
        // A code for an address that is to be added costs as much.
        let adds = stranger.post("/v1/me/addresses", &json!({}));
        from(adds, "203.0.113.7").await.refused("too_many_requests");
        let step = "/v1/sign-in/0190d6a4-7a3c-7000-8000-5f2d6c1b0a01/code";
        let (passed, _) = until_refused(async || from(stranger.post(step, &json!({})), "203.0.113.7").await).await;
        assert_eq!(passed, 50, "ten steps for each sign-in");
        let (passed, _) = until_refused(async || {
            turn += 1;
            begin(&format!("198.51.{turn}.1")).await
        })
        .await;
        assert!(passed >= 15, "of all together five are over already: {passed}");
        from(stranger.get("/v1/me"), "198.51.1.1").await.refused("unauthorized");
    })
    .await;
}
