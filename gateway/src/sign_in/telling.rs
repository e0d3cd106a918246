//! Sending a code: to whose devices, is found out only behind the answer.

use std::time::Duration;

use domain::id::AccountId;
use domain::name::Name;
use domain::time::Timestamp;
use infra::delivery::Message;
use infra::proof::Code;
use infra::signals::Signal;
use projections::outbox::Letter;

use super::{Visitor, Way};
use crate::Shared;
use crate::error::Error;

/// Sees to it that a code is sent: what goes to the contact is on disk when this returns. Nothing that is done here before, or that takes time, depends
/// on whose the contact is.
pub(super) async fn send(gateway: &Shared, visitor: &Visitor, way: Way, code: Code, expires_at: Timestamp) -> Result<(), Error> {
    let patience = gateway.config.devices_first;
    let letter = Letter {
        sign_in: visitor.sign_in,
        message: Message {
            to: visitor.contact.clone(),
            code: code.clone(),
            purpose: visitor.purpose.into(),
        },
        not_before: (way == Way::DevicesFirst).then(|| later(gateway.clock.now(), patience)),
        expires_at,
    };
    let posted = match way {
        Way::DevicesFirst | Way::Contact => gateway.outbox.post(&letter).await,
        Way::Devices => gateway.outbox.call_off(visitor.sign_in).await,
    };
    posted?;
    match way {
        Way::DevicesFirst | Way::Devices => {
            tokio::spawn(tell_devices(Shared::clone(gateway), visitor.clone(), way, code, expires_at));
        }
        Way::Contact => {}
    }
    Ok(())
}

/// Shows the code to the devices of whoever the contact leads to; where none is online, there is nothing to wait for.
async fn tell_devices(gateway: Shared, visitor: Visitor, way: Way, code: Code, expires_at: Timestamp) {
    let taken = match holder(&gateway, &visitor).await {
        Some(account) => gateway.signal(account, None, Signal::SignInCode { code, expires_at }).await,
        None => false,
    };
    let waits = way == Way::DevicesFirst && gateway.config.devices_first > Duration::ZERO;
    if waits
        && !taken
        && let Err(error) = gateway.outbox.hasten(visitor.sign_in).await
    {
        tracing::warn!(error.reason = %error, "a code is delivered late");
    }
}

async fn holder(gateway: &Shared, visitor: &Visitor) -> Option<AccountId> {
    match gateway.executor.look::<Name>(visitor.key.clone()).await {
        Ok(Name::Taken { holder, .. }) => Some(holder.account),
        Ok(Name::Free | Name::Resting { .. } | Name::Claimed { .. }) => None,
        Err(error) => {
            tracing::warn!(error.reason = %error, "nobody is asked first for a code");
            None
        }
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
}
