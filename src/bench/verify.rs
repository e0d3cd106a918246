//! After the run: every device's sequence is dense, and every acknowledged message is there, once, in one order.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use tokio::time::timeout;

use super::frame::Message;
use super::server::Server;
use super::session::{Heard, Session, Since};

/// Devices that catch up at a time.
const AT_ONCE: usize = 16;
/// How long a device waits for something that is missing.
const PATIENCE: Duration = Duration::from_mins(1);

/// A device that was offline, and whose messages it must have.
#[derive(Debug)]
pub struct Absent {
    /// Its token.
    pub token: String,
    /// The senders whose chats it is in.
    pub senders: Vec<u16>,
}

/// What was checked.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub struct Verified {
    /// Whether the server was killed and started again before.
    pub after_kill: bool,
    /// Devices that caught up from their first update.
    pub devices: u64,
    /// Updates that they got, each sequence without a gap.
    pub updates: u64,
    /// Acknowledged messages, all of them found by every device.
    pub messages: u64,
}

/// What a device found of one sender.
#[derive(Debug, Default, Clone)]
struct Found {
    seen: Vec<bool>,
    messages: u64,
    last: u64,
    /// FNV-1a over message ids and counts in their order: equal where the order is.
    order: u64,
}

/// Lets every absent device catch up and checks what it gets.
pub async fn verify(server: &Server, absent: Vec<Absent>, acknowledged: &[Vec<bool>]) -> Result<Verified> {
    let promised = |sender: u16| acknowledged[usize::from(sender)].as_slice();
    let caught_up: Vec<_> = stream::iter(absent)
        .map(|device| catch_up(server, device, promised))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let mut orders: BTreeMap<u16, (u64, u64)> = BTreeMap::new();
    let mut verified = Verified::default();
    for (updates, found) in caught_up {
        verified.devices += 1;
        verified.updates += updates;
        for (sender, found) in found {
            let order = (found.messages, found.order);
            let first = *orders.entry(sender).or_insert(order);
            ensure!(
                first == order,
                "two devices disagree on the order of the messages of sender {sender}"
            );
        }
    }
    verified.messages = acknowledged.iter().flatten().map(|acknowledged| u64::from(*acknowledged)).sum();
    Ok(verified)
}

async fn catch_up<'a>(server: &Server, device: Absent, promised: impl Fn(u16) -> &'a [bool]) -> Result<(u64, BTreeMap<u16, Found>)> {
    let mut session = Session::open(server.address, &device.token, Since::Start).await?;
    let mut found: BTreeMap<u16, Found> = device.senders.iter().map(|sender| (*sender, Found::default())).collect();
    let complete = |found: &BTreeMap<u16, Found>| found.iter().all(|(sender, found)| found.has_all(promised(*sender)));
    while session.last < session.head || !complete(&found) {
        session.flush().await?;
        timeout(PATIENCE, session.wait()).await.with_context(|| {
            let (last, head) = (session.last, session.head);
            format!("a device waits in vain at update {last} of {head}: acknowledged messages are missing")
        })??;
        let mut wrong = Ok(());
        session.hear(|heard| {
            if let Heard::Update(Some(message)) = heard {
                let noted = found
                    .get_mut(&message.sent.tag.sender)
                    .context("a stranger's message")
                    .and_then(|found| found.note(message));
                wrong = std::mem::replace(&mut wrong, Ok(())).and(noted);
            }
        })?;
        wrong?;
    }
    Ok((session.last, found))
}

impl Found {
    fn note(&mut self, message: Message) -> Result<()> {
        let count = message.sent.tag.count as usize;
        if self.seen.len() <= count {
            self.seen.resize((count + 1).next_power_of_two(), false);
        }
        ensure!(!self.seen[count], "message {} came twice", message.id);
        ensure!(message.id > self.last, "message {} came after message {}", message.id, self.last);
        self.seen[count] = true;
        self.last = message.id;
        self.messages += 1;
        for value in [message.id, u64::from(message.sent.tag.count)] {
            self.order = (self.order ^ value).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }

    fn has_all(&self, promised: &[bool]) -> bool {
        (0..promised.len()).all(|count| !promised[count] || self.seen.get(count) == Some(&true))
    }
}
