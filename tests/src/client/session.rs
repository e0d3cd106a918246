//! A device's life online: one session after another, until told to stop.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::http::Client;
use super::snapshot;
use super::socket::{Frame, Socket};
use super::view::{Cursor, View};

/// How long a client waits before it connects again.
const AGAIN: Duration = Duration::from_millis(50);

/// A command to say over the WebSocket, and where its answer goes.
pub(super) type Spoken = (Value, oneshot::Sender<Value>);

/// Keeps a device online.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) view: Arc<watch::Sender<View>>,
    pub(super) spoken: mpsc::Receiver<Spoken>,
    pub(super) over: CancellationToken,
    /// How long the client takes for each frame.
    pub(super) leisure: Duration,
}

/// How a session ended.
enum End {
    /// The connection broke, or the server closed it: connect again.
    Broken,
    /// The cursor was of no use: take a snapshot first.
    Resync(Cursor),
}

impl Session {
    /// Connects, again and again, until it is over or the server does what it must not do.
    pub(super) async fn run(mut self) {
        let over = self.over.clone();
        let _ = over.run_until_cancelled(self.stay()).await;
    }

    async fn stay(&mut self) {
        while self.view.borrow().broken.is_none() {
            match self.connect().await {
                Ok(End::Resync(head)) => {
                    if let Ok(chats) = snapshot::take(&self.client).await {
                        self.view.send_modify(|view| view.start_over(head, chats));
                    }
                }
                Ok(End::Broken) | Err(_) => sleep(AGAIN).await,
            }
        }
    }

    async fn connect(&mut self) -> anyhow::Result<End> {
        let mut socket = Socket::connect(&self.client.address.authority()).await?;
        let cursor = self.view.borrow().cursor();
        match socket.open(&self.client.token, Some(cursor)).await? {
            Frame::Said(frame) if frame["type"] == "ready" => self.ready(&frame),
            Frame::Said(frame) if frame["type"] == "resync" => return Ok(resync(&frame)),
            Frame::Said(_) => return Ok(End::Broken),
            Frame::Closed(code) => return Ok(self.closed(code)),
        }
        self.listen(&mut socket).await
    }

    fn ready(&self, frame: &Value) {
        self.view.send_modify(|view| {
            view.sessions += 1;
            let epoch = frame["epoch"].as_i64();
            if epoch.is_none() || view.epoch.is_some_and(|known| Some(known) != epoch) {
                view.offend(format!("the epoch changed without a resync: {frame}"));
            }
            view.epoch = epoch;
        });
    }

    fn closed(&self, code: Option<u16>) -> End {
        self.view.send_modify(|view| view.closed = code);
        End::Broken
    }

    async fn listen(&mut self, socket: &mut Socket) -> anyhow::Result<End> {
        let mut waiting: HashMap<String, oneshot::Sender<Value>> = HashMap::new();
        loop {
            tokio::select! {
                heard = socket.hear() => match heard? {
                    Frame::Closed(code) => return Ok(self.closed(code)),
                    Frame::Said(frame) => match frame["type"].as_str() {
                        Some("updates") => self.updates(&frame).await,
                        // Of chats with a sequence of their own it keeps nothing.
                        Some("heads" | "chat_updates") => {}
                        Some("signal") => self.view.send_modify(|view| view.signals.push(frame["signal"].clone())),
                        Some("resync") => return Ok(resync(&frame)),
                        Some("done" | "error") => {
                            let asker = frame["id"].as_str().and_then(|id| waiting.remove(id));
                            // Who asked may have stopped waiting.
                            asker.map(|asker| asker.send(frame));
                        }
                        _ => self.view.send_modify(|view| view.offend(format!("an unknown frame: {frame}"))),
                    },
                },
                Some((command, asker)) = self.spoken.recv() => {
                    waiting.insert(command["id"].as_str().unwrap_or_default().to_owned(), asker);
                    socket.say(&command).await?;
                }
            }
        }
    }

    async fn updates(&self, frame: &Value) {
        let (first, updates) = (frame["first"].as_i64().unwrap_or(-1), frame["updates"].as_array());
        self.view.send_modify(|view| view.apply(first, updates.map_or(&[], Vec::as_slice)));
        if !self.leisure.is_zero() {
            sleep(self.leisure).await;
        }
    }
}

fn resync(frame: &Value) -> End {
    let number = |name: &str| frame[name].as_i64().unwrap_or_else(|| panic!("resync without {name}: {frame}"));
    let (epoch, seq) = (number("epoch"), number("head"));
    let at = (seq > 0).then(|| number("head_at"));
    End::Resync(Cursor { epoch, seq, at })
}
