//! Who gets which role in a group, and who owns it.

use super::{Asker, Decision, need, role_in_group, role_of, within_reach};
use crate::chat::event::RoleChanged;
use crate::chat::{ADMINS_MAX, Chat, Event, Rejection, Right, Role};
use crate::id::{AccountId, ChatId};

pub(super) fn set_role(chat: &Chat, asker: Asker, account: AccountId, role: &Role) -> Decision {
    let own = role_in_group(chat, asker.by)?;
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
    if account != asker.by || *own == Role::Owner {
        within_reach(own, current)?;
    }
    may_give(own, role)?;
    if role.leads() {
        // Who is banned may follow a channel for a moment still.
        chat.keeps_out(account, asker.at)?;
    }
    if current == role {
        return Ok(Vec::new());
    }
    if matches!(chat.id, ChatId::Channel(_)) && *current == Role::Member && chat.members.len() >= ADMINS_MAX {
        return Err(Rejection::TooManyAdmins);
    }
    Ok(vec![became(account, role.clone())])
}

/// The former owner stays as an admin with all rights: whoever passes on a group does not lose it at once.
pub(super) fn pass_on(chat: &Chat, asker: Asker, account: AccountId) -> Decision {
    match role_in_group(chat, asker.by)? {
        Role::Owner => {}
        Role::Admin(_) | Role::Member => return Err(Rejection::OwnerOnly),
    }
    role_of(chat, account)?;
    if account == asker.by {
        return Ok(Vec::new());
    }
    let admin = Role::Admin(Right::ALL.into());
    Ok(vec![became(asker.by, admin), became(account, Role::Owner)])
}

fn became(account: AccountId, role: Role) -> Event {
    Event::RoleChanged(RoleChanged { account, role })
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
