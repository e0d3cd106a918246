//! This process's commands that the read models may not include yet: an id in use is not used for another command.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::Position;

use super::scope::CommandKey;

/// Commands under way, and those accepted behind the read models' checkpoint, over all aggregates.
#[derive(Debug, Default)]
pub(super) struct Ahead(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    commands: HashMap<CommandKey, Entry>,
    /// The accepted ones, about in the order of their positions.
    accepted: VecDeque<(Position, CommandKey)>,
}

#[derive(Debug)]
struct Entry {
    digest: String,
    accepted: bool,
}

/// A command's id, held while the command is under way.
#[derive(Debug)]
pub(super) struct Claim {
    ahead: Arc<Ahead>,
    command: CommandKey,
}

/// The id is in use for another command.
#[derive(Debug)]
pub(super) struct InUse;

impl Ahead {
    /// Holds a command's id. `None`: the same command is under way or accepted already; who decides it will find out.
    pub(super) fn claim(self: &Arc<Self>, command: &CommandKey, digest: &str) -> Result<Option<Claim>, InUse> {
        let mut known = self.known();
        match known.commands.get(command) {
            Some(entry) if entry.digest == digest => Ok(None),
            Some(_) => Err(InUse),
            None => {
                let (ahead, key, digest) = (Arc::clone(self), command.clone(), digest.to_owned());
                known.commands.insert(key.clone(), Entry { digest, accepted: false });
                Ok(Some(Claim { ahead, command: key }))
            }
        }
    }

    /// Remembers an accepted command until the read models include it.
    pub(super) fn accept(&self, command: CommandKey, digest: &str, position: Position) {
        let mut known = self.known();
        let (digest, accepted) = (digest.to_owned(), true);
        known.commands.insert(command.clone(), Entry { digest, accepted });
        known.accepted.push_back((position, command));
    }

    /// Forgets what the read models include.
    pub(super) fn prune(&self, included: Option<Position>) {
        let mut known = self.known();
        while let Some((_, command)) = known.accepted.pop_front_if(|(position, _)| Some(*position) <= included) {
            known.commands.remove(&command);
        }
    }

    /// How many accepted commands it remembers.
    pub(super) fn accepted(&self) -> usize {
        self.known().accepted.len()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Each change is complete before anything could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut known = self.ahead.known();
        if known.commands.get(&self.command).is_some_and(|entry| !entry.accepted) {
            known.commands.remove(&self.command);
        }
    }
}
