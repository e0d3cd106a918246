//! Reactions as clients see them.

use domain::id::AccountId;
use domain::time::Timestamp;
use projections::reactions::{Count, Reaction};
use serde::Serialize;
use utoipa::ToSchema;

/// How many react to a message with an emoji.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReactionCount)]
pub(crate) struct CountView {
    /// The emoji.
    emoji: String,
    /// How many react with it.
    count: u32,
    /// The caller is among them. Updates, which are the same for everybody, do not say.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    mine: bool,
}

/// Somebody who reacts to a message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reaction)]
pub(crate) struct ReactionView {
    /// Who.
    #[schema(value_type = i64)]
    account: AccountId,
    /// With what, in the account's order.
    reactions: Vec<String>,
    /// Since when with exactly these, in µs since 1970.
    #[schema(value_type = i64)]
    at: Timestamp,
}

impl CountView {
    /// As they are told.
    pub(crate) fn of(counts: &[Count]) -> Vec<Self> {
        let view = |count: &Count| Self {
            emoji: count.emoji.as_str().to_owned(),
            count: count.count,
            mine: count.mine,
        };
        counts.iter().map(view).collect()
    }
}

impl ReactionView {
    /// As it is told.
    pub(crate) fn of(reaction: &Reaction) -> Self {
        Self {
            account: reaction.account,
            reactions: reaction.emoji.iter().map(ToString::to_string).collect(),
            at: reaction.at,
        }
    }
}
