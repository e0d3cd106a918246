//! A group's or a channel's coming into being, title, members and roles.

use std::collections::BTreeSet;

use super::wishes::may_add;
use super::{Decision, Rules, may_in_group, may_in_room, need, role_in_group, role_in_room};
use crate::aggregate::Known;
use crate::chat::command::Create;
use crate::chat::content::Title;
use crate::chat::event::{Created, MemberAdded, MemberGone, Renamed, RoleChanged, SequenceBegun};
use crate::chat::{ADMINS_MAX, Chat, Event, MEMBERS_MAX, Rejection, Right, Role, TOLD_MAX, TitleText};
use crate::id::{AccountId, ChatId};
use crate::sealed::Sealed;

pub(super) fn create(chat: &Chat, by: AccountId, rules: Rules, create: &Create, known: &Known) -> Decision {
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
        .map(|account| MemberAdded {
            account,
            role: if account == by { Role::Owner } else { Role::Member },
            after: None,
        })
        .collect();
    if members.len() > TOLD_MAX {
        return Err(Rejection::TooManyMembers);
    }
    members.iter().try_for_each(|member| may_add(by, rules, member.account, known))?;
    let title = Some(sealed(by, &create.title));
    Ok(vec![Event::Created(Created { members, title })])
}

/// The title that a group has is sealed, so one that changes nothing is an event too.
pub(super) fn rename(chat: &Chat, by: AccountId, rules: Rules, title: &TitleText) -> Decision {
    may_in_room(chat, by, rules, Right::ChangeInfo)?;
    Ok(vec![Event::Renamed(Renamed { title: sealed(by, title) })])
}

pub(super) fn add(chat: &Chat, by: AccountId, rules: Rules, account: AccountId, known: &Known) -> Decision {
    may_in_group(chat, by, rules, Right::AddMembers)?;
    if chat.members.contains_key(&account) {
        return Ok(Vec::new());
    }
    if chat.members.len() >= MEMBERS_MAX {
        return Err(Rejection::TooManyMembers);
    }
    may_add(by, rules, account, known)?;
    let added = MemberAdded {
        account,
        role: Role::Member,
        after: chat.top,
    };
    Ok(joins(chat, added))
}

/// An account joins a group. Who is the first too many for devices to be told of all that happens has the group's own sequence begin.
pub(super) fn joins(chat: &Chat, added: MemberAdded) -> Vec<Event> {
    let begins = !chat.own_sequence && chat.members.len() >= TOLD_MAX;
    let begun = begins.then_some(Event::SequenceBegun(SequenceBegun {}));
    std::iter::once(Event::MemberAdded(added)).chain(begun).collect()
}

pub(super) fn remove(chat: &Chat, by: AccountId, rules: Rules, account: AccountId) -> Decision {
    if account == by {
        role_in_group(chat, by)?;
        return Err(Rejection::RemovingOneself);
    }
    may_in_group(chat, by, rules, Right::RemoveMembers)?;
    let target = role_of(chat, account)?;
    match rules {
        Rules::Own => within_reach(role_in_group(chat, by)?, target)?,
        // Without its owner the group would have none; who it was elsewhere is not known.
        Rules::Elsewhere if *target == Role::Owner => return Err(Rejection::TargetIsOwner),
        Rules::Elsewhere => {}
    }
    Ok(vec![Event::MemberRemoved(MemberGone { account })])
}

pub(super) fn leave(chat: &Chat, by: AccountId) -> Decision {
    let role = role_in_room(chat, by)?;
    let left = Event::MemberLeft(MemberGone { account: by });
    let passed = match role {
        Role::Owner => heir(chat, by).map(|account| {
            Event::RoleChanged(RoleChanged {
                account,
                role: Role::Owner,
            })
        }),
        Role::Admin(_) | Role::Member => None,
    };
    Ok(std::iter::once(left).chain(passed).collect())
}

pub(super) fn set_role(chat: &Chat, by: AccountId, account: AccountId, role: &Role) -> Decision {
    let own = role_in_room(chat, by)?;
    need(own, Right::Promote)?;
    let current = match chat.id {
        // Whoever is none of those that are known here is a subscriber: the caller has checked that.
        ChatId::Channel(_) => role_of(chat, account).unwrap_or(&Role::Member),
        ChatId::Group(_) | ChatId::Direct(..) => role_of(chat, account)?,
    };
    if *role == Role::Owner {
        return Err(Rejection::OwnershipNotGiven);
    }
    // An admin may step back.
    if account != by || *own == Role::Owner {
        within_reach(own, current)?;
    }
    may_give(own, role)?;
    if current == role {
        return Ok(Vec::new());
    }
    if matches!(chat.id, ChatId::Channel(_)) && *current == Role::Member && chat.members.len() >= ADMINS_MAX {
        return Err(Rejection::TooManyAdmins);
    }
    Ok(vec![Event::RoleChanged(RoleChanged {
        account,
        role: role.clone(),
    })])
}

fn sealed(by: AccountId, title: &TitleText) -> Sealed<Title> {
    Sealed::open(
        by,
        Title {
            title: title.as_str().to_owned(),
        },
    )
}

fn role_of(chat: &Chat, account: AccountId) -> Result<&Role, Rejection> {
    chat.members
        .get(&account)
        .map(|member| &member.role)
        .ok_or(Rejection::MemberNotFound(account))
}

/// Whether one with the first role may remove another with the second, or change that role.
fn within_reach(own: &Role, target: &Role) -> Result<(), Rejection> {
    match (own, target) {
        (_, Role::Owner) => Err(Rejection::TargetIsOwner),
        (Role::Owner, Role::Admin(_)) | (_, Role::Member) => Ok(()),
        (Role::Admin(_) | Role::Member, Role::Admin(_)) => Err(Rejection::TargetIsAdmin),
    }
}

fn may_give(own: &Role, role: &Role) -> Result<(), Rejection> {
    match role {
        Role::Admin(rights) => match rights.iter().find(|right| !own.may(**right)) {
            Some(right) => Err(Rejection::RightNotHeld(*right)),
            None => Ok(()),
        },
        Role::Owner | Role::Member => Ok(()),
    }
}

/// Who gets the leaving owner's place: the longest-serving admin, else the longest-serving member.
fn heir(chat: &Chat, owner: AccountId) -> Option<AccountId> {
    chat.members
        .iter()
        .filter(|(account, _)| **account != owner)
        .min_by_key(|(_, member)| (member.role == Role::Member, member.since))
        .map(|(account, _)| *account)
}
