//! From what is told to what the server is asked: accounts first, then each chat's deeds in order, several chats at a time.

use std::collections::HashMap;
use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use futures::stream::{FuturesUnordered, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::progress::Progress;
use super::summary::Summary;
use super::told::{Deed, Told, What};
use crate::beside::Beside;
use crate::door::Refused;

/// Operations of one request.
const TOGETHER: usize = 1_000;
/// Chats under way at a time: each is a file in memory.
const CHATS: usize = 8;
/// How often a server that is overloaded, restarting or out of reach is asked again without getting any further.
const TRIES: u32 = 120;
const PAUSE: Duration = Duration::from_millis(500);

/// Who has which account.
type Accounts = HashMap<Uuid, i64>;

/// An import under way.
pub struct Sending<'a> {
    server: &'a Beside,
    progress: Progress,
    accounts: Arc<Accounts>,
    summary: Summary,
}

/// What became of an operation.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Outcome {
    id: Option<Uuid>,
    account: Option<i64>,
    chat: Option<String>,
    message: Option<i64>,
    repeated: bool,
    error: Option<Refusal>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal {
    code: String,
    message: String,
    retry_after_ms: Option<u64>,
}

impl<'a> Sending<'a> {
    /// Through this server's door.
    pub fn new(server: &'a Beside, progress: Progress) -> Self {
        Self {
            server,
            progress,
            accounts: Arc::default(),
            summary: Summary::default(),
        }
    }

    /// Imports chats as they are read. When one can't be read, or the server gives up, those that were begun are ended first.
    pub async fn all(&mut self, chats: impl Iterator<Item = Result<Told>>) -> Result<()> {
        let (mut under_way, mut failed) = (FuturesUnordered::new(), None);
        for told in chats {
            let begun = match told {
                Ok(told) => self.begin(told).await,
                Err(error) => Err(error),
            };
            match begun {
                Ok(told) => under_way.push(chat(self.server, self.progress.clone(), Arc::clone(&self.accounts), told)),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
            if under_way.len() >= CHATS
                && let Some(Err(error)) = under_way.next().await.map(|ended| self.count(ended))
            {
                failed = Some(error);
                break;
            }
        }
        while let Some(ended) = under_way.next().await {
            failed = self.count(ended).err().or(failed);
        }
        failed.map_or(Ok(()), Err)
    }

    /// What became of all.
    pub fn end(self, took: Duration) -> Summary {
        self.progress.end();
        self.summary.after(took.as_secs_f64())
    }

    fn count(&mut self, (counted, ended): (Summary, Result<()>)) -> Result<()> {
        let summary = &mut self.summary;
        summary.messages += counted.messages;
        summary.messages_before += counted.messages_before;
        summary.other += counted.other;
        summary.before += counted.before;
        summary.chats += counted.chats;
        counted.skipped.iter().for_each(|(why, count)| summary.skip(why, *count));
        ended
    }

    /// Makes the accounts of who appears, and gives them their names.
    async fn begin(&mut self, mut told: Told) -> Result<Told> {
        for (why, count) in take(&mut told.skipped) {
            self.summary.skip(why, count);
        }
        for (why, count) in take(&mut told.noted) {
            self.summary.note(why, count);
        }
        self.progress
            .grows(told.people.len() + told.renamed.len() + told.deeds.len(), &told.name);
        for people in told.people.chunks(TOGETHER) {
            let operations: Vec<Value> = people
                .iter()
                .map(|person| json!({"id": person.key, "at": person.at, "do": {"register": {"name": person.name}}}))
                .collect();
            let outcomes = perform(self.server, &self.progress, &operations).await?;
            let accounts = Arc::make_mut(&mut self.accounts);
            for (person, outcome) in people.iter().zip(outcomes) {
                if let Some(account) = outcome.account {
                    accounts.insert(person.key, account);
                }
                tally(&mut self.summary, &outcome, |summary| summary.accounts += 1);
            }
        }
        for renamed in told.renamed.chunks(TOGETHER) {
            let operations: Vec<Value> = renamed
                .iter()
                .filter_map(|renamed| {
                    let by = self.accounts.get(&renamed.by)?;
                    Some(json!({"id": renamed.id, "at": renamed.at, "by": by, "do": {"call": {"name": renamed.name}}}))
                })
                .collect();
            for outcome in perform(self.server, &self.progress, &operations).await? {
                tally(&mut self.summary, &outcome, |summary| summary.other += 1);
            }
        }
        Ok(told)
    }
}

/// Does what is told of a chat, and counts it.
async fn chat(server: &Beside, progress: Progress, accounts: Arc<Accounts>, told: Told) -> (Summary, Result<()>) {
    let mut telling = Telling {
        chat: None,
        messages: HashMap::new(),
        accounts,
        counted: Summary::default(),
    };
    let ended = telling.all(server, &progress, &told).await;
    (
        telling.counted,
        ended.with_context(|| format!("{}: not all of it was imported; run the same again, it goes on", told.name)),
    )
}

/// A chat while it is told.
struct Telling {
    chat: Option<String>,
    /// What each deed sent.
    messages: HashMap<Uuid, i64>,
    accounts: Arc<Accounts>,
    counted: Summary,
}

impl Telling {
    async fn all(&mut self, server: &Beside, progress: &Progress, told: &Told) -> Result<()> {
        let mut deeds = told.deeds.as_slice();
        self.chat = match told.direct {
            Some(sides) => self.direct(sides),
            None => match deeds.split_off_first() {
                Some(create) => self.created(server, progress, create).await?,
                None => None,
            },
        };
        if self.chat.is_none() {
            // That one chat can't be there keeps no other from being imported.
            progress.done(deeds.len());
            if !deeds.is_empty() {
                self.counted.skip("deed in a chat that could not be created", deeds.len() as u64);
            }
            return Ok(());
        }
        for deeds in deeds.chunks(TOGETHER) {
            let (mut operations, mut told) = (Vec::new(), Vec::new());
            for deed in deeds {
                match self.operation(deed) {
                    Some(operation) => {
                        operations.push(operation);
                        told.push(deed);
                    }
                    None => self.counted.skip("deed of somebody without an account", 1),
                }
            }
            let outcomes = perform(server, progress, &operations).await?;
            told.into_iter().zip(outcomes).for_each(|(deed, outcome)| self.done(deed, &outcome));
        }
        self.counted.chats = 1;
        Ok(())
    }

