//! A device of a crowd whose owner does whatever comes to mind.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use heliograph_tests::chance::command_id;
use heliograph_tests::client::http::Call;
use heliograph_tests::client::insist::insist;
use heliograph_tests::{Answer, Device};
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::json;
use tokio::time::sleep;

/// The longest pause between two acts, in milliseconds.
const PAUSE: u64 = 60;

/// A chat of the run.
#[derive(Debug)]
pub(super) struct Talk {
    id: String,
    /// A group's, or the channel's.
    owner: Option<i64>,
    /// Who may come by.
    people: Vec<i64>,
    /// The newest message that was acknowledged.
    top: AtomicI64,
}

/// What there is.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) talks: Vec<Talk>,
    pub(super) accounts: Vec<i64>,
}

/// A device that acts.
pub(super) struct Actor {
    device: Device,
    scene: Arc<Scene>,
    chance: StdRng,
}

impl Talk {
    pub(super) fn new(id: String, owner: Option<i64>, people: Vec<i64>) -> Self {
        Self {
            id,
            owner,
            people,
            top: AtomicI64::new(0),
        }
    }

    fn is_channel(&self) -> bool {
        self.id.starts_with("c-")
    }
}

impl Actor {
    pub(super) fn new(device: Device, scene: Arc<Scene>, chance: StdRng) -> Self {
        Self { device, scene, chance }
    }

    /// Does so many things, each until it is settled.
    pub(super) async fn act(mut self, acts: usize, done: Arc<AtomicUsize>) {
        let scene = Arc::clone(&self.scene);
        let own: Vec<&Talk> = scene
            .talks
            .iter()
            .filter(|talk| talk.people.contains(&self.device.account))
            .collect();
        for _ in 0..acts {
            let talk = own.choose(&mut self.chance).expect("some chat is open to everybody");
            match self.chance.random_range(0..100) {
                0..55 => self.say(talk).await,
                55..65 => self.edit(talk).await,
                65..75 => self.delete(talk).await,
                75..90 => self.read(talk).await,
                90..97 => self.change_members(talk).await,
                _ => self.rename(talk).await,
            }
            done.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(self.chance.random_range(0..PAUSE))).await;
        }
    }

    async fn say(&mut self, talk: &Talk) {
        let said = self
            .settle(talk, "/messages", |device, path| {
                device.client.post(path, &json!({"text": "something"}))
            })
            .await;
        if let Some(id) = said.body["message"]["id"].as_i64() {
            talk.top.fetch_max(id, Ordering::Relaxed);
        }
    }

    async fn edit(&mut self, talk: &Talk) {
        let path = format!("/messages/{}", self.any_message(talk));
        self.settle(talk, &path, |device, path| {
            device.client.patch(path, &json!({"text": "something else"}))
        })
        .await;
    }

    async fn delete(&mut self, talk: &Talk) {
        let path = format!("/messages/{}", self.any_message(talk));
        self.settle(talk, &path, |device, path| device.client.delete(path)).await;
    }

    async fn read(&mut self, talk: &Talk) {
        let up_to = self.any_message(talk);
        self.settle(talk, "/read", |device, path| device.client.post(path, &json!({"up_to": up_to})))
            .await;
    }

    /// The owner adds and removes; others leave now and then, and come to a channel.
    async fn change_members(&mut self, talk: &Talk) {
        let whom = *self.scene.accounts.choose(&mut self.chance).expect("somebody");
        if talk.owner != Some(self.device.account) {
            if talk.is_channel() && self.chance.random_bool(0.7) {
                self.settle(talk, "/subscribe", |device, path| device.client.post(path, &json!({})))
                    .await;
                return;
            }
            self.settle(talk, "/leave", |device, path| device.client.post(path, &json!({})))
                .await;
        } else if self.chance.random_bool(0.7) {
            self.settle(talk, "/members", |device, path| device.client.post(path, &json!({"account": whom})))
                .await;
        } else {
            self.settle(talk, &format!("/members/{whom}"), |device, path| device.client.delete(path))
                .await;
        }
    }

    async fn rename(&mut self, talk: &Talk) {
        let title = format!("title {}", self.chance.random_range(0..1000));
        self.settle(talk, "", |device, path| device.client.patch(path, &json!({"title": title})))
            .await;
    }

    /// Whatever is asked may be refused: whom it is asked of knows best who may what.
    async fn settle(&self, talk: &Talk, path: &str, call: impl Fn(&Device, String) -> Call) -> Answer {
        let path = format!("/v1/chats/{}{path}", talk.id);
        let answer = insist(command_id(), || call(&self.device, path.clone())).await;
        assert!(
            !answer.status.is_server_error(),
            "{}: {} {}",
            self.device,
            answer.status,
            answer.text
        );
        answer
    }

    fn any_message(&mut self, talk: &Talk) -> i64 {
        let top = talk.top.load(Ordering::Relaxed).max(1);
        self.chance.random_range(1..=top)
    }
}
