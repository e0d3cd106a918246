//! Words as they are compared, and the hashes that the index knows of them.
//!
//! A word is what Unicode calls one (<https://www.unicode.org/reports/tr29/#Word_Boundaries>), in compatibility decomposition, without its
//! marks and in lower case: `Café` and `CAFE` are the same.

use std::collections::BTreeSet;

use domain::id::{AccountId, ChatId};
use domain::time::Timestamp;
use infra::seal::Keys;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// Different words of a message that it is found by, at most.
const WORDS_MAX: usize = 1_000;

/// How long the beginnings are that a word is found by, in characters.
const BEGINNINGS: [usize; 2] = [3, 5];

/// Characters of a query, at most.
pub const QUERY_MAX: usize = 256;

/// Words of a query, at most.
pub const QUERY_WORDS_MAX: usize = 16;

/// What is looked for: all of its words, and its phrases as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    words: BTreeSet<String>,
    /// The last word, which may be the beginning of one.
    beginning: Option<String>,
    phrases: Vec<Vec<String>>,
}

/// Why nothing can be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuery {
    /// No word in it.
    #[error("the query has no word")]
    NoWord,
    /// Too long.
    #[error("the query has more than {QUERY_MAX} characters or {QUERY_WORDS_MAX} words")]
    TooLong,
}

impl Query {
    /// Reads `night train "to Lisbon" win`: all words must be there, those in quotation marks one after the other; the last word may be the
    /// beginning of one, unless a space follows.
    pub fn parse(text: &str) -> Result<Self, InvalidQuery> {
        if text.chars().nth(QUERY_MAX).is_some() {
            return Err(InvalidQuery::TooLong);
        }
        let mut query = Self {
            words: BTreeSet::new(),
            beginning: None,
            phrases: Vec::new(),
        };
        let parts: Vec<&str> = text.split('"').collect();
        let mut said = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let words: Vec<String> = words(part).collect();
            // A quotation that does not end is none.
            if index % 2 == 1 && index + 1 < parts.len() && words.len() > 1 {
                query.phrases.push(words.clone());
            }
            said.extend(words);
        }
        if said.len() > QUERY_WORDS_MAX {
            return Err(InvalidQuery::TooLong);
        }
        let tail = parts.last().copied().unwrap_or_default();
        if !tail.ends_with(char::is_whitespace) && words(tail).next().is_some() {
            query.beginning = said.pop();
        }
        query.words.extend(said);
        if query.words.is_empty() && query.beginning.is_none() {
            return Err(InvalidQuery::NoWord);
        }
        Ok(query)
    }

    /// Whether a text says what is looked for.
    pub fn is_said_by(&self, text: &str) -> bool {
        let said: Vec<String> = words(text).collect();
        let says = |word: &String| said.contains(word);
        let begins = |beginning: &String| said.iter().any(|word| word.starts_with(beginning.as_str()));
        let quotes = |phrase: &Vec<String>| said.windows(phrase.len()).any(|some| some == phrase.as_slice());
        self.words.iter().all(says) && self.beginning.iter().all(begins) && self.phrases.iter().all(quotes)
    }

    /// What the entry of a message that says it has, and perhaps some others.
    pub(super) fn hashes(&self, keys: &Keys) -> Vec<String> {
        let words = self.words.iter().map(|word| Part::Word(word).hash(keys));
        let beginning = self
            .beginning
            .iter()
            .map(|word| match BEGINNINGS.iter().rev().find_map(|length| first(word, *length)) {
                Some(beginning) => Part::Beginning(beginning).hash(keys),
                None => Part::Word(word).hash(keys),
            });
        words.chain(beginning).collect()
    }
}

/// What an entry is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Word(&'a str),
    Beginning(&'a str),
    Chat(ChatId),
    Author(AccountId),
    /// The year that it was sent in.
    Year(i64),
    /// The month of the year.
    Month(i64, i64),
}

impl Part<'_> {
    /// As the index keeps it: letters and digits. Short, for there are many: what is the same by chance is found out when it is read.
    pub(super) fn hash(self, keys: &Keys) -> String {
        let hash = match self {
            Self::Word(word) => keys.blind("word", word),
            Self::Beginning(beginning) => keys.blind("beginning", beginning),
            Self::Chat(chat) => keys.blind("chat", &chat.to_string()),
            Self::Author(account) => keys.blind("author", &account.to_string()),
            Self::Year(year) => keys.blind("year", &year.to_string()),
            Self::Month(year, month) => keys.blind("month", &format!("{year}-{month}")),
        };
        format!("{:08x}", hash >> 32)
    }
}

/// The years and months from one month to another, those of whole years as a year. What was sent before 1970 counts as of its first month.
pub(super) fn months(first: Option<(i64, i64)>, last: (i64, i64)) -> Vec<Part<'static>> {
    let (first, last) = (dated(first.unwrap_or(EARLIEST)), dated(last));
    let of_year = |year: i64| {
        let from = if year == first.0 { first.1 } else { 1 };
        let to = if year == last.0 { last.1 } else { 12 };
        let whole = (from, to) == (1, 12);
        let months = (from..=to).filter(move |_| !whole).map(move |month| Part::Month(year, month));
        whole.then_some(Part::Year(year)).into_iter().chain(months)
    };
    (first.0..=last.0).flat_map(of_year).collect()
}

