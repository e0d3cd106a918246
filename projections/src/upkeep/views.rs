//! Views of channels' posts are counted: one event per channel and ten seconds, however many have looked.
//!
//! What is claimed is written down with its whole numbers before it is told, so that a process that dies in between leaves it to the next,
//! under the same command's id.

use async_trait::async_trait;
use domain::id::ChatId;
use domain::interactions::{self, Interactions};

use super::{Chore, Round, Trouble};
use crate::timeline;

/// Seconds between two counts of a channel, at least.
pub const COUNT_SECONDS: i64 = 10;

/// Channels looked at together.
const CHANNELS: i64 = 1_000;

/// Counts what was seen.
#[derive(Debug, Clone, Copy)]
pub struct Views;

#[async_trait]
impl Chore for Views {
    fn name(&self) -> &'static str {
        "views"
    }

    async fn perform(&self, round: &Round<'_>) -> Result<(), Trouble> {
        tell(round).await?;
        for chat in round.models.state.viewed(CHANNELS).await? {
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
    // A little less, for rounds are not that far apart.
    let before = round.now.plus_seconds(1 - COUNT_SECONDS);
    state.claim_views(chat, round.now, before).await?;
    Ok(())
}

/// Tells what was claimed, by whomever.
async fn tell(round: &Round<'_>) -> Result<(), Trouble> {
    for batch in round.models.state.view_batches(CHANNELS).await? {
        let due = format!("{}.{}", batch.chat, batch.batch);
        let messages = batch.messages.clone();
        round
            .command::<Interactions>(&due, batch.chat, interactions::Command::Count { messages })
            .await?;
        round.models.state.told_views(&batch).await?;
    }
    Ok(())
}
