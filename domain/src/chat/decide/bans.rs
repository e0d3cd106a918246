//! Who may do less in a group than others, or not be in it.

use std::collections::BTreeSet;

use super::{Asker, Decision, gone, need, role_in_group, role_of, within_reach};
use crate::chat::event::{MemberBanned, MemberRestricted, MemberUnbanned};
use crate::chat::state::lasts;
use crate::chat::{BANS_MAX, Chat, Event, Permission, Rejection, Right, Role};
use crate::id::AccountId;
use crate::time::Timestamp;

pub(super) fn restrict(chat: &Chat, asker: Asker, account: AccountId, denied: &BTreeSet<Permission>, until: Option<Timestamp>) -> Decision {
    need(role_in_group(chat, asker.by)?, Right::RestrictMembers)?;
    let present = chat.standing.restricted.get(&account);
    if denied.is_empty() {
        let lifted = present.map(|_| restricted(account, BTreeSet::new(), None));
        return Ok(lifted.into_iter().collect());
    }
    in_the_future(until, asker)?;
    match role_of(chat, account)? {
        Role::Owner => return Err(Rejection::TargetIsOwner),
        Role::Admin(_) => return Err(Rejection::TargetIsAdmin),
        Role::Member => {}
    }
    if present.is_some_and(|present| present.denied == *denied && present.until == until) {
        return Ok(Vec::new());
    }
    let mut events = Vec::new();
    if present.is_none() && chat.standing.restricted.len() >= BANS_MAX {
        let ended = chat.standing.restricted.iter().find(|(_, other)| !lasts(other.until, asker.at));
        let (ended, _) = ended.ok_or(Rejection::TooManyBans)?;
        events.push(restricted(*ended, BTreeSet::new(), None));
    }
    events.push(restricted(account, denied.clone(), until));
    Ok(events)
}

/// Whoever is in the group is removed as well.
pub(super) fn ban(chat: &Chat, asker: Asker, account: AccountId, until: Option<Timestamp>) -> Decision {
    let own = role_in_group(chat, asker.by)?;
    need(own, Right::RestrictMembers)?;
    in_the_future(until, asker)?;
    if account == asker.by {
        return Err(Rejection::RemovingOneself);
    }
    let mut events = room_for(chat, asker, account)?;
    if let Some(member) = chat.members.get(&account) {
        within_reach(own, &member.role)?;
        events.push(Event::MemberRemoved(gone(chat, asker, account)));
    } else if chat.standing.banned.get(&account) == Some(&until) {
        return Ok(Vec::new());
    }
    events.push(Event::MemberBanned(MemberBanned { account, until }));
    Ok(events)
}

pub(super) fn unban(chat: &Chat, asker: Asker, account: AccountId) -> Decision {
    need(role_in_group(chat, asker.by)?, Right::RestrictMembers)?;
    if !chat.standing.banned.contains_key(&account) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::MemberUnbanned(MemberUnbanned { account })])
}

/// One more banned account fits in, for which a ban that has ended makes room.
fn room_for(chat: &Chat, asker: Asker, account: AccountId) -> Decision {
    let banned = &chat.standing.banned;
    if banned.len() < BANS_MAX || banned.contains_key(&account) {
        return Ok(Vec::new());
    }
    let ended = banned.iter().find(|(_, until)| !lasts(**until, asker.at));
    let (account, _) = ended.ok_or(Rejection::TooManyBans)?;
    Ok(vec![Event::MemberUnbanned(MemberUnbanned { account: *account })])
}

fn restricted(account: AccountId, denied: BTreeSet<Permission>, until: Option<Timestamp>) -> Event {
    Event::MemberRestricted(MemberRestricted { account, denied, until })
}

fn in_the_future(until: Option<Timestamp>, asker: Asker) -> Result<(), Rejection> {
    if lasts(until, asker.at) {
        Ok(())
    } else {
        Err(Rejection::UntilInThePast)
    }
}
