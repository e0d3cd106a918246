//! From what is told to what the server is asked: accounts first, then each chat's deeds in order, several chats at a time.

mod asking;
mod telling;

use std::collections::HashMap;
use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use futures::stream::{FuturesUnordered, StreamExt};
use serde_json::{Value, json};
use uuid::Uuid;

use self::asking::{TOGETHER, perform, tally};
use self::telling::chat;
use super::progress::Progress;
use super::summary::Summary;
use super::told::Told;
use crate::beside::Beside;

/// Chats under way at a time: each is a file in memory.
const CHATS: usize = 8;

/// Who has which account.
type Accounts = HashMap<Uuid, i64>;

/// An import under way.
pub struct Sending<'a> {
    server: &'a Beside,
    progress: Progress,
    accounts: Arc<Accounts>,
    summary: Summary,
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
                    Some(json!({"id": renamed.id, "at": renamed.at, "by": by, "do": {"call": {"name": renamed.name, "unless_later": renamed.unless_later}}}))
                })
                .collect();
            for outcome in perform(self.server, &self.progress, &operations).await? {
                tally(&mut self.summary, &outcome, |summary| summary.other += 1);
            }
        }
        Ok(told)
    }
}
