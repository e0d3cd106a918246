//! A group's or a channel's coming into being, and who comes and goes.

use std::collections::BTreeSet;

use super::settings::{described, sealed};
use super::wishes::may_add;
use super::{
    Asker, Decision, Rules, added, gone, links, may_in_group, no_channel, permitted_in_group, role_in_group, role_of, usernames,
    within_reach,
};
use crate::aggregate::Known;
use crate::chat::command::Create;
use crate::chat::event::{Created, MemberAdded, RoleChanged};
use crate::chat::{Chat, Event, MEMBERS_MAX, Permission, Rejection, Right, Role, TOLD_MAX};
use crate::id::{AccountId, ChatId};

pub(super) fn create(chat: &Chat, asker: Asker, create: &Create, known: &Known) -> Decision {
    let by = asker.by;
    match chat.id {
        ChatId::Group(_) | ChatId::Channel(_) if chat.exists => return Err(Rejection::AlreadyExists),
        ChatId::Channel(_) if !create.members.is_empty() => return Err(Rejection::NotAGroup),
        ChatId::Group(_) | ChatId::Channel(_) => {}
        ChatId::Direct(..) => return Err(Rejection::NotAGroup),
    }
    let mut seen = BTreeSet::from([by]);
    let others = create.members.iter().copied().filter(|account| seen.insert(*account));
    let members: Vec<MemberAdded> = std::iter::once(by)
        .chain(others)
        .map(|account| MemberAdded::at_first(account, if account == by { Role::Owner } else { Role::Member }))
        .collect();
    if members.len() > TOLD_MAX {
        return Err(Rejection::TooManyMembers);
    }
    members.iter().try_for_each(|member| may_add(asker, member.account, known))?;
    let title = Some(sealed(by, &create.title));
    let described = create.description.as_ref().map(|description| described(by, Some(description)));
    Ok(std::iter::once(Event::Created(Created { members, title }))
        .chain(described)
        .collect())
}

pub(super) fn add(chat: &Chat, asker: Asker, account: AccountId, known: &Known) -> Decision {
    no_channel(chat)?;
    permitted_in_group(chat, asker, Permission::AddMembers)?;
    if chat.members.contains_key(&account) {
        return Ok(Vec::new());
    }
    if asker.rules == Rules::Own && chat.standing.bans(account, asker.at) {
        return Err(Rejection::Banned(account));
    }
    if chat.members.len() >= MEMBERS_MAX {
        return Err(Rejection::TooManyMembers);
    }
    may_add(asker, account, known)?;
    Ok(added(chat, asker, account, None))
}

pub(super) fn remove(chat: &Chat, asker: Asker, account: AccountId) -> Decision {
    no_channel(chat)?;
    if account == asker.by {
        role_in_group(chat, asker.by)?;
        return Err(Rejection::RemovingOneself);
    }
    may_in_group(chat, asker, Right::RemoveMembers)?;
    let target = role_of(chat, account)?;
    match asker.rules {
        Rules::Own => within_reach(role_in_group(chat, asker.by)?, target)?,
        // Without its owner the group would have none; who it was elsewhere is not known.
        Rules::Elsewhere if *target == Role::Owner => return Err(Rejection::TargetIsOwner),
        Rules::Elsewhere => {}
    }
    Ok(vec![Event::MemberRemoved(gone(chat, asker, account))])
}

pub(super) fn leave(chat: &Chat, asker: Asker) -> Decision {
    let by = asker.by;
    let role = role_in_group(chat, by)?;
    let left = Event::MemberLeft(gone(chat, asker, by));
    let next = match role {
        Role::Owner => match heir(chat, by) {
            Some(account) => Some(Event::RoleChanged(RoleChanged {
                account,
                role: Role::Owner,
            })),
            // Nobody is left who could ever give its username up.
            None => usernames::given_up(chat),
        },
        Role::Admin(_) | Role::Member => None,
    };
    Ok(std::iter::once(left).chain(next).collect())
}

/// Who is gone leaves, or asks to join no more.
pub(super) fn vacate(chat: &Chat, gone: Asker) -> Decision {
    if chat.links.requests.contains_key(&gone.by) {
        return links::decline(chat, gone, gone.by);
    }
    leave(chat, gone)
}

/// Who gets the leaving owner's place: the longest-serving admin, else the longest-serving member.
fn heir(chat: &Chat, owner: AccountId) -> Option<AccountId> {
    chat.members
        .iter()
        .filter(|(account, _)| **account != owner)
        .min_by_key(|(_, member)| (member.role == Role::Member, member.since))
        .map(|(account, _)| *account)
}
