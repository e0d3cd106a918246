//! A device's session: opens, checks that its sequence is dense, writes and hears.

use std::net::SocketAddr;

use anyhow::{Result, bail, ensure};
use bytes::BytesMut;

use super::frame::{Frame, Message};
use super::message::{self, Sent, Tag};
use super::socket::Socket;

/// The epoch of update sequences that the generator knows.
const EPOCH: u32 = 2;

/// A session that is open.
#[derive(Debug)]
pub struct Session {
    socket: Socket,
    /// The number of the last update that it saw.
    pub last: u64,
    /// The number of the device's last update when it opened.
    pub head: u64,
    scratch: Vec<u8>,
    /// The last update that it acknowledged; `None` for one that catches up, which may want to do so again.
    acknowledged: Option<u64>,
}

/// Updates between two acknowledgements, as a client that saves its place now and then.
const ACKNOWLEDGE_EVERY: u64 = 1_000;

/// What a session is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Everything that the device was ever told.
    Start,
    /// Only what is new.
    Now,
}

/// What a session hears, one by one.
#[derive(Debug)]
pub enum Heard<'a> {
    /// An update, with its message if it is one of the generator's.
    Update(Option<Message>),
    /// A command of its own was carried out.
    Done(Tag),
    /// A command of its own was refused.
    Refused(&'a [u8]),
}

impl Session {
    /// Opens where it is told to.
    pub async fn open(address: SocketAddr, token: &str, since: Since) -> Result<Self> {
        let mut socket = Socket::connect(address).await?;
        let cursor = match since {
            Since::Start => format!(",\"epoch\":{EPOCH},\"after\":0"),
            Since::Now => String::new(),
        };
        socket.push(format!("{{\"type\":\"open\",\"token\":\"{token}\"{cursor}}}").as_bytes());
        let text = socket.next().await?;
        match Frame::read(&text)? {
            Frame::Ready { head } => Ok(Self {
                socket,
                last: if since == Since::Start { 0 } else { head },
                head,
                scratch: Vec::new(),
                acknowledged: (since == Since::Now).then_some(head),
            }),
            _ => bail!(
                "the session did not open: {}",
                String::from_utf8_lossy(&text[..text.len().min(300)])
            ),
        }
    }

    /// Queues a message.
    pub fn send(&mut self, run: u32, chat: &str, sent: Sent) {
        message::send(&mut self.scratch, run, chat, sent);
        self.socket.push(&self.scratch);
    }

    /// Queues a read mark.
    pub fn read(&mut self, run: u32, chat: &str, tag: Tag, up_to: u64) {
        message::read(&mut self.scratch, run, chat, tag, up_to);
        self.socket.push(&self.scratch);
    }

    /// Writes out what is queued.
    pub async fn flush(&mut self) -> Result<()> {
        self.socket.flush().await
    }

    /// Waits until more has come in; may be dropped at any time.
    pub async fn wait(&mut self) -> Result<()> {
        self.socket.wait().await
    }

    /// Gives everything that has come in to `each`.
    pub fn hear(&mut self, mut each: impl FnMut(Heard<'_>)) -> Result<()> {
        while let Some(text) = self.socket.take()? {
            self.hear_one(&text, &mut each)?;
        }
        if self
            .acknowledged
            .is_some_and(|acknowledged| self.last >= acknowledged + ACKNOWLEDGE_EVERY)
        {
            self.acknowledged = Some(self.last);
            self.socket.push(format!("{{\"type\":\"ack\",\"seq\":{}}}", self.last).as_bytes());
        }
        Ok(())
    }

    fn hear_one(&mut self, text: &BytesMut, each: &mut impl FnMut(Heard<'_>)) -> Result<()> {
        match Frame::read(text)? {
            Frame::Updates { first, updates } => {
                ensure!(
                    first == self.last + 1,
                    "update {first} came after update {}: the sequence is not dense",
                    self.last
                );
                self.last += updates.each(|message| each(Heard::Update(message)))?;
            }
            Frame::Done(Some(tag)) => each(Heard::Done(tag)),
            Frame::Refused { tag: Some(_), error } => each(Heard::Refused(error)),
            Frame::Refused { tag: None, error } => bail!("the server refused: {}", String::from_utf8_lossy(error)),
            Frame::Resync => bail!("the device's updates are gone (resync): raise updates.keep_per_device"),
            Frame::Done(None) | Frame::Ready { .. } | Frame::Other => {}
        }
        Ok(())
    }
}
