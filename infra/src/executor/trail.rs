//! What an aggregate remembers that the read models may not include yet: its newest facts.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use domain::fact::Fact;
use domain::id::Position;

use super::scope::{CommandKey, Scope};

/// About how many bytes a fact takes here, its command's key included: a message of a few sentences.
const FACT: usize = 768;

/// An aggregate's facts behind the read models' checkpoint, found by their command.
#[derive(Debug, Default)]
pub(super) struct Trail {
    facts: VecDeque<Arc<Fact>>,
    /// How many facts were dropped from the front; numbers the rest.
    dropped: u64,
    /// The number of each command's first fact.
    firsts: HashMap<CommandKey, u64>,
}

impl Trail {
    /// Takes in the stream's next fact.
    pub(super) fn push(&mut self, fact: Arc<Fact>) {
        let number = self.dropped + self.facts.len() as u64;
        self.firsts.entry(key(&fact)).or_insert(number);
        self.facts.push_back(fact);
    }

    /// Drops what the read models include.
    pub(super) fn prune(&mut self, included: Option<Position>) {
        while let Some(fact) = self.facts.pop_front_if(|fact| Some(fact.at.position) <= included) {
            let key = key(&fact);
            if self.firsts.get(&key) == Some(&self.dropped) {
                self.firsts.remove(&key);
            }
            self.dropped += 1;
        }
    }

    /// Whether a command was accepted here, so far as it remembers.
    pub(super) fn knows(&self, command: &CommandKey) -> bool {
        self.firsts.contains_key(command)
    }

    /// A command's facts; none when it was not accepted here, or so long ago that the read models include it.
    pub(super) fn of(&self, command: &CommandKey) -> Option<Vec<Arc<Fact>>> {
        let first = usize::try_from(*self.firsts.get(command)? - self.dropped).ok()?;
        let same = |fact: &&Arc<Fact>| fact.command == command.1 && Scope::from(&fact.by) == command.0;
        Some(self.facts.range(first..).take_while(same).cloned().collect())
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        self.facts.len() * FACT
    }

    /// All of it, in order.
    pub(super) fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.facts.iter().map(AsRef::as_ref)
    }
}

fn key(fact: &Fact) -> CommandKey {
    (Scope::from(&fact.by), fact.command)
}
