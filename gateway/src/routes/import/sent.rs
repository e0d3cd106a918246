//! What the operations of a request sent, for those behind them that name it.

use std::collections::HashMap;

use domain::id::{CommandId, MessageId};

use super::Outcome;

/// What became of operations, by the ids that they were given.
#[derive(Debug, Default)]
pub(super) struct Sent(HashMap<CommandId, Result<Option<MessageId>, Again>>);

/// It was not done, and is to be sent again: so is what awaits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Again;

impl Sent {
    /// Takes in what became of one.
    pub(super) fn note(&mut self, outcome: &Outcome) {
        let Some(id) = outcome.id else { return };
        let became = if outcome.has_to_be_repeated() {
            Err(Again)
        } else {
            Ok(outcome.message)
        };
        self.0.insert(id, became);
    }

    /// Whether it is known what became of one.
    pub(super) fn knows(&self, command: CommandId) -> bool {
        self.0.contains_key(&command)
    }

    /// The message that one sent; of one that was refused, or is none of the request, there is none.
    pub(super) fn by(&self, command: CommandId) -> Result<Option<MessageId>, Again> {
        self.0.get(&command).copied().unwrap_or(Ok(None))
    }
}

#[cfg(test)]
mod tests {
    use domain::id::AccountId;
    use uuid::Uuid;

    use super::*;
    use crate::error::Error;

    fn became(error: &Error) -> Result<Option<MessageId>, Again> {
        let (mut sent, id) = (Sent::default(), CommandId(Uuid::from_u128(1)));
        sent.note(&Outcome::refused(Some(id), error));
        assert!(sent.knows(id));
        sent.by(id)
    }

    #[test]
    fn what_is_to_be_sent_again_is_not_answered_before() {
        assert_eq!(became(&Error::Unavailable("the log".to_owned())), Err(Again));
        assert_eq!(became(&Error::ShuttingDown), Err(Again));
    }

    #[test]
    fn what_is_refused_for_good_holds_nothing_up() {
        assert_eq!(became(&Error::ChatNotFound), Ok(None));
        assert_eq!(
            became(&Error::KeyLost(AccountId::MIN)),
            Ok(None),
            "a lost key does not come back by waiting"
        );
        assert_eq!(Sent::default().by(CommandId(Uuid::from_u128(2))), Ok(None));
    }
}
