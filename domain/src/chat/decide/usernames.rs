//! A channel's username: asked for here, had or refused by what its name's stream says.

use super::{Decision, need, role_in_group};
use crate::account::UsernameText;
use crate::account::event::Username;
use crate::chat::event::{UsernameChanged, UsernameRefused, UsernameRequested};
use crate::chat::{Chat, Command, Event, Rejection, Right};
use crate::id::{AccountId, ChatId, NameKey};
use crate::sealed::{Closed, Sealed};

/// The newest request counts. Asking for the name in use is one only while it calls off another request, and by another than whose key seals it, who may
/// be erased: it is sealed anew.
pub(super) fn request(chat: &Chat, by: AccountId, name: &NameKey, username: &UsernameText) -> Decision {
    may_name(chat, by)?;
    let has = match &chat.wanted {
        Some(wanted) => wanted == name,
        None => chat.username.as_ref() == Some(name) && chat.named_by == Some(by),
    };
    if has {
        return Ok(Vec::new());
    }
    let username = Username {
        username: username.as_str().to_owned(),
    };
    Ok(vec![Event::UsernameRequested(UsernameRequested {
        name: name.clone(),
        username: Sealed::open(by, username),
    })])
}

/// Gives up the name in use and calls off a request.
pub(super) fn drop_it(chat: &Chat, by: AccountId) -> Decision {
    may_name(chat, by)?;
    Ok(given_up(chat).into_iter().collect())
}

/// What gives up the name in use, and calls off a request, if there is one or the other.
pub(super) fn given_up(chat: &Chat) -> Option<Event> {
    (chat.username.is_some() || chat.wanted.is_some()).then(|| {
        Event::UsernameChanged(UsernameChanged {
            name: None,
            former: chat.username.clone(),
            username: None,
        })
    })
}

/// What the reactor asks for that claims names.
pub(super) fn react(chat: &Chat, command: &Command) -> Decision {
    match command {
        Command::WantUsername { name } => want(chat, name),
        Command::AdoptUsername { name, username } => adopt(chat, name, username),
        Command::RefuseUsername { name } => Ok(refuse(chat, name)),
        // Whatever else there is, is asked by accounts.
        _ => Err(Rejection::DevicesOnly),
    }
}

fn may_name(chat: &Chat, by: AccountId) -> Result<(), Rejection> {
    match chat.id {
        ChatId::Channel(_) => need(role_in_group(chat, by)?, Right::ChangeInfo),
        ChatId::Direct(..) | ChatId::Group(_) => Err(Rejection::NotAChannel),
    }
}

/// Rejected where adopting the name would be.
fn want(chat: &Chat, name: &NameKey) -> Decision {
    if [&chat.wanted, &chat.username].into_iter().flatten().any(|known| known == name) {
        Ok(Vec::new())
    } else {
        Err(Rejection::UsernameNotRequested)
    }
}

/// A rejection tells the reactor to release its claim; so a name in use is never answered with one.
fn adopt(chat: &Chat, name: &NameKey, username: &Closed) -> Decision {
    let in_use = chat.username.as_ref() == Some(name);
    match (chat.wanted.as_ref() == Some(name), in_use) {
        (true, _) => Ok(vec![Event::UsernameChanged(UsernameChanged {
            name: Some(name.clone()),
            former: chat.username.clone().filter(|_| !in_use),
            username: Some(Sealed::Closed(username.clone())),
        })]),
        (false, true) => Ok(Vec::new()),
        (false, false) => Err(Rejection::UsernameNotRequested),
    }
}

fn refuse(chat: &Chat, name: &NameKey) -> Vec<Event> {
    if chat.wanted.as_ref() != Some(name) {
        return Vec::new();
    }
    vec![Event::UsernameRefused(UsernameRefused { name: name.clone() })]
}
