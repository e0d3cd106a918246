//! An account's rules: who may ask for what. What comes of it is told by concept.

mod addresses;
mod devices;
mod erasure;
mod factors;
mod people;
mod profile;
mod roles;
mod username;

use super::{Account, Command, Event, Rejection};
use crate::actor::{ADMIN, Actor, IMPORT, SIGN_IN, UPKEEP};
use crate::aggregate::Context;
use factors::Proof;

type Decision = Result<Vec<Event>, Rejection>;

/// On whose behalf something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    /// An active device of the account itself.
    Owner,
    /// The operator's tools.
    Operator,
    /// An account that administers the installation; whoever says so has checked it.
    Admin,
    /// The service that lets people in.
    SignIn,
    /// The service that does what time brings.
    Upkeep,
    /// An import.
    Import,
    /// Something that follows the log.
    Reactor,
}

pub(super) fn decide(account: &Account, context: &Context, command: &Command) -> Decision {
    if !account.exists && !matches!(command, Command::Register { .. }) {
        return Err(Rejection::NotFound);
    }
    if account.is_erased() && !matches!(command, Command::FinishErasure) {
        return Err(Rejection::Erased);
    }
    let asker = Asker::of(account, &context.by)?;
    if !may_ask(command).contains(&asker) {
        return Err(Rejection::NotYours);
    }
    decide_for(account, asker, context, command)
}

impl Asker {
    fn of(account: &Account, by: &Actor) -> Result<Self, Rejection> {
        match by {
            Actor::Device(id, _) if *id != account.id => Err(Rejection::NotYours),
            Actor::Device(_, device) if !account.active.contains(device) => Err(Rejection::DeviceEnded),
            Actor::Device(..) if account.suspended => Err(Rejection::Suspended),
            Actor::Device(..) => Ok(Self::Owner),
            Actor::Admin(..) => Ok(Self::Admin),
            Actor::Service(name) => Self::of_service(name).ok_or(Rejection::NotYours),
            Actor::Import(_) => Err(Rejection::NotYours),
            Actor::Reactor(_) => Ok(Self::Reactor),
        }
    }

    /// What a token lets a service do is nothing to accounts.
    fn of_service(name: &str) -> Option<Self> {
        match name {
            ADMIN => Some(Self::Operator),
            SIGN_IN => Some(Self::SignIn),
            UPKEEP => Some(Self::Upkeep),
            IMPORT => Some(Self::Import),
            _ => None,
        }
    }
}

fn may_ask(command: &Command) -> &'static [Asker] {
    use Asker::{Admin, Import, Operator, Owner, Reactor, SignIn, Upkeep};
    match command {
        Command::Register { .. } => &[Operator, SignIn, Import],
        Command::ChangeProfile { .. } => &[Owner, Operator, Import],
        Command::AuthoriseDevice { .. } => &[Operator, SignIn],
        Command::EndDevice { .. } => &[Owner, Operator],
        Command::EndIdleDevice { .. } => &[Upkeep],
        Command::WantUsername { .. } | Command::AdoptUsername { .. } | Command::RefuseUsername { .. } | Command::WantAddress { .. } => {
            &[Reactor]
        }
        Command::RecoverPassword { .. } | Command::ShowFactor { .. } => &[SignIn],
        Command::Promote | Command::Demote => &[Operator],
        Command::Suspend | Command::Restore => &[Operator, Admin],
        Command::BeginErasure => &[Upkeep, Operator],
        Command::FinishErasure => &[Reactor],
        Command::RenameDevice { .. }
        | Command::EndOtherDevices
        | Command::RequestUsername { .. }
        | Command::DropUsername
        | Command::SetAddress { .. }
        | Command::DropAddress { .. }
        | Command::SetPassword { .. }
        | Command::RemovePassword { .. }
        | Command::SetTotp { .. }
        | Command::RemoveTotp { .. }
        | Command::MakeRecoveryCodes { .. }
        | Command::AddContact { .. }
        | Command::RemoveContact { .. }
        | Command::Block { .. }
        | Command::Unblock { .. }
        | Command::ChangePrivacy { .. }
        | Command::ScheduleErasure { .. }
        | Command::CallOffErasure => &[Owner],
    }
}

