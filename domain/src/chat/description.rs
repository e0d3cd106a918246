//! What a group says of itself.

use serde::Serialize;

use crate::text::{InvalidText, is_blank, is_longer};

/// A group's description: 1 to 255 code points, line feeds among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DescriptionText(String);

impl DescriptionText {
    /// Its greatest length, in code points.
    pub const MAX: usize = 255;

    /// Takes the text without surrounding space; refuses blank and overlong ones, and control characters other than line feed.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = text.trim();
        if is_longer(text, Self::MAX) {
            Err(InvalidText::TooLong(Self::MAX))
        } else if is_blank(text) {
            Err(InvalidText::Blank)
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            Err(InvalidText::ControlCharacter)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
