//! Who takes part in a run: accounts with two devices each, made through the server's door.

use std::time::Duration;

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use tokio::time::sleep;

use super::server::Server;
use crate::door::Door;

/// How often what follows is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Requests under way at a time while setting up.
const AT_ONCE: usize = 32;

/// An account with two devices.
#[derive(Debug, Clone)]
pub struct Person {
    /// Its account.
    pub account: i64,
    /// The tokens of its devices: the first is online, the second catches up at the end.
    pub devices: [String; 2],
}

/// Sets a run up.
#[derive(Debug)]
pub struct Setup<'a> {
    server: &'a Server,
    door: Door,
}

impl<'a> Setup<'a> {
    /// For this server.
    pub fn of(server: &'a Server) -> Self {
        Self {
            server,
            door: Door::new(&server.url),
        }
    }

    /// Makes this many people.
    pub async fn people(&self, count: usize) -> Result<Vec<Person>> {
        stream::iter(0..count)
            .map(|number| self.person(number))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    /// The id of the direct chats of these pairs.
    pub async fn direct_chats<'p>(&self, pairs: impl Iterator<Item = (&'p Person, &'p Person)>) -> Result<Vec<String>> {
        let chat = async |(from, to): (&Person, &Person)| {
            let answer = self
                .door
                .post(&from.devices[0], "/v1/chats/direct", &json!({ "account": to.account }))
                .await?;
            answer["chat"]["id"].as_str().map(str::to_owned).context("a chat without id")
        };
        stream::iter(pairs).map(chat).buffered(AT_ONCE).try_collect().await
    }

    /// Makes a group of all of them, the first being its owner.
    pub async fn group(&self, people: &[Person]) -> Result<String> {
        let (owner, members) = people.split_first().context("a group needs an owner")?;
        let members: Vec<i64> = members.iter().map(|person| person.account).collect();
        let group = json!({ "title": "bench", "members": members });
        let answer = self.door.post(&owner.devices[0], "/v1/chats", &group).await?;
        answer["chat"]["id"].as_str().map(str::to_owned).context("a chat without id")
    }

    /// Makes a public channel of the first, which all of them follow.
    pub async fn channel(&self, people: &[Person]) -> Result<String> {
        let owner = people.first().context("a channel needs an owner")?;
        let channel = json!({ "title": "bench", "username": "bench_channel" });
        let answer = self.door.post(&owner.devices[0], "/v1/channels", &channel).await?;
        let chat = answer["chat"]["id"].as_str().context("a chat without id")?.to_owned();
        while self.subscribers(&owner.devices[0]).await?.is_none() {
            sleep(LOOK_EVERY).await;
        }
        let (path, nothing) = (format!("/v1/chats/{chat}/subscribe"), json!({}));
        stream::iter(people)
            .map(|person| self.door.post(&person.devices[0], &path, &nothing))
            .buffered(AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
        Ok(chat)
    }

    /// How many follow the channel; `None`: it is not public yet.
    pub async fn subscribers(&self, token: &str) -> Result<Option<u64>> {
        let found = self.door.get(token, "/v1/channels?username=bench_channel").await?;
        Ok(found["channels"][0]["members"].as_u64())
    }

    /// The server's `/metrics`.
    pub async fn metrics(&self) -> Result<String> {
        self.door.text(&self.server.token, "/metrics").await
    }

    async fn person(&self, number: usize) -> Result<Person> {
        let admin = &self.server.token;
        let answer = self
            .door
            .post(admin, "/v1/accounts", &json!({ "name": format!("Bench {number}") }))
            .await?;
        let account = answer["account"]["id"].as_i64().context("an account without id")?;
        let device = async |name: &str| {
            let answer = self
                .door
                .post(admin, &format!("/v1/accounts/{account}/devices"), &json!({ "name": name }))
                .await?;
            answer["token"].as_str().map(str::to_owned).context("a device without token")
        };
        Ok(Person {
            account,
            devices: [device("online").await?, device("later").await?],
        })
    }
}