/// When a message was sent, as it is found by that.
pub(super) fn dates(sent_at: Timestamp) -> [Part<'static>; 2] {
    let (year, month) = dated(sent_at.month());
    [Part::Year(year), Part::Month(year, month)]
}

const EARLIEST: (i64, i64) = (1970, 1);
const LATEST: (i64, i64) = (2199, 12);

fn dated(month: (i64, i64)) -> (i64, i64) {
    month.clamp(EARLIEST, LATEST)
}

/// All that a text is found by.
pub(super) fn hashes(text: &str, keys: &Keys) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    for word in words(text) {
        if said.len() == WORDS_MAX {
            break;
        }
        said.insert(word);
    }
    let beginnings: BTreeSet<&str> = said
        .iter()
        .flat_map(|word| BEGINNINGS.iter().filter_map(|length| first(word, *length)))
        .collect();
    let words = said.iter().map(|word| Part::Word(word).hash(keys));
    words
        .chain(beginnings.into_iter().map(|beginning| Part::Beginning(beginning).hash(keys)))
        .collect()
}

/// A text's words, as they are compared.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.unicode_words().map(folded).filter(|word| !word.is_empty())
}

fn folded(word: &str) -> String {
    word.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        // At a word's end Greek writes another letter for the same.
        .map(|c| if c == 'ς' { 'σ' } else { c })
        .collect()
}

/// A word's first characters, if it has so many.
fn first(word: &str, length: usize) -> Option<&str> {
    match word.char_indices().nth(length) {
        Some((end, _)) => Some(&word[..end]),
        None => (word.chars().count() == length).then_some(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(query: &str, text: &str) -> bool {
        Query::parse(query).unwrap().is_said_by(text)
    }

    #[test]
    fn words_are_the_same_in_whatever_case_and_with_whatever_marks() {
        assert!(finds("cafe ", "Un CAFÉ, s'il vous plaît"));
        assert!(finds("ÇA ", "ca va"));
        assert!(finds("straße ", "Die Straße") && finds("ﬁnd ", "Find it"));
        assert!(finds("ΔΡΟΜΟΣ ", "ο δρόμος") && finds("δρόμος ", "ΔΡΟΜΟΣ"));
        assert!(finds("привет ", "ПРИВЕТ, мир") && finds("世", "世界"));
    }

    #[test]
    fn all_words_must_be_said_in_any_order() {
        assert!(finds("train night ", "the night train") && !finds("train day ", "the night train"));
    }

    #[test]
    fn the_last_word_may_be_a_beginning_unless_a_space_follows() {
        assert!(finds("the tra", "the night train") && finds("t", "the train"));
        assert!(finds("cat cat", "a cat of no category") && !finds("cat cat", "a category"));
        assert!(!finds("the tra ", "the night train") && !finds("nig the", "the night train"));
    }

    #[test]
    fn a_phrase_is_said_as_it_stands() {
        assert!(finds("\"night train\" to", "a Night Train to Lisbon"));
        assert!(!finds("\"train night\"", "a Night Train to Lisbon"));
        assert!(
            finds("\"train night", "a Night Train to Lisbon"),
            "a quotation that does not end is none"
        );
    }

    #[test]
    fn a_period_is_its_whole_years_and_the_months_beside_them() {
        use Part::{Month, Year};
        assert_eq!(months(Some((2020, 3)), (2020, 4)), [Month(2020, 3), Month(2020, 4)]);
        assert_eq!(months(Some((2020, 12)), (2022, 1)), [Month(2020, 12), Year(2021), Month(2022, 1)]);
        assert_eq!(months(Some((2020, 1)), (2020, 12)), [Year(2020)]);
        assert_eq!(months(Some((2020, 2)), (2020, 1)), []);
        assert_eq!(months(None, (1969, 5)), [Month(1970, 1)]);
        assert_eq!(months(None, (1971, 1)), [Year(1970), Month(1971, 1)]);
    }

    #[test]
    fn a_query_has_words_and_not_too_many() {
        assert_eq!(Query::parse("  … \" \""), Err(InvalidQuery::NoWord));
        let words = |count: usize| (0..count).map(|index| format!("w{index}")).collect::<Vec<_>>().join(" ");
        assert!(Query::parse(&words(QUERY_WORDS_MAX)).is_ok());
        assert_eq!(Query::parse(&words(QUERY_WORDS_MAX + 1)), Err(InvalidQuery::TooLong));
        let again = format!("\"{}\"", "a ".repeat(QUERY_WORDS_MAX + 1));
        assert_eq!(Query::parse(&again), Err(InvalidQuery::TooLong), "also those that are the same");
        assert!(Query::parse(&"a".repeat(QUERY_MAX)).is_ok());
        assert_eq!(Query::parse(&"a".repeat(QUERY_MAX + 1)), Err(InvalidQuery::TooLong));
    }
}
