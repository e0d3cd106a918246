//! Somebody who signs in: asks for a code, reads it where it arrives, shows it.

use serde_json::{Value, json};

use crate::client::http::{Answer, Client};
use crate::deadline::eventually;
use crate::world::server::Server;

/// Somebody with a phone number or an e-mail address, and no token.
#[derive(Debug, Clone)]
pub struct Newcomer {
    kind: &'static str,
    /// As the server spells it.
    pub contact: String,
    /// Without a token.
    pub client: Client,
}

impl Newcomer {
    /// With a phone number, in E.164.
    pub fn phone(server: &Server, number: &str) -> Self {
        Self::new(server, "phone", number)
    }

    /// With an e-mail address.
    pub fn email(server: &Server, address: &str) -> Self {
        Self::new(server, "email", address)
    }

    fn new(server: &Server, kind: &'static str, contact: &str) -> Self {
        Self {
            kind,
            contact: contact.to_owned(),
            client: Client::new(server.address.clone(), ""),
        }
    }

    /// The same, at another server.
    #[must_use]
    pub fn at(&self, server: &Server) -> Self {
        Self::new(server, self.kind, &self.contact)
    }

    /// A request's body that names the contact, and these fields.
    pub fn body(&self, fields: Value) -> Value {
        let mut body = fields;
        body[self.kind] = json!(self.contact);
        body
    }

    /// Asks for a code.
    pub async fn ask(&self) -> Answer {
        self.client.post("/v1/sign-in", &self.body(json!({}))).await
    }

    /// Asks for a code; the sign-in's id.
    pub async fn begin(&self) -> String {
        let begun = self.ask().await.accepted();
        begun["sign_in"]
            .as_str()
            .unwrap_or_else(|| panic!("no sign-in: {begun}"))
            .to_owned()
    }

    /// Shows a code.
    pub async fn show(&self, sign_in: &str, code: &str) -> Answer {
        self.show_as(sign_in, code, json!({})).await
    }

    /// Shows a code, and says what to be called.
    pub async fn show_as(&self, sign_in: &str, code: &str, fields: Value) -> Answer {
        let mut body = self.body(fields);
        body["code"] = json!(code);
        body["device"] = json!({"name": "phone", "platform": "a test"});
        self.client.post(format!("/v1/sign-in/{sign_in}/code"), &body).await
    }

    /// The codes that appeared for the contact in these servers' terminals, in their order at each.
    pub fn codes(&self, servers: &[&Server]) -> Vec<String> {
        let line = format!("code for {}: ", self.contact);
        let of_one = |server: &&Server| -> Vec<String> {
            server
                .said()
                .lines()
                .filter_map(|said| said.strip_prefix(&line))
                .map(str::to_owned)
                .collect()
        };
        servers.iter().flat_map(of_one).collect()
    }

    /// Asks for a code and waits until it has come: the sign-in's id, and the code.
    pub async fn code(&self, servers: &[&Server]) -> (String, String) {
        let before = self.codes(servers).len();
        let sign_in = self.begin().await;
        let code = self.next_code(servers, before).await;
        (sign_in, code)
    }

    /// Waits until there is a code beside the `before` that there were; only for who has one sign-in at a time.
    pub async fn next_code(&self, servers: &[&Server], before: usize) -> String {
        eventually("the code comes", async || {
            let codes = self.codes(servers);
            (codes.len() > before).then(|| codes.last().expect("there is one").clone())
        })
        .await
    }

    /// Comes in, by whatever name: what is answered in the end.
    pub async fn come_in(&self, servers: &[&Server], name: &str) -> Value {
        let (sign_in, code) = self.code(servers).await;
        let answer = self.show_as(&sign_in, &code, json!({"name": name})).await.accepted();
        assert_eq!(answer["next"], "done", "{answer}");
        answer
    }
}

/// Another code than this one.
pub fn wrong(code: &str, by: u32) -> String {
    let code: u32 = code.parse().expect("six digits");
    format!("{:06}", (code + by) % 1_000_000)
}
