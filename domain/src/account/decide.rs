//! An account's rules: who may speak for it, its devices, its username.

use super::event::{
    DeviceAuthorised, DeviceEnded, DeviceName, Profile, ProfileChanged, Registered, TokenHash, Username, UsernameChanged, UsernameRefused,
    UsernameRequested,
};
use super::{Account, Command, DEVICES_MAX, DeviceNameText, Event, NameText, Rejection, UsernameText};
use crate::actor::Actor;
use crate::id::{DeviceId, NameKey};
use crate::sealed::{Closed, Sealed};

type Decision = Result<Vec<Event>, Rejection>;

/// On whose behalf something is asked.
enum Asker {
    /// An active device of the account itself.
    Owner,
    /// The operator's tools, or a sign-in.
    Service,
    /// Something that follows the log.
    Reactor,
}

pub(super) fn decide(account: &Account, by: &Actor, command: &Command) -> Decision {
    use Asker::{Owner, Reactor, Service};
    if !account.exists && !matches!(command, Command::Register { .. }) {
        return Err(Rejection::NotFound);
    }
    match (command, asker(account, by)?) {
        (Command::Register { bot, name }, Service) => register(account, *bot, name),
        (Command::Rename { name }, Owner | Service) => Ok(rename(account, name)),
        (Command::AuthoriseDevice { token, name }, Service) => authorise_device(account, token, name),
        (Command::EndDevice { device }, Owner | Service) => end_device(account, *device),
        (Command::RequestUsername { name, username }, Owner) => Ok(request_username(account, name, username)),
        (Command::DropUsername, Owner) => Ok(drop_username(account)),
        (Command::WantUsername { name }, Reactor) => want_username(account, name),
        (Command::AdoptUsername { name, username }, Reactor) => adopt_username(account, name, username),
        (Command::RefuseUsername { name }, Reactor) => Ok(refuse_username(account, name)),
        (Command::Register { .. } | Command::AuthoriseDevice { .. }, Owner | Reactor)
        | (Command::Rename { .. } | Command::EndDevice { .. }, Reactor)
        | (Command::RequestUsername { .. } | Command::DropUsername, Service | Reactor)
        | (Command::WantUsername { .. } | Command::AdoptUsername { .. } | Command::RefuseUsername { .. }, Owner | Service) => {
            Err(Rejection::NotYours)
        }
    }
}

fn asker(account: &Account, by: &Actor) -> Result<Asker, Rejection> {
    match by {
        Actor::Service(_) => Ok(Asker::Service),
        Actor::Reactor(_) => Ok(Asker::Reactor),
        Actor::Import(_) => Err(Rejection::NotYours),
        Actor::Device(id, _) if *id != account.id => Err(Rejection::NotYours),
        Actor::Device(_, device) if account.active.contains(device) => Ok(Asker::Owner),
        Actor::Device(..) => Err(Rejection::DeviceEnded),
    }
}

fn register(account: &Account, bot: bool, name: &NameText) -> Decision {
    if account.exists {
        return Err(Rejection::AlreadyExists);
    }
    Ok(vec![Event::Registered(Registered {
        bot,
        profile: profile(account, name),
    })])
}

fn rename(account: &Account, name: &NameText) -> Vec<Event> {
    vec![Event::ProfileChanged(ProfileChanged {
        profile: profile(account, name),
    })]
}

fn profile(account: &Account, name: &NameText) -> Sealed<Profile> {
    Sealed::open(
        account.id,
        Profile {
            name: name.as_str().to_owned(),
        },
    )
}

fn authorise_device(account: &Account, token: &TokenHash, name: &DeviceNameText) -> Decision {
    if account.active.len() >= DEVICES_MAX {
        return Err(Rejection::TooManyDevices);
    }
    let next = account.last_device.map_or(Some(DeviceId::MIN), DeviceId::next);
    Ok(vec![Event::DeviceAuthorised(DeviceAuthorised {
        device: next.ok_or(Rejection::DeviceIdsExhausted)?,
        token: token.clone(),
        name: Sealed::open(
            account.id,
            DeviceName {
                name: name.as_str().to_owned(),
            },
        ),
    })])
}

fn end_device(account: &Account, device: DeviceId) -> Decision {
    if Some(device) > account.last_device {
        return Err(Rejection::DeviceNotFound(device));
    }
    if !account.active.contains(&device) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::DeviceEnded(DeviceEnded { device })])
}

/// The newest request counts. Asking for the name in use is one only while it calls off another request.
fn request_username(account: &Account, name: &NameKey, username: &UsernameText) -> Vec<Event> {
    if account.wanted.as_ref().or(account.username.as_ref()) == Some(name) {
        return Vec::new();
    }
    vec![Event::UsernameRequested(UsernameRequested {
        name: name.clone(),
        username: Sealed::open(
            account.id,
            Username {
                username: username.as_str().to_owned(),
            },
        ),
    })]
}

/// Gives up the name in use and calls off a request.
fn drop_username(account: &Account) -> Vec<Event> {
    if account.username.is_none() && account.wanted.is_none() {
        return Vec::new();
    }
    vec![Event::UsernameChanged(UsernameChanged {
        name: None,
        former: account.username.clone(),
        username: None,
    })]
}

/// Rejected where adopting the name would be.
fn want_username(account: &Account, name: &NameKey) -> Decision {
    if [&account.wanted, &account.username]
        .into_iter()
        .flatten()
        .any(|known| known == name)
    {
        Ok(Vec::new())
    } else {
        Err(Rejection::NotRequested)
    }
}

/// A rejection tells the reactor to release its claim; so a name in use is never answered with one.
fn adopt_username(account: &Account, name: &NameKey, username: &Closed) -> Decision {
    let in_use = account.username.as_ref() == Some(name);
    match (account.wanted.as_ref() == Some(name), in_use) {
        (true, _) => Ok(vec![Event::UsernameChanged(UsernameChanged {
            name: Some(name.clone()),
            former: account.username.clone().filter(|_| !in_use),
            username: Some(Sealed::Closed(username.clone())),
        })]),
        (false, true) => Ok(Vec::new()),
        (false, false) => Err(Rejection::NotRequested),
    }
}

fn refuse_username(account: &Account, name: &NameKey) -> Vec<Event> {
    if account.wanted.as_ref() != Some(name) {
        return Vec::new();
    }
    vec![Event::UsernameRefused(UsernameRefused { name: name.clone() })]
}
