//! Reacting to messages.

use super::messages::undeleted;
use super::wishes::may_write;
use super::{Asker, Decision, Rules, permitted, role_in_chat};
use crate::aggregate::Known;
use crate::chat::event::ReactionChanged;
use crate::chat::{Chat, Emoji, Event, Permission, REACTIONS_MAX, Rejection};
use crate::id::{AccountId, MessageId};
use crate::time::Timestamp;

/// With what one reacted before is not in the state, so a set that changes nothing is an event too.
pub(super) fn react(chat: &Chat, asker: Asker, message: MessageId, reactions: &[Emoji], known: &Known) -> Decision {
    let role = role_in_chat(chat, asker.by)?;
    let service = undeleted(message, &known.messages)?.service;
    // What one said may always be taken back.
    if !reactions.is_empty() {
        if service {
            return Err(Rejection::ServiceMessage(message));
        }
        permitted(chat, role, asker, Permission::React)?;
        may_write(chat, asker, known)?;
    }
    let mut set: Vec<Emoji> = Vec::new();
    for emoji in reactions {
        if !set.contains(emoji) {
            set.push(emoji.clone());
        }
        if set.len() > REACTIONS_MAX {
            return Err(Rejection::TooManyReactions);
        }
    }
    Ok(vec![Event::ReactionChanged(ReactionChanged {
        message,
        account: asker.by,
        reactions: set,
    })])
}

/// Whether a member may, where it is decided elsewhere.
pub(in crate::chat) fn lets_react(chat: &Chat, account: AccountId, at: Timestamp) -> Result<(), Rejection> {
    let asker = Asker {
        by: account,
        rules: Rules::Own,
        at,
    };
    permitted(chat, role_in_chat(chat, account)?, asker, Permission::React)
}
