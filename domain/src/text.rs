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
    /// A username that is kept back.
    #[error("this username is kept back")]
    ReservedUsername,
}

impl InvalidText {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Blank => "text_blank",
            Self::TooLong(_) => "text_too_long",
            Self::ControlCharacter => "text_control_character",
            Self::NotAUsername => "not_a_username",
            Self::ReservedUsername => "username_reserved",
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
    } else if text.chars().any(|c| c.is_control() || breaks_or_turns(c)) {
        Err(InvalidText::ControlCharacter)
    } else {
        Ok(text.to_owned())
    }
}

/// Whether a line ends here, or what stands around it is shown in another direction: a name would reach beyond itself.
fn breaks_or_turns(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether nothing in the text can be seen.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_unseen(c))
}

/// What Unicode counts as no white space, yet nobody sees: what it calls `Default_Ignorable_Code_Point` (zero-width and direction
/// marks, fillers, variation selectors, tags), and the empty Braille pattern.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
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

            /// Takes the text without surrounding space; refuses blank and overlong ones, and control characters, those of direction too.
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
