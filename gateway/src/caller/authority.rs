//! Who administers the installation: its operator, and accounts that were promoted.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::account::Account;
use domain::actor::Actor;
use domain::id::CommandId;
use infra::executor::Request;

use super::{Admin, Device, bearer, request};
use crate::error::Error;
use crate::token::Token;
use crate::{Gateway, Shared};

/// Who may do what an admin may.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Authority {
    /// The operator, who may more than that.
    Operator(Admin),
    /// A device of an admin.
    Admin(Device),
}

impl Authority {
    /// A command of the operator, or of the admin in this role.
    pub(crate) fn request<C>(self, command: CommandId, payload: C) -> Request<C> {
        match self {
            Self::Operator(operator) => operator.request(command, payload),
            Self::Admin(Device { account, device }) => request(Actor::Admin(account, device), command, payload),
        }
    }
}

impl Gateway {
    /// Refuses a device whose account is no admin, or may not act. The account itself is looked at: who was demoted a moment ago is no admin any more.
    async fn must_be_admin(&self, device: Device) -> Result<(), Error> {
        let account = self.executor.look::<Account>(device.account).await?;
        if !account.devices().contains(&device.device) {
            Err(Error::DeviceEnded)
        } else if account.is_suspended() {
            Err(Error::AccountSuspended)
        } else if account.is_admin() {
            Ok(())
        } else {
            Err(Error::Forbidden("this needs an admin's token, or the operator's"))
        }
    }
}

impl FromRequestParts<Shared> for Authority {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, gateway: &Shared) -> Result<Self, Error> {
        match bearer(&parts.headers)?.parse().map_err(|_| Error::Unauthorized)? {
            Token::Device(..) => {
                let device = Device::from_request_parts(parts, gateway).await?;
                gateway.must_be_admin(device).await?;
                Ok(Self::Admin(device))
            }
            Token::Admin(_) | Token::Service(..) => Admin::from_request_parts(parts, gateway).await.map(Self::Operator),
        }
    }
}
