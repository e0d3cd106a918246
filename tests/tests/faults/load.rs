//! People who go on talking while things break.

use std::time::Duration;

use heliograph_tests::chance::command_id;
use heliograph_tests::client::device::message_id;
use heliograph_tests::client::http::Call;
use heliograph_tests::client::insist::insist;
use heliograph_tests::deadline::within;
use heliograph_tests::{Device, Person, World};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How soon everything must work again once what was broken is back: 10 s, and as much again for the machine's other tenants.
const RECOVERY: Duration = Duration::from_secs(20);

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
        println!("{} messages were acknowledged", acknowledged.len());
        // Behind all others: whatever acted twice stands before it.
        acknowledged.push(say(&people[0].phone, &self.chat, "that was all".to_owned()).await);
        acknowledged.sort_by_key(|message| message.id);
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
        acknowledged.push(say(&device, &chat, format!("{device}: line {}", acknowledged.len())).await);
    }
    acknowledged
}

/// Says it until it is acknowledged.
async fn say(device: &Device, chat: &str, text: String) -> Acknowledged {
    let (path, body) = (format!("/v1/chats/{chat}/messages"), json!({"text": text}));
    let answer = insist(command_id(), || device.client.post(&path, &body)).await.accepted();
    Acknowledged {
        id: message_id(&answer),
        from: device.account,
        text,
    }
}

/// Waits until a fresh command is accepted and heard by another device and the server says that it is ready: soon enough.
/// Gives how long that took.
pub(crate) async fn recovers(world: &World, from: &Person, to: &Person) -> Duration {
    let chat = heliograph_tests::world::direct_id(from, to);
    let (id, text) = (command_id(), format!("still there? {}", command_id()));
    let (path, body) = (format!("/v1/chats/{chat}/messages"), json!({"text": text}));
    let answered = async |call: Call| {
        let answer = call.patience(Duration::from_secs(2)).attempt().await;
        answer.is_ok_and(|answer| answer.status.is_success())
    };
    let started = Instant::now();
    within(
        RECOVERY,
        "a command is accepted and heard again, and the server is ready",
        async || {
            let accepted = answered(from.phone.client.post(&path, &body).id(id)).await;
            let heard = to.phone.knows(|view| view.texts(&chat).contains(&text.as_str()));
            (accepted && heard && answered(world.admin.get("/readyz")).await).then_some(())
        },
    )
    .await;
    let took = started.elapsed();
    println!("recovered within {took:?}");
    took
}
