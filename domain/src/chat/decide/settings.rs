//! What a group is called, says of itself, and lets its members do.

use std::collections::BTreeSet;

use super::{Asker, Decision, need, no_channel, permitted_in_group, role_in_group, service_message};
use crate::chat::content::{Description, Title};
use crate::chat::event::{Described, PermissionsChanged, ProtectionChanged, Renamed, SlowModeChanged};
use crate::chat::{Chat, DescriptionText, Event, Permission, Right, SlowMode, TitleText};
use crate::id::AccountId;
use crate::sealed::Sealed;

/// The title that a group has is sealed, so one that changes nothing is an event too.
pub(super) fn rename(chat: &Chat, asker: Asker, title: &TitleText) -> Decision {
    permitted_in_group(chat, asker, Permission::ChangeInfo)?;
    Ok(vec![Event::Renamed(Renamed {
        message: service_message(chat, asker),
        title: sealed(asker.by, title),
    })])
}

/// The same of its description.
pub(super) fn describe(chat: &Chat, asker: Asker, description: Option<&DescriptionText>) -> Decision {
    permitted_in_group(chat, asker, Permission::ChangeInfo)?;
    Ok(vec![described(asker.by, description)])
}

pub(super) fn described(by: AccountId, description: Option<&DescriptionText>) -> Event {
    let sealed = |text: &DescriptionText| {
        let description = text.as_str().to_owned();
        Sealed::open(by, Description { description })
    };
    Event::Described(Described {
        description: description.map(sealed),
    })
}

pub(super) fn permit(chat: &Chat, asker: Asker, denied: &BTreeSet<Permission>) -> Decision {
    no_channel(chat)?;
    need(role_in_group(chat, asker.by)?, Right::RestrictMembers)?;
    if chat.standing.denied == *denied {
        return Ok(Vec::new());
    }
    let denied = denied.clone();
    Ok(vec![Event::PermissionsChanged(PermissionsChanged { denied })])
}

pub(super) fn slow_down(chat: &Chat, asker: Asker, pause: SlowMode) -> Decision {
    no_channel(chat)?;
    need(role_in_group(chat, asker.by)?, Right::RestrictMembers)?;
    if chat.standing.pause == pause {
        return Ok(Vec::new());
    }
    Ok(vec![Event::SlowModeChanged(SlowModeChanged { seconds: pause })])
}

pub(super) fn protect(chat: &Chat, asker: Asker, protected: bool) -> Decision {
    need(role_in_group(chat, asker.by)?, Right::ChangeInfo)?;
    if chat.standing.protected == protected {
        return Ok(Vec::new());
    }
    Ok(vec![Event::ProtectionChanged(ProtectionChanged { protected })])
}

pub(super) fn sealed(by: AccountId, title: &TitleText) -> Sealed<Title> {
    let title = title.as_str().to_owned();
    Sealed::open(by, Title { title })
}
