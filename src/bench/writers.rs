//! Writes a number of messages as fast as the server takes them, nobody listening.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::message::{Sent, Tag};
use super::server::Server;
use super::session::{Heard, Session, Since};
use super::tally::Tally;

/// Messages of one writer that may be unanswered.
const WINDOW: u32 = 48;
const PAUSE: Duration = Duration::from_millis(20);

/// One writer: its device's token, its chat, how many messages it writes.
#[derive(Debug)]
pub struct Writer {
    /// Its number in the run.
    pub number: u16,
    /// Its device's token.
    pub token: String,
    /// Where it writes.
    pub chat: String,
    /// How many acknowledged messages it is to write.
    pub messages: u32,
}

/// Lets all of them write until each has its messages acknowledged.
pub async fn write(server: &Server, writers: Vec<Writer>, tally: &Rc<Tally>) -> Result<()> {
    let mut tasks = JoinSet::new();
    for writer in writers {
        let session = Session::open(server.address, &writer.token, Since::Now).await?;
        tasks.spawn_local(writer.run(session, Rc::clone(tally)));
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

impl Writer {
    async fn run(self, mut session: Session, tally: Rc<Tally>) -> Result<()> {
        let (mut sent, mut acknowledged, mut refused, mut under_way) = (0u32, 0u32, false, 0u32);
        while acknowledged < self.messages {
            if std::mem::take(&mut refused) {
                sleep(PAUSE).await;
            }
            while under_way < WINDOW && acknowledged + under_way < self.messages {
                let tag = Tag {
                    sender: self.number,
                    count: sent,
                };
                session.send(tally.run, &self.chat, Sent { tag, at: tally.now() });
                (sent, under_way) = (sent + 1, under_way + 1);
            }
            session.flush().await?;
            session.wait().await?;
            session.hear(|heard| match heard {
                Heard::Done(tag) => {
                    tally.acknowledge(tag);
                    (acknowledged, under_way) = (acknowledged + 1, under_way - 1);
                }
                Heard::Refused(error) => {
                    tally.refused(error);
                    (refused, under_way) = (true, under_way - 1);
                }
                Heard::Update(_) => {}
            })?;
        }
        Ok(())
    }
}
