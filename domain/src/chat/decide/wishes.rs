//! What others wish: whether one may write to them, add them to groups, and say that they said something.

use super::{Asker, Rules};
use crate::aggregate::Known;
use crate::chat::{Chat, Rejection};
use crate::id::AccountId;

/// Whether the other side of a direct chat lets the asker write there. In a group everybody reads what members say.
pub(super) fn may_write(chat: &Chat, asker: Asker, known: &Known) -> Result<(), Rejection> {
    let Asker { by, rules, .. } = asker;
    match (rules, chat.id.peer(by)) {
        (Rules::Own, Some(other)) if !known.lets(by, other, |privacy| privacy.write) => Err(Rejection::CannotWrite(other)),
        (Rules::Own | Rules::Elsewhere, _) => Ok(()),
    }
}

/// Whether an account lets the asker add it to a group.
pub(super) fn may_add(asker: Asker, account: AccountId, known: &Known) -> Result<(), Rejection> {
    let Asker { by, rules, .. } = asker;
    match rules {
        Rules::Own if account != by && !known.lets(by, account, |privacy| privacy.add_to_groups) => Err(Rejection::CannotAdd(account)),
        Rules::Own | Rules::Elsewhere => Ok(()),
    }
}

/// Whether an account lets the asker tell that it said what the asker sends on.
pub(super) fn may_be_named(asker: Asker, author: AccountId, known: &Known) -> bool {
    let Asker { by, rules, .. } = asker;
    match rules {
        Rules::Own => author == by || known.lets(by, author, |privacy| privacy.forwards),
        Rules::Elsewhere => true,
    }
}
