//! What people say in `search`: the same for the same number, by a vocabulary of which few words are said often and most hardly ever.

/// Different words.
pub const VOCABULARY: usize = 50_000;

const CONSONANTS: &[u8; 14] = b"bdfgklmnprstvz";
const VOWELS: &[u8; 5] = b"aeiou";
const SYLLABLES: usize = CONSONANTS.len() * VOWELS.len();

/// Of so many words one is said only where who asks is not.
const APART: usize = 97;

/// A word, by how often it is said: 0 most often.
pub type Word = u16;

/// What is drawn from, one number after the other.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// One of 0 … `of` − 1 (`SplitMix64`).
    pub fn roll(&mut self, of: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((drawn ^ (drawn >> 31)) % of.max(1) as u64).expect("less than a usize")
    }
}

/// How often each word is said: after Zipf, in inverse proportion to its rank.
#[derive(Debug)]
pub struct Chatter {
    /// For each word, how often it or one that is said more often is.
    up_to: Vec<usize>,
}

impl Chatter {
    /// The vocabulary.
    pub fn new() -> Self {
        let often = (0..VOCABULARY).map(|rank| 1_000_000_000 / (rank + 3));
        let up_to = often.scan(0, |sum, often| {
            *sum += often;
            Some(*sum)
        });
        Self { up_to: up_to.collect() }
    }

    /// The words of the message with this number, three to fifty of them.
    pub fn words(&self, number: u64, heard: bool) -> Vec<Word> {
        let mut dice = Dice::new(number);
        let long = if dice.roll(5) == 0 { dice.roll(38) } else { 0 };
        let count = 3 + dice.roll(10) + long;
        (0..count).map(|_| self.word(&mut dice, heard)).collect()
    }

    fn word(&self, dice: &mut Dice, heard: bool) -> Word {
        let drawn = dice.roll(self.up_to[VOCABULARY - 1]);
        let word = Word::try_from(self.up_to.partition_point(|up_to| *up_to <= drawn)).expect("the vocabulary is smaller");
        if heard && is_apart(word) { word + 1 } else { word }
    }
}

/// Whether a word is said only where who asks is not.
pub fn is_apart(word: Word) -> bool {
    usize::from(word) % APART == 5
}

/// How a word is written: the often said are short.
pub fn spelt(word: Word) -> String {
    // As many as there are of one, of two and of three syllables, in an order that is not the alphabet's.
    let (mut rank, mut of, mut syllables) = (usize::from(word), SYLLABLES, 1);
    while rank >= of {
        rank -= of;
        of *= SYLLABLES;
        syllables += 1;
    }
    let mut left = rank * 7_919 % of;
    let mut spelt = String::new();
    for _ in 0..syllables {
        let syllable = left % SYLLABLES;
        spelt.push(char::from(CONSONANTS[syllable / VOWELS.len()]));
        spelt.push(char::from(VOWELS[syllable % VOWELS.len()]));
        left /= SYLLABLES;
    }
    spelt
}

/// A message's text.
pub fn text(words: &[Word]) -> String {
    let spelt: Vec<String> = words.iter().map(|word| spelt(*word)).collect();
    spelt.join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn words_are_spelt_differently_and_the_often_said_are_short() {
        let words: BTreeSet<String> = (0..VOCABULARY).map(|word| spelt(Word::try_from(word).unwrap())).collect();
        assert_eq!(words.len(), VOCABULARY);
        assert_eq!((spelt(0).len(), spelt(100).len(), spelt(40_000).len()), (2, 4, 6));
    }

    #[test]
    fn a_number_says_the_same_again_and_some_words_are_not_heard() {
        let chatter = Chatter::new();
        assert_eq!(chatter.words(7, true), chatter.words(7, true));
        assert!((0..1_000).all(|number| !chatter.words(number, true).into_iter().any(is_apart)));
        assert!((0..1_000).any(|number| chatter.words(number, false).into_iter().any(is_apart)));
        let said = (0..1_000).filter(|number| chatter.words(*number, true).contains(&0)).count();
        assert!((100..900).contains(&said), "the first word is said often, not always: {said}");
    }
}
