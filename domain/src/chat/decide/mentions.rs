//! Whom a message mentions.

use std::collections::BTreeSet;

use super::is_channel;
use crate::chat::{Body, Chat, MENTIONS_MAX};
use crate::id::AccountId;

/// The members whose message it answers, or whom it names by account or by username; not who says it. In a channel nobody: of its people only who
/// runs it is known here, and that is not told.
pub(super) fn mentions(chat: &Chat, by: AccountId, answers: Option<AccountId>, body: &Body, named: &[AccountId]) -> Vec<AccountId> {
    if is_channel(chat) {
        return Vec::new();
    }
    let by_account = body.entities().iter().filter_map(|entity| entity.account);
    let mut mentioned = BTreeSet::new();
    for account in answers.into_iter().chain(by_account).chain(named.iter().copied()) {
        if mentioned.len() < MENTIONS_MAX && account != by && reads(chat, by, account) {
            mentioned.insert(account);
        }
    }
    mentioned.into_iter().collect()
}

/// Whether an account is a member, which the other side of a direct chat is before the chat exists.
fn reads(chat: &Chat, by: AccountId, account: AccountId) -> bool {
    chat.members.contains_key(&account) || chat.id.peer(by) == Some(account)
}
