//! What people react with: any one emoji.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One emoji, as Unicode recommends to write it, so that those who mean the same are counted together. Made by [`Emoji::parse`]; what a log
/// holds is believed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Emoji(String);

/// A text that is not one emoji.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reaction is one emoji")]
pub struct NotAnEmoji;

impl NotAnEmoji {
    /// The stable name that clients see.
    pub fn code(self) -> &'static str {
        "not_an_emoji"
    }
}

impl Emoji {
    /// Takes one emoji, with or without its variation selector.
    pub fn parse(text: &str) -> Result<Self, NotAnEmoji> {
        emojis::get(text).map(|emoji| Self(emoji.as_str().to_owned())).ok_or(NotAnEmoji)
    }

    /// One that was recorded.
    pub fn recorded(emoji: String) -> Self {
        Self(emoji)
    }

    /// The emoji.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Emoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reaction_is_one_emoji_of_any_kind() {
        for emoji in ["👍", "👍🏽", "🇩🇪", "👩‍❤️‍💋‍👨", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣"] {
            assert_eq!(Emoji::parse(emoji).map(|parsed| parsed.0), Ok(emoji.to_owned()));
        }
        for other in ["", "a", "1", "👍👍", "👍 ", "hi", "\u{200d}"] {
            assert_eq!(Emoji::parse(other), Err(NotAnEmoji), "{other:?}");
        }
    }

    #[test]
    fn what_is_written_in_two_ways_is_one_emoji() {
        assert_eq!(Emoji::parse("\u{2764}"), Emoji::parse("\u{2764}\u{fe0f}"));
    }
}
