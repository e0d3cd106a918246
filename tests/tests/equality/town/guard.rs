//! Factors and addresses: nothing that a snapshot shows, but that is told.

use heliograph_tests::authenticator::Authenticator;
use heliograph_tests::newcomer::Newcomer;
use serde_json::{Value, json};

use super::Person;

const PASSWORD: &str = "correct horse battery staple";

impl Person<'_> {
    /// Has an app's codes asked for, then a password, and then neither.
    pub(super) async fn guarded(&self) {
        let client = &self.me.client;
        let drawn = client.post("/v1/me/totp", &json!({})).await.accepted();
        let app = Authenticator::new(drawn["secret"].as_str().expect("a secret"));
        let body = json!({"secret": app.secret, "code": app.code()});
        let set = client.put("/v1/me/totp", &body).await.accepted();
        let made = client.post("/v1/me/recovery-codes", &recovery_code(&set)).await.accepted();
        client.delete("/v1/me/totp").body(recovery_code(&made).to_string()).await.accepted();
        client.put("/v1/me/password", &json!({"new": PASSWORD})).await.accepted();
        let known = json!({"password": PASSWORD});
        client.delete("/v1/me/password").body(known.to_string()).await.accepted();
    }

    /// Proves to hold an address, and drops it.
    pub(super) async fn reached(&self) {
        let (client, server) = (&self.me.client, &self.town.world.server);
        let at = Newcomer::email(server, &format!("p{}@example.org", self.me.account));
        let body = at.body(json!({"use": "recovery"}));
        let before = at.codes(&[server]).len();
        let begun = client.post("/v1/me/addresses", &body).await.accepted();
        let sign_in = begun["sign_in"].as_str().expect("a sign-in");
        let code = at.next_code(&[server], before).await;
        let shown = at.body(json!({"use": "recovery", "code": code}));
        client.post(format!("/v1/me/addresses/{sign_in}/code"), &shown).await.accepted();
        client.delete("/v1/me/addresses/recovery").body("{}".to_owned()).await.accepted();
    }
}

/// One of those that were told.
fn recovery_code(told: &Value) -> Value {
    json!({"recovery_code": told["recovery_codes"][0]})
}
