//! Where bad input is tried: two who talk, and one who is not with them.

use heliograph_tests::world::{direct, group};
use heliograph_tests::{Answer, Client, Person, World};
use reqwest::Method;

/// Two who talk, and one who is not with them.
pub(crate) struct Scene {
    pub(crate) alice: Person,
    pub(crate) bob: Person,
    pub(crate) mallory: Person,
    pub(crate) dm: String,
    pub(crate) group: String,
}

impl Scene {
    /// Alice and Bob have a direct chat with one message of Alice's, and a group, of Alice's too.
    pub(crate) async fn set(world: &mut World) -> Self {
        let (alice, bob, mallory) = (
            world.person("Alice").await,
            world.person("Bob").await,
            world.person("Mallory").await,
        );
        let dm = direct(&alice.phone, &bob).await;
        let group = group(&alice.phone, "us", &[&bob]).await;
        for chat in [&dm, &group] {
            alice.phone.send(chat, "between us").await;
        }
        let scene = Self {
            alice,
            bob,
            mallory,
            dm,
            group,
        };
        scene.bob.hears("between us").await;
        scene
    }

    /// `{dm}`, `{group}`, `{alice}`, `{bob}` and `{mallory}` filled in.
    pub(crate) fn fill(&self, template: &str) -> String {
        let ids = [&self.alice, &self.bob, &self.mallory].map(|person| person.account.to_string());
        let [alice, bob, mallory] = ids;
        template
            .replace("{dm}", &self.dm)
            .replace("{group}", &self.group)
            .replace("{alice}", &alice)
            .replace("{bob}", &bob)
            .replace("{mallory}", &mallory)
    }

    /// Asks with a body as it stands; none where it is empty.
    pub(crate) async fn ask(&self, client: &Client, method: &str, path: &str, body: &str) -> Answer {
        let method: Method = method.parse().expect("a method");
        let call = client.call(method, self.fill(path));
        if body.is_empty() {
            call.await
        } else {
            call.body(self.fill(body)).await
        }
    }

    /// Asks and expects a refusal.
    pub(crate) async fn refused(&self, client: &Client, (method, path, body): (&str, &str, &str), status: u16, code: &str) {
        let answer = self.ask(client, method, path, body).await;
        let shown: String = body.chars().take(200).collect();
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (status, Some(code)),
            "{method} {path} {shown}: {}",
            answer.text
        );
        answer.refused(code);
        no_internals(&answer);
    }

    /// Everybody who was here before still talks.
    pub(crate) async fn goes_on(&self) {
        let text = heliograph_tests::chance::command_id().to_string();
        self.alice.phone.send(&self.dm, &text).await;
        self.bob.hears(&text).await;
    }
}

/// What a client is told says nothing of how the server is made.
fn no_internals(answer: &Answer) {
    for word in [
        "sqlx",
        "panicked",
        ".rs:",
        "axum",
        "serde",
        "src/",
        "select ",
        "stack",
        "deserialize",
        "Invalid URL",
        "i64",
        "u32",
        "u64",
    ] {
        assert!(!answer.text.contains(word), "an answer tells of {word:?}: {}", answer.text);
    }
    let error = answer.body["error"].as_object().expect("an error");
    let message = error.get("message").and_then(|message| message.as_str()).expect("a message");
    assert!(!message.is_empty() && message.len() < 1000, "{message}");
}
