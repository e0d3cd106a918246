//! Phone numbers, in E.164.

use phonenumber::Mode;

use super::InvalidContact;

/// More characters than any grouping of 15 digits needs.
const LONGEST: usize = 32;

/// A phone number that can be one by its country's numbering plan.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    pub(super) fn parse(text: &str) -> Result<Self, InvalidContact> {
        let canonical = canonical(text.trim()).ok_or(InvalidContact::Phone)?;
        // Where a country's prefixes are read out of it once more, it is not the number that somebody has.
        let is_itself = self::canonical(&canonical).as_ref() == Some(&canonical);
        is_itself.then_some(Self(canonical)).ok_or(InvalidContact::Phone)
    }

    /// In E.164: `+4915123456789`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn canonical(text: &str) -> Option<String> {
    let grouped = |byte: u8| byte.is_ascii_digit() || b" -.()/".contains(&byte);
    // Letters, extensions and whole URIs are a phone's to dial, not one's to sign in with.
    let plain = text.len() <= LONGEST && text.strip_prefix('+').is_some_and(|rest| rest.bytes().all(grouped));
    let number = plain.then(|| phonenumber::parse(None, text).ok()).flatten()?;
    phonenumber::is_valid(&number).then(|| number.format().mode(Mode::E164).to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Option<String> {
        Phone::parse(text).ok().map(|phone| phone.as_str().to_owned())
    }

    #[test]
    fn all_groupings_of_a_number_are_one_number() {
        for text in [
            "+4915123456789",
            "+49 151 23456789",
            "+49 (0)151 234-567-89",
            "+49 0151 23456789",
            " +49/151/23456789 ",
        ] {
            assert_eq!(parsed(text).as_deref(), Some("+4915123456789"), "{text}");
        }
        assert_eq!(
            parsed("+39 06 698 12345").as_deref(),
            Some("+390669812345"),
            "a zero that belongs to it stays"
        );
    }

    #[test]
    fn what_no_country_gives_out_is_no_number() {
        for text in [
            "",
            "+",
            "4915123456789",
            "004915123456789",
            "+49151",
            "+99915123456789",
            "+49 151 23456789 ext. 5",
            "tel:+4915123456789",
            "+49151234567890123456789012345678901234567890",
            "+1 555 CALL NOW",
            "+55 0900 6823732",
            "+４９１５１２３４５６７８９",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_canonical_spelling_is_its_own(text in r"\+[0-9 ()./-]{0,31}") {
            if let Some(canonical) = parsed(&text) {
                prop_assert_eq!(parsed(&canonical), Some(canonical.clone()));
                prop_assert!(canonical.len() <= 16 && canonical[1..].bytes().all(|byte| byte.is_ascii_digit()));
            }
        }

        #[test]
        fn whatever_is_written_is_answered(text in any::<String>()) {
            let _ = parsed(&text);
        }
    }
}