fn decide_for(account: &Account, asker: Asker, context: &Context, command: &Command) -> Decision {
    let proof = |shown, tries| Proof {
        account,
        now: context.at,
        shown,
        tries,
    };
    match command {
        Command::Register { bot, name, address } => profile::register(account, *bot, name, address.as_ref()),
        Command::ChangeProfile {
            name,
            bio,
            present,
            read_from,
        } => {
            profile::is_as_read(account, read_from.as_ref())?;
            Ok(profile::change(account, name.as_ref(), bio.as_ref(), present))
        }
        Command::AuthoriseDevice {
            token,
            name,
            platform,
            sign_in,
        } => {
            devices::may_authorise(account, asker, *sign_in, context.at)?;
            devices::authorise(account, token, devices::name(account, name, platform.as_ref()), *sign_in)
        }
        Command::RenameDevice { device, name, platform } => devices::rename(account, *device, name, platform.as_ref()),
        Command::EndDevice { device } => devices::end(account, *device, None),
        Command::EndIdleDevice { device } => devices::end_idle(account, *device),
        Command::EndOtherDevices => Ok(devices::end_others(account, &context.by)),
        Command::RequestUsername { name, username } => Ok(username::request(account, name, username)),
        Command::DropUsername => Ok(username::drop_it(account)),
        Command::WantUsername { name } => username::want(account, name),
        Command::AdoptUsername { name, username } => username::adopt(account, name, username),
        Command::RefuseUsername { name } => Ok(username::refuse(account, name)),
        Command::SetAddress { address, shown, tries } => addresses::set(account, address, proof(*shown, *tries)),
        Command::DropAddress { purpose, shown, tries } => addresses::drop_it(account, *purpose, proof(*shown, *tries)),
        Command::WantAddress { name } => addresses::want(account, name),
        Command::SetPassword {
            password,
            shown,
            tries,
            print: _,
        } => factors::set_password(account, password, proof(*shown, *tries)),
        Command::RemovePassword { shown, tries } => factors::remove_password(account, proof(*shown, *tries)),
        Command::RecoverPassword { sign_in, address } => factors::recover_password(account, *sign_in, address),
        Command::SetTotp {
            totp,
            step,
            codes,
            shown,
            tries,
            print: _,
        } => factors::set_totp(account, totp, *step, codes, proof(*shown, *tries)),
        Command::RemoveTotp { shown, tries } => factors::remove_totp(account, proof(*shown, *tries)),
        Command::MakeRecoveryCodes { codes, shown, tries } => factors::make_codes(account, codes, proof(*shown, *tries)),
        Command::ShowFactor { sign_in, shown, tries } => factors::show(*sign_in, proof(Some(*shown), *tries)),
        Command::AddContact { account: other, name } => people::add_contact(account, *other, name.as_ref()),
        Command::RemoveContact { account: other } => Ok(people::remove_contact(account, *other)),
        Command::Block { account: other } => people::block(account, *other),
        Command::Unblock { account: other } => Ok(people::unblock(account, *other)),
        Command::ChangePrivacy { change } => Ok(people::change_privacy(account, *change)),
        Command::Promote => Ok(roles::promote(account)),
        Command::Demote => Ok(roles::demote(account)),
        Command::Suspend => roles::suspend(account, asker),
        Command::Restore => roles::restore(account, asker),
        Command::ScheduleErasure { due_at, shown, tries } => erasure::schedule(account, *due_at, proof(*shown, *tries)),
        Command::CallOffErasure => Ok(erasure::call_off(account)),
        Command::BeginErasure => erasure::begin(account, asker, context.at),
        Command::FinishErasure => erasure::finish(account),
    }
}
