//! How an account has its chats: muted, pinned, archived, with a draft.

use super::Decision;
use crate::id::ChatId;
use crate::inbox::command::Draft;
use crate::inbox::event::{Archived, DraftChanged, Muted, PinsChanged};
use crate::inbox::{Event, Inbox, MUTED_FOR_EVER, PINNED_MAX, Rejection};
use crate::sealed::Sealed;
use crate::time::Timestamp;

pub(super) fn mute(inbox: &Inbox, chat: ChatId, until: Option<Timestamp>, at: Timestamp) -> Vec<Event> {
    let until = until.filter(|until| *until > at).map(|until| until.min(MUTED_FOR_EVER));
    if inbox.muted.get(&chat).copied() == until {
        return Vec::new();
    }
    vec![Event::Muted(Muted { chat, until })]
}

pub(super) fn pin(inbox: &Inbox, chat: ChatId, pinned: bool) -> Decision {
    if inbox.pins.contains(&chat) == pinned {
        return Ok(Vec::new());
    }
    if pinned && inbox.pins.len() >= PINNED_MAX {
        return Err(Rejection::TooManyPinned);
    }
    let others = inbox.pins.iter().copied().filter(|other| *other != chat);
    let chats = pinned.then_some(chat).into_iter().chain(others).collect();
    Ok(vec![Event::PinsChanged(PinsChanged { chats })])
}

/// What another device pinned meanwhile stays, behind those that are named.
pub(super) fn reorder(inbox: &Inbox, chats: &[ChatId]) -> Vec<Event> {
    let mut ordered = Vec::with_capacity(inbox.pins.len());
    for chat in chats.iter().chain(&inbox.pins) {
        if inbox.pins.contains(chat) && !ordered.contains(chat) {
            ordered.push(*chat);
        }
    }
    if ordered == inbox.pins {
        return Vec::new();
    }
    vec![Event::PinsChanged(PinsChanged { chats: ordered })]
}

pub(super) fn archive(inbox: &Inbox, chat: ChatId, archived: bool) -> Vec<Event> {
    if inbox.archived.contains(&chat) == archived {
        return Vec::new();
    }
    vec![Event::Archived(Archived { chat, archived })]
}

/// Sending ends a draft, which the state does not know of: so ending it once more is an event.
pub(super) fn draft(inbox: &Inbox, chat: ChatId, draft: Option<&Draft>) -> Vec<Event> {
    if draft.is_none() && !inbox.drafts.contains(&chat) {
        return Vec::new();
    }
    vec![Event::DraftChanged(DraftChanged {
        chat,
        reply_to: draft.and_then(|draft| draft.reply_to),
        entities: draft.map_or_else(Vec::new, |draft| draft.body.entities().to_vec()),
        text: draft.map(|draft| Sealed::open(inbox.account, draft.body.text().clone())),
    })]
}
