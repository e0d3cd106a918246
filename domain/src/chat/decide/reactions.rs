//! Reacting to messages.

use super::messages::undeleted;
use super::wishes::may_write;
use super::{Decision, Rules, role_in_chat};
use crate::aggregate::Known;
use crate::chat::event::ReactionChanged;
use crate::chat::{Chat, Emoji, Event, REACTIONS_MAX, Rejection};
use crate::id::{AccountId, MessageId};

/// With what one reacted before is not in the state, so a set that changes nothing is an event too.
pub(super) fn react(chat: &Chat, (by, rules): (AccountId, Rules), message: MessageId, reactions: &[Emoji], known: &Known) -> Decision {
    role_in_chat(chat, by)?;
    undeleted(message, &known.messages)?;
    // What one said may always be taken back.
    if !reactions.is_empty() {
        may_write(chat, by, rules, known)?;
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
        account: by,
        reactions: set,
    })])
}
