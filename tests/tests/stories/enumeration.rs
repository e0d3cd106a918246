//! Whether a contact is anybody's can't be told before the right code was shown: every answer looks the same.

use std::collections::BTreeMap;

use heliograph_tests::deadline::eventually;
use heliograph_tests::newcomer::{Newcomer, wrong};
use heliograph_tests::world::server::Server;
use heliograph_tests::{Answer, Backend, Device, World};
use serde_json::{Value, json};
use uuid::Uuid;

/// Whose value is another with every answer; that they are there is all that is looked at.
const OWN: [&str; 4] = ["content-length", "date", "heliograph-position", "retry-after"];
/// A sign-in that nobody began.
const NOBODYS: &str = "0190d6a4-7a3c-7000-8000-5f2d6c1b0a01";

/// What can be seen of an answer: status, headers, body, but for times and ids.
#[derive(Debug, PartialEq)]
struct Look {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Value,
}

impl Look {
    fn of(answer: &Answer) -> Self {
        let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            let value = if OWN.contains(&name.as_str()) {
                String::new()
            } else {
                value.to_str().expect("a text").to_owned()
            };
            (name.to_string(), value)
        };
        Self {
            status: answer.status.as_u16(),
            headers: answer.headers.iter().map(header).collect(),
            body: blurred(&answer.body),
        }
    }
}

fn blurred(body: &Value) -> Value {
    match body {
        Value::Null | Value::Bool(_) => body.clone(),
        Value::Number(_) => json!(0),
        Value::String(text) if Uuid::parse_str(text).is_ok() => json!("an id"),
        Value::String(text) => json!(text.replace(|char: char| char.is_ascii_digit(), "")),
        Value::Array(values) => values.iter().map(blurred).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), blurred(value))).collect(),
    }
}

/// What somebody sees who knows no code, by whatever they ask.
async fn seen(server: &Server, visitor: &Newcomer) -> Vec<(&'static str, Look)> {
    let (mut seen, servers) = (Vec::new(), [server]);
    let before = visitor.codes(&servers).len();
    let begun = visitor
        .client
        .post("/v1/sign-in", &visitor.body(json!({"channel": "contact"})))
        .await;
    let sign_in = begun.body["sign_in"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", begun.text))
        .to_owned();
    seen.push(("begin", Look::of(&begun)));
    let code = visitor.next_code(&servers, before).await;
    let post = |step: &str, fields: Value| visitor.client.post(format!("/v1/sign-in/{step}"), &visitor.body(fields));
    let device = json!({"name": "x"});
    for (what, step, fields) in [
        ("resend", format!("{sign_in}/resend"), json!({})),
        ("resend to devices", format!("{sign_in}/resend"), json!({"channel": "devices"})),
        ("no code", format!("{sign_in}/code"), json!({"code": "12", "device": device})),
        (
            "password",
            format!("{sign_in}/factor"),
            json!({"password": "correct horse", "device": device}),
        ),
        (
            "one-time password",
            format!("{sign_in}/factor"),
            json!({"totp": "123456", "device": device}),
        ),
        ("forgotten", format!("{sign_in}/recovery"), json!({})),
        (
            "forgotten, code",
            format!("{sign_in}/recovery/code"),
            json!({"code": "123456", "device": device}),
        ),
        ("nobody's resend", format!("{NOBODYS}/resend"), json!({})),
        (
            "nobody's code",
            format!("{NOBODYS}/code"),
            json!({"code": "123456", "device": device}),
        ),
    ] {
        seen.push((what, Look::of(&post(&step, fields).await)));
    }
    // The code may have been made anew meanwhile; 5 wrong ones, then it is spent.
    let codes = visitor.codes(&servers);
    let others = (1..).map(|by| wrong(&code, by)).filter(|other| !codes.contains(other));
    for other in others.take(6) {
        let shown = visitor.show_as(&sign_in, &other, json!({"name": "Mallory"})).await;
        seen.push(("wrong code", Look::of(&shown)));
    }
    seen.push(("begin to devices", {
        let begun = visitor.client.post("/v1/sign-in", &visitor.body(json!({"channel": "devices"})));
        Look::of(&begun.await)
    }));
    seen
}

/// Somebody who is here, with a device that is online.
async fn comes_in(world: &World, newcomer: &Newcomer) -> Device {
    let done = newcomer.come_in(&[&world.server], "Alice").await;
    let number = |field: &str| done[field].as_i64().unwrap_or_else(|| panic!("no {field}: {done}"));
    let token = done["token"].as_str().unwrap_or_else(|| panic!("no token: {done}"));
    let device = Device::new(world.server.address.clone(), token, number("account"), number("device"));
    device.online();
    device.comes_to_know("its session is open", |view| view.sessions > 0).await;
    device
}

async fn all_look_the_same(backend: Backend, limited: &str) {
    let mut world = World::on(backend, &[("HELIOGRAPH_SIGN_IN__LIMITED", limited)]).await;
    let contacts = |server: &Server| {
        [
            [Newcomer::phone(server, "+4915123456789"), Newcomer::phone(server, "+4915123456780")],
            [
                Newcomer::email(server, "alice@example.org"),
                Newcomer::email(server, "nobody@example.org"),
            ],
        ]
    };
    let mut online = Vec::new();
    for [known, _] in contacts(&world.server) {
        online.push(comes_in(&world, &known).await);
    }
    // With nothing in memory, then with whatever the first round has left there.
    world.restart().await;
    for [known, unknown] in contacts(&world.server) {
        for device in &online {
            eventually("it is back", async || device.knows(|view| view.sessions > 1).then_some(())).await;
        }
        let (of_known, of_unknown) = (seen(&world.server, &known).await, seen(&world.server, &unknown).await);
        assert_eq!(of_known, of_unknown);
    }
    for device in &online {
        device.offline().await;
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn known_and_unknown_contacts_look_the_same_embedded() {
    for limited in ["true", "false"] {
        all_look_the_same(Backend::Embedded, limited).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn known_and_unknown_contacts_look_the_same_clustered() {
    for limited in ["true", "false"] {
        all_look_the_same(Backend::clustered().await, limited).await;
    }
}
