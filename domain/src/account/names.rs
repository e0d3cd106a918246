//! What accounts and devices are called; valid once it exists.

use serde::Serialize;

use crate::text::{InvalidText, line_text};

line_text!(
    /// An account's display name: 1 to 64 code points.
    NameText,
    64
);
line_text!(
    /// What its owner calls a device: 1 to 64 code points.
    DeviceNameText,
    64
);

line_text!(
    /// What a device runs on, as it says itself: 1 to 64 code points.
    PlatformText,
    64
);
line_text!(
    /// What an account calls a contact: 1 to 64 code points.
    ContactNameText,
    64
);
line_text!(
    /// What an account says of itself: 1 to 140 code points.
    BioText,
    140
);
line_text!(
    /// What reminds its owner of a password: 1 to 64 code points.
    HintText,
    64
);

/// A username as its owner spells it: 5 to 32 ASCII letters, digits and underscores, a letter first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct UsernameText(String);

/// Usernames by which somebody would pass for who runs the installation. Shorter ones, as `help` and `root`, are none anyway.
const RESERVED: [&str; 26] = [
    "abuse",
    "account",
    "admin",
    "administrator",
    "admins",
    "anonymous",
    "everyone",
    "heliograph",
    "helpdesk",
    "hostmaster",
    "moderator",
    "notifications",
    "official",
    "operator",
    "operators",
    "owner",
    "postmaster",
    "security",
    "service",
    "settings",
    "sign_in",
    "staff",
    "support",
    "system",
    "telegram",
    "webmaster",
];

impl UsernameText {
    /// Its smallest length.
    pub const MIN: usize = 5;
    /// Its greatest length.
    pub const MAX: usize = 32;

    /// Takes a username, without `@`.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let fits = (Self::MIN..=Self::MAX).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidText::NotAUsername)
        }
    }

    /// The username as spelt.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one spelling that all spellings share: what the name's key is made of.
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// Whether it is kept back: then nobody may ask for it. Whoever has it already keeps it.
    pub fn is_reserved(&self) -> bool {
        RESERVED.contains(&self.canonical().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_starts_with_a_letter_and_is_letters_digits_and_underscores() {
        for good in ["alice", "A1_b2", "a____", &"a".repeat(32)] {
            assert_eq!(UsernameText::parse(good).map(|name| name.as_str().to_owned()).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "bob",
            "1alice",
            "_alice",
            "al ice",
            "al-ice",
            "älice",
            "alice ",
            "@alice",
            &"a".repeat(33),
        ] {
            assert_eq!(UsernameText::parse(bad), Err(InvalidText::NotAUsername), "{bad}");
        }
    }

    #[test]
    fn nobody_passes_for_who_runs_the_installation() {
        let is_reserved = |text| UsernameText::parse(text).expect("of a username's form").is_reserved();
        assert!(RESERVED.iter().all(|text| is_reserved(text)));
        assert!(is_reserved("Support") && !is_reserved("supporter"));
    }

    #[test]
    fn spellings_of_a_username_share_one_canonical_form() {
        let canonical = |text| UsernameText::parse(text).map(|name| name.canonical());
        assert_eq!(canonical("AliceB"), canonical("aliceb"));
    }
}
