//! The own account: what it is called, whom it knows, what it wishes, where it is signed in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// What a snapshot tells of the account itself, kept up to date.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    /// The account's id.
    pub account: i64,
    /// The device's number.
    pub device: i64,
    /// As `GET /v1/me` tells it.
    pub me: Map<String, Value>,
    /// Who may do what with the account.
    pub privacy: Value,
    /// Contacts by their account; each as told: `account`, `name`.
    pub contacts: BTreeMap<i64, Value>,
    /// Whom the account has blocked.
    pub blocked: BTreeSet<i64>,
    /// Devices that may act, by number. `last_seen_at` is told by no update: fetch it where you show it.
    pub devices: BTreeMap<i64, Map<String, Value>>,
}

impl Own {
    /// As a snapshot's first page tells it.
    pub(crate) fn of(first: &Value) -> Self {
        let me = object(&first["me"]);
        let contact = |contact: &Value| Some((contact["account"].as_i64()?, contact.clone()));
        let device = |device: &Value| Some((device["device"].as_i64()?, object(device)));
        Self {
            account: me["account"]["id"].as_i64().unwrap_or_default(),
            device: me["device"].as_i64().unwrap_or_default(),
            privacy: first["privacy"].clone(),
            contacts: list(&first["contacts"]).filter_map(contact).collect(),
            blocked: list(&first["blocked"]).filter_map(Value::as_i64).collect(),
            devices: list(&first["devices"]).filter_map(device).collect(),
            me,
        }
    }

    /// A profile: `name`, `bio`, and why they do not show.
    pub(crate) fn profile(&mut self, update: &Value) {
        if let Some(Value::Object(account)) = self.me.get_mut("account") {
            copy(account, update, &["name", "bio", "erased", "unreadable"]);
        }
    }

    /// A username, or none.
    pub(crate) fn username(&mut self, update: &Value) {
        if let Some(Value::Object(account)) = self.me.get_mut("account") {
            account.insert("username".to_owned(), update["username"].clone());
        }
    }

    /// Something of `GET /v1/me` that is there or is absent.
    pub(crate) fn say(&mut self, field: &str, value: Option<Value>) {
        match value {
            Some(value) => drop(self.me.insert(field.to_owned(), value)),
            None => drop(self.me.remove(field)),
        }
    }

    /// A contact, and what it is called.
    pub(crate) fn contact(&mut self, account: i64, update: &Value) {
        let mut contact = Map::from_iter([("account".to_owned(), json!(account))]);
        copy(&mut contact, update, &["name", "erased", "unreadable"]);
        self.contacts.insert(account, Value::Object(contact));
    }

    /// A further device. One that is known already is the same.
    pub(crate) fn authorised(&mut self, device: i64, update: &Value) {
        let current = device == self.device;
        let known = self.devices.entry(device).or_default();
        copy(known, update, &["device", "name", "erased", "unreadable", "platform"]);
        known.insert("authorised_at".to_owned(), update["at"].clone());
        known.insert("current".to_owned(), json!(current));
    }

    /// What a device is called. One that was ended since stays away.
    pub(crate) fn renamed(&mut self, device: i64, update: &Value) {
        if let Some(known) = self.devices.get_mut(&device) {
            copy(known, update, &["name", "erased", "unreadable", "platform"]);
        }
    }

    /// As a snapshot tells it.
    pub(crate) fn shown(&self) -> Map<String, Value> {
        let devices = self.devices.values().map(|device| {
            let mut device = device.clone();
            device.remove("last_seen_at");
            Value::Object(device)
        });
        Map::from_iter([
            ("me".to_owned(), Value::Object(self.me.clone())),
            ("privacy".to_owned(), self.privacy.clone()),
            ("contacts".to_owned(), self.contacts.values().cloned().collect()),
            ("blocked".to_owned(), json!(self.blocked)),
            ("devices".to_owned(), devices.collect()),
        ])
    }
}

/// Takes these fields over: those that are absent there are absent then.
pub(crate) fn copy(into: &mut Map<String, Value>, from: &Value, fields: &[&str]) {
    for field in fields {
        match from.get(field) {
            Some(value) => drop(into.insert((*field).to_owned(), value.clone())),
            None => drop(into.remove(*field)),
        }
    }
}

pub(crate) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
