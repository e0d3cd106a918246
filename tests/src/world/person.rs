//! People: an account with a phone and a laptop.

use serde_json::json;

use crate::client::device::Device;
use crate::client::http::Client;

/// An account with two devices.
#[derive(Debug, Clone)]
pub struct Person {
    /// The display name.
    pub name: String,
    /// The account's id.
    pub account: i64,
    /// One device.
    pub phone: Device,
    /// The other.
    pub laptop: Device,
}

impl Person {
    /// Registers an account and authorises two devices, which go online.
    pub(super) async fn register(admin: &Client, name: &str) -> Self {
        let answer = admin.post("/v1/accounts", &json!({"name": name})).await.accepted();
        let account = answer["account"]["id"].as_i64().expect("an account has an id");
        let (phone, laptop) = (authorise(admin, account, "phone").await, authorise(admin, account, "laptop").await);
        phone.online();
        laptop.online();
        for device in [&phone, &laptop] {
            device.comes_to_know("its session is open", |view| view.sessions > 0).await;
        }
        Self {
            name: name.to_owned(),
            account,
            phone,
            laptop,
        }
    }

    /// Both devices.
    pub fn devices(&self) -> [&Device; 2] {
        [&self.phone, &self.laptop]
    }

    /// Both devices hear it.
    pub async fn hears(&self, text: &str) {
        self.phone.hears(text).await;
        self.laptop.hears(text).await;
    }

    /// Both devices go online.
    pub fn online(&self) {
        self.phone.online();
        self.laptop.online();
    }

    /// Both devices go offline.
    pub async fn offline(&self) {
        self.phone.offline().await;
        self.laptop.offline().await;
    }
}

/// A further device of an account: offline, knowing nothing.
pub async fn authorise(admin: &Client, account: i64, name: &str) -> Device {
    let answer = admin
        .post(format!("/v1/accounts/{account}/devices"), &json!({"name": name}))
        .await
        .accepted();
    let token = answer["token"].as_str().unwrap_or_else(|| panic!("no token: {answer}"));
    let number = answer["device"]
        .as_i64()
        .or_else(|| answer["device"]["id"].as_i64())
        .expect("a device has a number");
    Device::new(admin.address.clone(), token, account, number)
}