    /// The group that a deed creates; `None`: it can't be, as when whoever did it was erased.
    async fn created(&mut self, server: &Beside, progress: &Progress, create: &Deed) -> Result<Option<String>> {
        let Some(operation) = self.operation(create) else {
            self.counted.skip("deed of somebody without an account", 1);
            return Ok(None);
        };
        let outcome = perform(server, progress, &[operation]).await?.pop().unwrap_or_default();
        tally(&mut self.counted, &outcome, |summary| summary.other += 1);
        Ok(outcome.chat)
    }

    fn direct(&self, (one, other): (Uuid, Uuid)) -> Option<String> {
        let (one, other) = (self.accounts.get(&one)?, self.accounts.get(&other)?);
        Some(format!("dm-{}-{}", one.min(other), one.max(other)))
    }

    fn done(&mut self, deed: &Deed, outcome: &Outcome) {
        match (&deed.what, outcome.message) {
            (What::Say { .. }, Some(message)) => {
                self.messages.insert(deed.id, message);
                self.counted.messages_before += u64::from(outcome.repeated);
                tally(&mut self.counted, outcome, |summary| summary.messages += 1);
            }
            _ => tally(&mut self.counted, outcome, |summary| summary.other += 1),
        }
    }

    /// A deed as the server takes it; `None`: somebody in it has no account.
    fn operation(&self, deed: &Deed) -> Option<Value> {
        let by = self.accounts.get(&deed.by)?;
        let what = match &deed.what {
            What::Create { title } => json!({"create": {"title": title}}),
            What::Retitle { title } => json!({"retitle": {"title": title}}),
            What::Join => json!("join"),
            What::Add(account) => json!({"add": {"account": self.accounts.get(account)?}}),
            What::Remove(account) => json!({"remove": {"account": self.accounts.get(account)?}}),
            What::Leave => json!("leave"),
            What::Say { text, entities, reply_to } => {
                let reply_to = reply_to.map(|said| self.target(said));
                json!({"send": {"text": text, "entities": self.entities(entities), "reply_to": reply_to}})
            }
            What::Edit { said, text, entities } => {
                json!({"edit": {"message": self.target(*said), "text": text, "entities": self.entities(entities)}})
            }
        };
        Some(json!({"id": deed.id, "at": deed.at, "by": by, "chat": self.chat, "do": what}))
    }

