//! Invite links, and who comes by them.

use super::{Asker, Decision, added, need, role_in_group};
use crate::chat::command::MakeLink;
use crate::chat::content::{LinkLabel, LinkSecret};
use crate::chat::event::{JoinDeclined, JoinRequested, LinkChanged, LinkMade, LinkRevoked};
use crate::chat::state::lasts;
use crate::chat::{Chat, Event, LINKS_MAX, LinkNameText, MEMBERS_MAX, REQUESTS_MAX, Rejection, Right, Terms};
use crate::id::{AccountId, ChatId, LinkId, NameKey};
use crate::sealed::Sealed;

pub(super) fn make(chat: &Chat, asker: Asker, make: &MakeLink) -> Decision {
    need(role_in_group(chat, asker.by)?, Right::ManageLinks)?;
    if !lasts(make.terms.until, asker.at) {
        return Err(Rejection::UntilInThePast);
    }
    if chat.links.live.len() >= LINKS_MAX {
        return Err(Rejection::TooManyLinks);
    }
    let link = chat.links.last.map_or(Some(LinkId::MIN), LinkId::next);
    let secret = LinkSecret {
        token: make.token.as_str().to_owned(),
        name: make.name.as_ref().map(|name| name.as_str().to_owned()),
    };
    Ok(vec![Event::LinkMade(LinkMade {
        link: link.ok_or(Rejection::TooManyLinks)?,
        key: make.key.clone(),
        terms: make.terms,
        secret: Sealed::open(asker.by, secret),
    })])
}

/// What a link is called is sealed, so a change that changes nothing is an event too.
pub(super) fn change(chat: &Chat, asker: Asker, link: LinkId, terms: Terms, name: Option<&LinkNameText>) -> Decision {
    need(role_in_group(chat, asker.by)?, Right::ManageLinks)?;
    let present = chat.links.live.get(&link).ok_or(Rejection::LinkNotFound(link))?;
    if terms.until != present.terms.until && !lasts(terms.until, asker.at) {
        return Err(Rejection::UntilInThePast);
    }
    let name = name.map(|name| name.as_str().to_owned());
    Ok(vec![Event::LinkChanged(LinkChanged {
        link,
        terms,
        label: Sealed::open(asker.by, LinkLabel { name }),
    })])
}

pub(super) fn revoke(chat: &Chat, asker: Asker, link: LinkId) -> Decision {
    need(role_in_group(chat, asker.by)?, Right::ManageLinks)?;
    if chat.links.live.contains_key(&link) {
        Ok(vec![Event::LinkRevoked(LinkRevoked { link })])
    } else if chat.links.last >= Some(link) {
        Ok(Vec::new())
    } else {
        Err(Rejection::LinkNotFound(link))
    }
}

/// A group that everybody has left has nobody to lead it, so nobody comes back.
pub(super) fn join(chat: &Chat, asker: Asker, key: &NameKey) -> Decision {
    match chat.id {
        ChatId::Group(_) => {}
        ChatId::Direct(..) => return Err(Rejection::NotAGroup),
        ChatId::Channel(_) => return Err(Rejection::NoChannelsYet),
    }
    if chat.members.contains_key(&asker.by) {
        return Ok(Vec::new());
    }
    let (id, link) = chat.links.by_key(key).ok_or(Rejection::LinkNotValid)?;
    if chat.standing.bans(asker.by, asker.at) {
        return Err(Rejection::Banned(asker.by));
    }
    if !link.is_open(asker.at) || chat.members.is_empty() {
        return Err(Rejection::LinkNotValid);
    }
    if link.terms.requests {
        return ask(chat, asker.by, id);
    }
    come_in(chat, asker, asker.by, id)
}

pub(super) fn approve(chat: &Chat, asker: Asker, account: AccountId) -> Decision {
    need(role_in_group(chat, asker.by)?, Right::RestrictMembers)?;
    if chat.members.contains_key(&account) {
        return Ok(Vec::new());
    }
    let link = chat.links.requests.get(&account).ok_or(Rejection::RequestNotFound(account))?;
    come_in(chat, asker, account, *link)
}

pub(super) fn decline(chat: &Chat, asker: Asker, account: AccountId) -> Decision {
    let waits = chat.links.requests.contains_key(&account);
    if !(waits && account == asker.by) {
        need(role_in_group(chat, asker.by)?, Right::RestrictMembers)?;
    }
    if !waits {
        return Err(Rejection::RequestNotFound(account));
    }
    Ok(vec![Event::JoinDeclined(JoinDeclined { account })])
}

fn ask(chat: &Chat, account: AccountId, link: LinkId) -> Decision {
    if chat.links.requests.contains_key(&account) {
        return Ok(Vec::new());
    }
    if chat.links.requests.len() >= REQUESTS_MAX {
        return Err(Rejection::TooManyJoinRequests);
    }
    Ok(vec![Event::JoinRequested(JoinRequested { account, link })])
}

fn come_in(chat: &Chat, asker: Asker, account: AccountId, link: LinkId) -> Decision {
    if chat.members.len() >= MEMBERS_MAX {
        return Err(Rejection::TooManyMembers);
    }
    Ok(vec![added(chat, asker, account, Some(link))])
}
