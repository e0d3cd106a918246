//! One chat: its deeds as the server takes them, in order.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Accounts;
use super::asking::{Outcome, TOGETHER, perform, tally};
use crate::beside::Beside;
use crate::import::progress::Progress;
use crate::import::summary::Summary;
use crate::import::told::{Deed, Told, What};

/// Does what is told of a chat, and counts it.
pub(super) async fn chat(server: &Beside, progress: Progress, accounts: Arc<Accounts>, told: Told) -> (Summary, Result<()>) {
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
