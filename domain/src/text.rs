//! Lines of text that people give to things: titles, names, usernames; valid once they exist.

/// Why a text is not what it was given for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Nothing to see in it.
    #[error("the text is blank")]
    Blank,
    /// Too long.
    #[error("the text is longer than {0} characters")]
    TooLong(usize),
    /// Something that is no text.
    #[error("the text has control characters")]
    ControlCharacter,
    /// Not of a username's form.
    #[error("a username is 5 to 32 letters a-z, digits and underscores, a letter first")]
    NotAUsername,
}

impl InvalidText {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Blank => "text_blank",
            Self::TooLong(_) => "text_too_long",
            Self::ControlCharacter => "text_control_character",
            Self::NotAUsername => "not_a_username",
        }
    }
}

/// A line without surrounding space, of 1 to `max` code points, with something to see in it.
pub(crate) fn line(text: &str, max: usize) -> Result<String, InvalidText> {
    let text = text.trim();
    if is_blank(text) {
        Err(InvalidText::Blank)
    } else if is_longer(text, max) {
        Err(InvalidText::TooLong(max))
    } else if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        Err(InvalidText::ControlCharacter)
    } else {
        Ok(text.to_owned())
    }
}

/// Whether nothing in the text can be seen.
pub(crate) fn is_blank(text: &str) -> bool {
    // Unicode counts zero-width and direction marks and the Hangul fillers as no white space, yet nobody sees them.
    let unseen = |c| {
        matches!(c, '\u{AD}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}')
    };
    text.chars().all(|c| c.is_whitespace() || unseen(c))
}

/// Whether the text has more than `max` code points.
pub(crate) fn is_longer(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().nth(max).is_some()
}

/// Declares a line of text with its greatest length in code points.
macro_rules! line_text {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Its greatest length, in code points.
            pub const MAX: usize = $max;

            /// Takes the text without surrounding space; refuses blank, overlong and control characters.
            pub fn parse(text: &str) -> Result<Self, $crate::text::InvalidText> {
                $crate::text::line(text, Self::MAX).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

pub(crate) use line_text;
