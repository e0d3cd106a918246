//! What many do with a chat's messages is counted: one event per chat and ten seconds, however many have looked or reacted.
//!
//! What is claimed is written down with its whole numbers before it is told, so that a process that dies in between leaves it to the next,
//! under the same command's id.

use async_trait::async_trait;
use domain::id::ChatId;
use domain::interactions::{self, Interactions};

use super::{Chore, Round, Trouble};
use crate::reactions::Count;
use crate::state::Reacted;
use crate::{reactions, timeline};

/// Seconds between two counts of a chat, at least.
pub const COUNT_SECONDS: i64 = 10;

/// Chats looked at together.
const CHATS: i64 = 1_000;

/// Emoji told at once, at most, but for one message's: an event has its end.
const EMOJI: usize = 4_000;

/// Counts what was seen, and how it is reacted to.
#[derive(Debug, Clone, Copy)]
pub struct Counts;

#[async_trait]
impl Chore for Counts {
    fn name(&self) -> &'static str {
        "views"
    }

    async fn perform(&self, round: &Round<'_>) -> Result<(), Trouble> {
        tell(round).await?;
        for chat in round.models.state.uncounted(CHATS).await? {
            claim(round, chat).await?;
        }
        tell(round).await
    }
}

async fn claim(round: &Round<'_>, chat: ChatId) -> Result<(), Trouble> {
    let state = &round.models.state;
    let new: Vec<_> = state.new_to_views(chat).await?.into_iter().map(|message| (chat, message)).collect();
    let known = timeline::messages(&round.models.db, &new).await?;
    let known: Vec<_> = known.into_iter().map(|message| (message.message, message.views)).collect();
    state.known_views(chat, &known).await?;
    let reacted = reacted(round, chat).await?;
    // A little less, for rounds are not that far apart.
    let before = round.now.plus_seconds(1 - COUNT_SECONDS);
    state.claim_counts(chat, reacted, (round.now, before)).await?;
    Ok(())
}

/// How often which emoji of messages whose reactions changed, as far as rows include that they did.
async fn reacted(round: &Round<'_>, chat: ChatId) -> Result<Vec<Reacted>, Trouble> {
    let models = round.models;
    let Some(included) = models.stand().await? else {
        return Ok(Vec::new());
    };
    let noted = models.state.reacted_to(chat, included).await?;
    let messages: Vec<_> = noted.iter().map(|(message, _)| (chat, *message)).collect();
    let mut counts = reactions::counted(&models.db, &messages, None).await?;
    let reacted = noted.into_iter().map(|(message, position)| {
        let counts = counts.remove(&(chat, message)).unwrap_or_default();
        let counts = counts.iter().map(Count::told).collect();
        Reacted { message, position, counts }
    });
    let mut emoji = 0;
    Ok(reacted
        .take_while(|one| {
            let fits = emoji < EMOJI;
            emoji += one.counts.len();
            fits
        })
        .collect())
}

/// Tells what was claimed, by whomever.
async fn tell(round: &Round<'_>) -> Result<(), Trouble> {
    for batch in round.models.state.count_batches(CHATS).await? {
        let due = format!("{}.{}", batch.chat, batch.batch);
        let messages = batch.messages.clone();
        round
            .command::<Interactions>(&due, batch.chat, interactions::Command::Count { messages })
            .await?;
        round.models.state.told_counts(&batch).await?;
    }
    Ok(())
}
