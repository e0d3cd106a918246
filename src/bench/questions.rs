//! What is looked for in `search`, and what there is to be found.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use domain::id::AccountId;
use serde_json::Value;

use super::chatter::{self, Dice, VOCABULARY, Word, spelt};
use super::history::Written;
use super::town::{Said, Town};

/// Words from here on are said hardly ever.
const RARE: Word = 5_000;
/// Words up to here are said often.
const FREQUENT: usize = 5;
/// Characters of a beginning.
const BEGINNING: usize = 4;
/// Messages of a page, unless asked for otherwise.
const PAGE: usize = 50;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word that is said hardly ever.
    Rare,
    /// One that is said often.
    Frequent,
    /// Two words of a message.
    Two,
    /// The beginning of a word.
    Beginning,
    /// Two words, one after the other.
    Phrase,
    /// What somebody said, with a word that is said often.
    From,
    /// A word that is said often, but only where who asks is not.
    Others,
}

/// Something to look for.
#[derive(Debug)]
pub struct Question {
    q: String,
    /// Each of which a message has a word of.
    words: Vec<BTreeSet<Word>>,
    /// Whether they stand one after the other.
    in_order: bool,
    from: Option<AccountId>,
    /// In the group alone.
    group: bool,
}

/// Who asks, and what was said where they could hear it, the newest first.
#[derive(Debug)]
pub struct Listener<'a> {
    town: &'a Town,
    heard: Vec<Said>,
    /// The places of what was said in the group.
    group: Vec<usize>,
    dice: Dice,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Rare,
        Self::Frequent,
        Self::Two,
        Self::Beginning,
        Self::Phrase,
        Self::From,
        Self::Others,
    ];

    /// In a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rare => "rare",
            Self::Frequent => "frequent",
            Self::Two => "two_words",
            Self::Beginning => "beginning",
            Self::Phrase => "phrase",
            Self::From => "from",
            Self::Others => "only_others",
        }
    }
}

impl<'a> Listener<'a> {
    /// Somebody who has heard all that was said in their chats.
    pub fn new(town: &'a Town, written: &Written) -> Self {
        let mut heard: Vec<Said> = town.heard().collect();
        heard.sort_by_key(|said| Reverse((written.get(&(said.chat, said.message)), said.message)));
        let group = heard.iter().enumerate().filter(|(_, said)| said.chat == 0).map(|(place, _)| place);
        Self {
            town,
            group: group.collect(),
            heard,
            dice: Dice::new(0),
        }
    }

    /// What was said last.
    pub fn newest(&self) -> Option<&Said> {
        self.heard.first()
    }

    /// Another question of this kind.
    pub fn question(&mut self, kind: Kind, group: bool) -> Question {
        let said = self.some(kind, group);
        let (from, words) = (said.by, said.words.clone());
        let often = Word::try_from(self.dice.roll(FREQUENT)).expect("a word");
        let apart = (0..Word::MAX).filter(|word| chatter::is_apart(*word)).nth(self.dice.roll(FREQUENT));
        let sought = match kind {
            Kind::Rare => words.into_iter().filter(|word| *word >= RARE).take(1).collect(),
            Kind::Frequent | Kind::From => vec![often],
            Kind::Two | Kind::Phrase => words.into_iter().take(2).collect(),
            Kind::Beginning => words.into_iter().filter(|word| *word >= RARE).take(1).collect(),
            Kind::Others => apart.into_iter().collect(),
        };
        let text = chatter::text(&sought);
        let beginning = &text[..text.len().min(BEGINNING)];
        let is_meant = |sought: Word| match kind {
            Kind::Beginning => (0..VOCABULARY)
                .filter_map(|word| Word::try_from(word).ok())
                .filter(|word| spelt(*word).starts_with(beginning))
                .collect(),
            Kind::Rare | Kind::Frequent | Kind::Two | Kind::Phrase | Kind::From | Kind::Others => BTreeSet::from([sought]),
        };
        Question {
            words: sought.into_iter().map(is_meant).collect(),
            q: match kind {
                Kind::Beginning => beginning.to_owned(),
                Kind::Phrase => format!("%22{}%22", text.replace(' ', "+")),
                Kind::Rare | Kind::Frequent | Kind::Two | Kind::From | Kind::Others => format!("{}+", text.replace(' ', "+")),
            },
            in_order: kind == Kind::Phrase,
            from: (kind == Kind::From).then_some(from),
            group,
        }
    }

    /// A message that gives a question of this kind.
    fn some(&mut self, kind: Kind, group: bool) -> &Said {
        loop {
            let place = if group {
                self.group[self.dice.roll(self.group.len())]
            } else {
                self.dice.roll(self.heard.len())
            };
            let words = &self.heard[place].words;
            let fits = match kind {
                Kind::Rare | Kind::Beginning => words.iter().any(|word| *word >= RARE),
                Kind::Two | Kind::Phrase => words[0] != words[1],
                Kind::Frequent | Kind::From | Kind::Others => true,
            };
            if fits {
                return &self.heard[place];
            }
        }
    }

    /// Checks that an answer holds the newest messages that say what was asked for, and all of them if it has no next page: whether it is a
    /// short one.
    pub fn check(&self, question: &Question, answer: &Value) -> Result<bool> {
        let found = answer["messages"].as_array().context("messages")?;
        let mut there = self.heard.iter().filter(|said| question.is_answered_by(said));
        for found in found {
            let said = there
                .next()
                .with_context(|| format!("{}: more was found than was said", question.q))?;
            let chat = self.town.chats[said.chat].0.to_string();
            let is_it = found["chat"] == chat.as_str()
                && found["message"]["id"] == said.message
                && found["message"]["text"] == chatter::text(&said.words).as_str();
            ensure!(
                is_it,
                "{}: not message {} of {chat} was found, which is the next newest",
                question.q,
                said.message
            );
        }
        let has_next = !answer["next"].is_null();
        ensure!(has_next || there.next().is_none(), "{}: less was found than was said", question.q);
        Ok(has_next && found.len() < PAGE)
    }
}

impl Question {
    /// How it is asked.
    pub fn path(&self, town: &Town) -> String {
        let from = self.from.map(|from| format!("&from={from}")).unwrap_or_default();
        let place = if self.group {
            format!("/v1/chats/{}/search", town.chats[0].0)
        } else {
            "/v1/search".to_owned()
        };
        format!("{place}?q={}{from}", self.q)
    }

    fn is_answered_by(&self, said: &Said) -> bool {
        let words = &said.words;
        let is_there = |sought: &BTreeSet<Word>| words.iter().any(|word| sought.contains(word));
        let in_order = |some: &[Word]| some.iter().zip(&self.words).all(|(word, sought)| sought.contains(word));
        (!self.group || said.chat == 0)
            && self.from.is_none_or(|from| said.by == from)
            && self.words.iter().all(is_there)
            && (!self.in_order || words.windows(self.words.len()).any(in_order))
    }
}
