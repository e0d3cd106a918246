//! Which devices may act for an account.

use super::{Asker, Decision};
use crate::account::event::{DeviceAuthorised, DeviceEnded, DeviceName, DeviceRenamed, EndReason, TokenHash};
use crate::account::{Account, DEVICES_MAX, DeviceNameText, Event, PlatformText, Rejection};
use crate::actor::Actor;
use crate::id::{DeviceId, SignInId};
use crate::sealed::Sealed;
use crate::time::Timestamp;

/// The operator lets in whom he likes; a sign-in has shown all that is asked for. That an account is suspended is told to its owner only.
pub(super) fn may_authorise(account: &Account, asker: Asker, sign_in: Option<SignInId>, now: Timestamp) -> Result<(), Rejection> {
    match (asker, sign_in) {
        (Asker::SignIn, Some(sign_in)) if account.factors.missing(sign_in, now).next().is_some() => Err(Rejection::FactorNeeded),
        (Asker::SignIn, Some(_)) if account.suspended => Err(Rejection::Suspended),
        (Asker::Operator, None) | (Asker::SignIn, Some(_)) => Ok(()),
        (Asker::Operator, Some(_))
        | (Asker::SignIn, None)
        | (Asker::Owner | Asker::Admin | Asker::Upkeep | Asker::Import | Asker::Reactor, _) => Err(Rejection::NotYours),
    }
}

pub(super) fn authorise(account: &Account, token: &TokenHash, name: Sealed<DeviceName>, sign_in: Option<SignInId>) -> Decision {
    if account.active.len() >= DEVICES_MAX {
        return Err(Rejection::TooManyDevices);
    }
    let next = account.last_device.map_or(Some(DeviceId::MIN), DeviceId::next);
    Ok(vec![Event::DeviceAuthorised(DeviceAuthorised {
        device: next.ok_or(Rejection::DeviceIdsExhausted)?,
        token: token.clone(),
        sign_in,
        name,
    })])
}

/// What a device is called is sealed: nobody here can tell whether it was called so before.
pub(super) fn rename(account: &Account, device: DeviceId, called: &DeviceNameText, platform: Option<&PlatformText>) -> Decision {
    if !account.active.contains(&device) {
        return Err(Rejection::DeviceNotFound(device));
    }
    let name = name(account, called, platform);
    Ok(vec![Event::DeviceRenamed(DeviceRenamed { device, name })])
}

pub(super) fn name(account: &Account, name: &DeviceNameText, platform: Option<&PlatformText>) -> Sealed<DeviceName> {
    let name = DeviceName {
        name: name.as_str().to_owned(),
        platform: platform.map(|platform| platform.as_str().to_owned()),
    };
    Sealed::open(account.id, name)
}

pub(super) fn end(account: &Account, device: DeviceId, reason: Option<EndReason>) -> Decision {
    if Some(device) > account.last_device {
        return Err(Rejection::DeviceNotFound(device));
    }
    if !account.active.contains(&device) {
        return Ok(Vec::new());
    }
    Ok(vec![ended(device, reason)])
}

pub(super) fn end_idle(account: &Account, device: DeviceId) -> Decision {
    end(account, device, Some(EndReason::Idle))
}

pub(super) fn end_others(account: &Account, by: &Actor) -> Vec<Event> {
    let asks = |device: &DeviceId| *by == Actor::Device(account.id, *device);
    let others = account.active.iter().filter(|device| !asks(device));
    others.map(|device| ended(*device, Some(EndReason::Others))).collect()
}

pub(super) fn end_all(account: &Account, reason: EndReason) -> impl Iterator<Item = Event> {
    account.active.iter().map(move |device| ended(*device, Some(reason)))
}

fn ended(device: DeviceId, reason: Option<EndReason>) -> Event {
    Event::DeviceEnded(DeviceEnded { device, reason })
}
