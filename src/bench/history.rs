//! Writes what a town says into the log of a server that is down, sealed as the server would.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use domain::actor::Actor;
use domain::chat::content::Text;
use domain::chat::event::{Created, MemberAdded, MessageSent};
use domain::chat::{self, Role};
use domain::event::Event;
use domain::id::{ChatId, DeviceId, MessageId, Position};
use domain::sealed::Sealed;
use domain::stream::Stream;
use infra::clock::Clock;
use infra::commit::{Commit, Entry, VERSION};
use infra::log::{Append, EventLog};
use infra::seal::{Keys, MasterKey};

use super::chatter;
use super::town::{Said, Town};

/// The writer of one history.
pub struct Scribe<'a> {
    town: &'a Town,
    log: &'a dyn EventLog,
    keys: Keys,
    clock: Clock,
    /// Where each chat's stream ends.
    last: HashMap<ChatId, Position>,
    written: Written,
}

/// Where the log has what was said, by the chat's place in the town and the message: what is written together has an order by chat alone.
pub type Written = HashMap<(usize, i64), Position>;

impl<'a> Scribe<'a> {
    /// With the keys of the server in this folder.
    pub async fn new(town: &'a Town, log: &'a dyn EventLog, folder: &Path) -> Result<Self> {
        let clock = Clock::system();
        let master = MasterKey::from_file(&folder.join("master.key"))?.context("the server made a master key")?;
        let db = Keys::connect(&format!("sqlite:{}", folder.join("keys.db").display())).await?;
        let keys = Keys::open(db, &master, clock.clone()).await?;
        let authors = town.people.iter().map(|person| person.account.try_into());
        keys.load(&authors.collect::<Result<Vec<_>, _>>()?).await?;
        let mut last = HashMap::new();
        for (chat, _) in &town.chats {
            if let Some(position) = log.last(&Stream::Chat(*chat)).await? {
                last.insert(*chat, position);
            }
        }
        Ok(Self {
            town,
            log,
            keys,
            clock,
            last,
            written: Written::new(),
        })
    }

    /// Writes all of it. What a chat says without a pause is one commit, and together goes what different chats say.
    pub async fn write(mut self) -> Result<Written> {
        let mut together: Vec<(ChatId, Vec<Said>)> = Vec::new();
        for said in self.town.history() {
            let chat = self.town.chats[said.chat].0;
            if let Some((_, burst)) = together.last_mut().filter(|(last, _)| *last == chat) {
                burst.push(said);
                continue;
            }
            // The group speaks last.
            if together.last().is_some_and(|(_, burst)| burst[0].chat == 0) {
                self.append(std::mem::take(&mut together)).await?;
            }
            together.push((chat, vec![said]));
        }
        self.append(together).await?;
        self.keys.disconnect().await;
        Ok(self.written)
    }

    async fn append(&mut self, bursts: Vec<(ChatId, Vec<Said>)>) -> Result<()> {
        let appends = bursts
            .iter()
            .map(|(chat, burst)| self.commit(*chat, burst))
            .collect::<Result<Vec<_>>>()?;
        let appended = self.log.append_many(appends).await;
        for ((chat, burst), position) in bursts.iter().zip(appended) {
            let position = position?;
            self.last.insert(*chat, position);
            self.written.extend(burst.iter().map(|said| ((said.chat, said.message), position)));
        }
        Ok(())
    }

    fn commit(&self, chat: ChatId, burst: &[Said]) -> Result<Append> {
        let stream = Stream::Chat(chat);
        let expected = self.last.get(&chat).copied();
        let mut events = Vec::new();
        if expected.is_none() {
            let by = Actor::Device(burst[0].by, DeviceId::MIN);
            events.push((Event::from(self.created(&burst[0])), by));
        }
        for said in burst {
            events.push((self.sent(&stream, said)?, Actor::Device(said.by, DeviceId::MIN)));
        }
        let id = self.clock.commit_id();
        let commit = Commit {
            v: VERSION,
            id,
            at: self.clock.now(),
            trace: None,
            facts: events
                .iter()
                .map(|(event, by)| Entry {
                    by,
                    command: self.clock.command_id(),
                    digest: "",
                    sent_at: None,
                    event,
                })
                .collect(),
        };
        Ok(Append {
            stream,
            expected,
            id,
            body: commit.encode()?,
        })
    }

    /// A direct chat, which comes into being with its first message.
    fn created(&self, said: &Said) -> chat::Event {
        let members = self.town.chats[said.chat].1.iter();
        chat::Event::Created(Created {
            members: members.map(|account| MemberAdded::at_first(*account, Role::Member)).collect(),
            title: None,
        })
    }

    fn sent(&self, stream: &Stream, said: &Said) -> Result<Event> {
        let text = chatter::text(&said.words);
        let sent = MessageSent {
            length: u32::try_from(text.len())?,
            ..MessageSent::plain(
                MessageId::try_from(said.message)?,
                said.by,
                Sealed::open(said.by, Text::plain(text)),
            )
        };
        let mut event = Event::from(chat::Event::MessageSent(sent));
        self.keys.close(stream, &mut event)?;
        Ok(event)
    }
}