    /// A message by its number, or by what sends it in the same request.
    fn target(&self, said: Uuid) -> Value {
        self.messages.get(&said).map_or_else(|| json!(said), |message| json!(message))
    }

    /// Whom a mention names, by account; a mention of nobody known is just text.
    fn entities(&self, entities: &[Value]) -> Vec<Value> {
        let known = |entity: &Value| {
            let Some(person) = entity.get("person").and_then(Value::as_str) else {
                return Some(entity.clone());
            };
            let account = self.accounts.get(&person.parse::<Uuid>().ok()?)?;
            let mut entity = entity.as_object()?.clone();
            entity.remove("person");
            entity.insert("account".to_owned(), json!(account));
            Some(Value::Object(entity))
        };
        entities.iter().filter_map(known).collect()
    }
}

fn tally(summary: &mut Summary, outcome: &Outcome, new: impl FnOnce(&mut Summary)) {
    match &outcome.error {
        Some(error) => summary.skip(&format!("refused by the server: {} ({})", error.message, error.code), 1),
        None if outcome.repeated => summary.before += 1,
        None => new(summary),
    }
}

/// Has operations done, all of them, in their order; waits where the server has to.
async fn perform(server: &Beside, progress: &Progress, operations: &[Value]) -> Result<Vec<Outcome>> {
    let (mut outcomes, mut tries) = (Vec::with_capacity(operations.len()), 0);
    while outcomes.len() < operations.len() {
        let rest = &operations[outcomes.len()..];
        let (found, again) = attempt(server, rest).await;
        let got = found.len();
        progress.done(got);
        outcomes.extend(found);
        let Some(again) = again else {
            ensure!(got == rest.len(), "the server answered {got} of {} operations", rest.len());
            continue;
        };
        tries = if got > 0 { 0 } else { tries + 1 };
        if tries > TRIES || again.is_final {
            bail!(again.why);
        }
        tokio::time::sleep(again.pause).await;
    }
    Ok(outcomes)
}

/// Why not all was answered, and when to ask again.
struct Again {
    why: String,
    pause: Duration,
    is_final: bool,
}

/// What was answered, and what to do about the rest.
async fn attempt(server: &Beside, operations: &[Value]) -> (Vec<Outcome>, Option<Again>) {
    let mut body = String::new();
    for operation in operations {
        body.push_str(&operation.to_string());
        body.push('\n');
    }
    let later = |why: String, pause| Again {
        why,
        pause,
        is_final: false,
    };
    let answer = match server.lines("/v1/admin/import", body).await {
        Ok(answer) => answer,
        Err(error) => {
            let is_final = error.downcast_ref::<Refused>().is_some_and(Refused::is_final);
            let again = later(format!("{error:#}"), PAUSE);
            return (Vec::new(), Some(Again { is_final, ..again }));
        }
    };
    let mut outcomes: Vec<Outcome> = Vec::new();
    for line in answer.lines() {
        let Ok(outcome) = serde_json::from_str::<Outcome>(line) else {
            break;
        };
        match &outcome.error {
            Some(Refusal {
                message,
                retry_after_ms: Some(wait),
                ..
            }) => return (outcomes, Some(later(message.clone(), Duration::from_millis(*wait)))),
            Some(refusal) if outcome.id.is_none() => {
                let again = later(format!("{} ({})", refusal.message, refusal.code), PAUSE);
                return (outcomes, Some(Again { is_final: true, ..again }));
            }
            Some(_) | None => outcomes.push(outcome),
        }
    }
    let cut = (outcomes.len() < operations.len()).then(|| later("the server's answer was cut off".to_owned(), PAUSE));
    (outcomes, cut)
}
