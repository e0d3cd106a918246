//! People who go on talking while things break.

use std::time::Duration;

use heliograph_tests::chance::command_id;
use heliograph_tests::client::device::message_id;
use heliograph_tests::client::insist::insist;
use heliograph_tests::deadline::within;
use heliograph_tests::{Device, Person, World};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How soon everything must work again once what was broken is back.
const RECOVERY: Duration = Duration::from_secs(10);

/// A message that was acknowledged.
#[derive(Debug)]
pub(crate) struct Acknowledged {
    id: i64,
    from: i64,
    text: String,
}

/// Devices that send one message after the other, each until it is acknowledged.
pub(crate) struct Load {
    chat: String,
    writers: JoinSet<Vec<Acknowledged>>,
    over: CancellationToken,
}

impl Load {
    /// Both devices of everybody start to write into the chat.
    pub(crate) fn start(chat: &str, people: &[&Person]) -> Self {
        let (over, mut writers) = (CancellationToken::new(), JoinSet::new());
        for device in people.iter().flat_map(|person| person.devices()) {
            writers.spawn(write(device.clone(), chat.to_owned(), over.clone()));
        }
        Self {
            chat: chat.to_owned(),
            writers,
            over,
        }
    }

    /// Lets them finish their sentences; every device must hear every acknowledged message once, and no other.
    pub(crate) async fn stop(self, people: &[&Person]) {
        self.over.cancel();
        let mut acknowledged: Vec<Acknowledged> = self.writers.join_all().await.into_iter().flatten().collect();
        acknowledged.sort_by_key(|message| message.id);
        println!("{} messages were acknowledged", acknowledged.len());
        for (number, message) in (1..).zip(&acknowledged) {
            assert_eq!(message.id, number, "message numbers are dense: a command was lost or acted twice");
        }
        for device in people.iter().flat_map(|person| person.devices()) {
            device.online();
            let last = i64::try_from(acknowledged.len()).expect("it is small");
            device
                .comes_to_know("every message", |view| {
                    view.chats.get(&self.chat).is_some_and(|chat| chat.messages.contains_key(&last))
                })
                .await;
            let heard = device.knows(|view| view.chat(&self.chat).messages.clone());
            assert_eq!(heard.len(), acknowledged.len(), "{device}");
            for message in &acknowledged {
                let heard = &heard[&message.id];
                assert_eq!(
                    (heard.from, heard.text.as_deref()),
                    (Some(message.from), Some(message.text.as_str())),
                    "{device}"
                );
            }
        }
    }
}

async fn write(device: Device, chat: String, over: CancellationToken) -> Vec<Acknowledged> {
    let mut acknowledged = Vec::new();
    while !over.is_cancelled() {
        let (id, text) = (command_id(), format!("{device}: line {}", acknowledged.len()));
        let (path, body) = (format!("/v1/chats/{chat}/messages"), json!({"text": text}));
        let answer = insist(id, || device.client.post(&path, &body)).await.accepted();
        acknowledged.push(Acknowledged {
            id: message_id(&answer),
            from: device.account,
            text,
        });
    }
    acknowledged
}

/// Waits until a fresh command is accepted and heard by another device, soon enough.
pub(crate) async fn recovers(world: &mut World, from: &Person, to: &Person) {
    let chat = heliograph_tests::world::direct_id(from, to);
    let (id, text) = (command_id(), format!("still there? {}", command_id()));
    let (path, body) = (format!("/v1/chats/{chat}/messages"), json!({"text": text}));
    let started = tokio::time::Instant::now();
    within(RECOVERY, "a command is accepted and heard again", async || {
        let call = from.phone.client.post(&path, &body).id(id).patience(Duration::from_secs(2));
        let accepted = call.attempt().await.is_ok_and(|answer| answer.status.is_success());
        (accepted && to.phone.knows(|view| view.texts(&chat).contains(&text.as_str()))).then_some(())
    })
    .await;
    world.server.ready(RECOVERY).await;
    println!("recovered within {:?}", started.elapsed());
}
