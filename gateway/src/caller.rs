//! Who asks: bearer tokens, and what they allow.

mod authority;
mod guarded;
mod service;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::account::event::TokenHash;
use domain::actor::{Actor, IMPORT, UPKEEP};
use domain::fact::Fact;
use domain::id::{AccountId, CommandId, DeviceId};
use domain::time::Timestamp;
use infra::executor::Request;
use infra::seal::Keys;
use projections::directory;
use projections::feed::Attached;

use crate::error::Error;
use crate::limits::Caller;
use crate::token::{Secret, Token};
use crate::{Gateway, Shared};

pub(crate) use authority::Authority;
pub(crate) use guarded::Unguarded;
pub(crate) use service::Reader;

/// A device with a good token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Device {
    /// For whom it acts.
    pub(crate) account: AccountId,
    /// Which of that account's devices it is.
    pub(crate) device: DeviceId,
}

/// A device with a good token, and what it is told meanwhile. Its end is told too.
#[derive(Debug)]
pub(crate) struct Listening {
    /// Who.
    pub(crate) device: Device,
    /// What comes, from before the token was looked up.
    pub(crate) live: Attached,
}

/// The device whose session makes a request, in place of a token. Nobody but a session has it to add: what comes over HTTP is read
/// from its head alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InSession(pub(crate) Device);

/// The operator's tools.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admin;

/// The name of the operator's tools as an actor.
const ADMIN: &str = "admin";

impl Device {
    /// A command of this device.
    pub(crate) fn request<C>(self, command: CommandId, payload: C) -> Request<C> {
        request(Actor::Device(self.account, self.device), command, payload)
    }

    /// Whether this very device asked for what happened.
    pub(crate) fn asked_for(self, fact: &Fact) -> bool {
        matches!(&fact.by, Actor::Device(account, device) if (*account, *device) == (self.account, self.device))
    }
}

impl Admin {
    /// A command of the operator.
    #[expect(clippy::unused_self, reason = "holding an Admin is the permission")]
    pub(crate) fn request<C>(self, command: CommandId, payload: C) -> Request<C> {
        request(Actor::Service(ADMIN.to_owned()), command, payload)
    }

    /// Something that happened elsewhere, at that time if it is known: to an account by itself, or in a chat by an account. What is
    /// recorded is an id that is made from the import's: such as are made from a name would tell it to who tries names.
    #[expect(clippy::unused_self, reason = "holding an Admin is the permission")]
    pub(crate) fn import<C>(
        self,
        keys: &Keys,
        by: Option<AccountId>,
        given: CommandId,
        sent_at: Option<Timestamp>,
        payload: C,
    ) -> Request<C> {
        let by = by.map_or_else(|| Actor::Service(IMPORT.to_owned()), Actor::Import);
        Request {
            sent_at,
            ..request(by, keys.import_id(given), payload)
        }
    }
}

/// A command of the server's own, for what follows from others' commands and no device may do.
pub(crate) fn upkeep<C>(command: CommandId, payload: C) -> Request<C> {
    request(Actor::Service(UPKEEP.to_owned()), command, payload)
}

fn request<C>(by: Actor, command: CommandId, payload: C) -> Request<C> {
    Request {
        by,
        command,
        payload,
        sent_at: None,
        trace: infra::trace::here(),
    }
}

/// What is known of a device's token.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    token: TokenHash,
    ended: bool,
    suspended: bool,
}

impl Known {
    fn admits(&self, secret: &Secret) -> Result<(), Error> {
        if secret.is(&self.token) {
            self.may_act()
        } else {
            Err(Error::Unauthorized)
        }
    }

    fn may_act(&self) -> Result<(), Error> {
        if self.ended {
            Err(Error::DeviceEnded)
        } else if self.suspended {
            Err(Error::AccountSuspended)
        } else {
            Ok(())
        }
    }
}

impl Gateway {
    /// The device whose token this is, of an account that may act.
    pub(crate) async fn device(&self, token: &str) -> Result<Device, Error> {
        let device = self.admitted(token).await?;
        self.must_be_guarded(device.account).await?;
        Ok(device)
    }

    /// The device that makes a request, if only to set what its account lacks: by its token, or from within its session.
    async fn asking(&self, parts: &Parts) -> Result<Device, Error> {
        let device = match parts.extensions.get::<InSession>() {
            Some(InSession(device)) => {
                self.remembered(*device).await?.may_act()?;
                self.sees(*device);
                *device
            }
            None => self.admitted(bearer(&parts.headers)?).await?,
        };
        self.limits.caller(Caller::Account(device.account))?;
        Ok(device)
    }

    /// The device whose token this is, if only to set what it lacks.
    async fn admitted(&self, token: &str) -> Result<Device, Error> {
        let (device, secret) = self.named(token)?;
        self.remembered(device).await?.admits(&secret)?;
        self.sees(device);
        Ok(device)
    }

    /// What is known of a device, and may be a moment old.
    async fn remembered(&self, device: Device) -> Result<Known, Error> {
        match self.tokens.get(&(device.account, device.device)).await {
            Some(known) => Ok(known),
            None => self.look_up(device).await,
        }
    }

    /// Whether the operator asks.
    pub(crate) fn is_operator(&self, headers: &HeaderMap) -> bool {
        let token = bearer(headers).ok().and_then(|token| token.parse().ok());
        matches!(token, Some(Token::Admin(secret)) if secret.is(&self.admin))
    }

    /// The same for who stays, with what is live: attached first and looked up then, so that no end of the device goes
    /// unheard in between.
    pub(crate) async fn attach(&self, token: &str) -> Result<(Device, Attached), Error> {
        let (device, secret) = self.named(token)?;
        let live = self.models.feed.attach(device.account, device.device);
        self.in_turn(device).await?.admits(&secret)?;
        self.must_be_guarded(device.account).await?;
        self.sees(device);
        Ok((device, live))
    }

    /// The device that a token names, and the secret that has yet to be checked.
    fn named(&self, token: &str) -> Result<(Device, Secret), Error> {
        match token.parse().map_err(|_| Error::Unauthorized)? {
            Token::Device(account, device, secret) => Ok((Device { account, device }, secret)),
            Token::Admin(secret) if secret.is(&self.admin) => Err(Error::Forbidden("this needs a device's token, not the admin's")),
            Token::Admin(_) => Err(Error::Unauthorized),
            Token::Service(..) => Err(Error::Forbidden("this needs a device's token, not a service's")),
        }
    }

    /// Whether a device that was admitted may go on, as the read models are now.
    pub(crate) async fn still(&self, device: Device) -> Result<(), Error> {
        self.in_turn(device).await?.may_act()
    }

    async fn look_up(&self, device: Device) -> Result<Known, Error> {
        let row = directory::device(&self.models, device.account, device.device).await?;
        self.known(device, row).await
    }

    /// The same for many who come at once.
    async fn in_turn(&self, device: Device) -> Result<Known, Error> {
        let row = {
            let _turn = self.turn().await;
            directory::device(&self.models, device.account, device.device).await?
        };
        self.known(device, row).await
    }

    async fn known(&self, device: Device, mut row: Option<directory::Device>) -> Result<Known, Error> {
        if row.is_none() {
            // Nobody is to sign in anew because the read models are being made anew.
            self.level().await?;
            row = directory::device(&self.models, device.account, device.device).await?;
        }
        let row = row.ok_or(Error::Unauthorized)?;
        let known = Known {
            token: row.token,
            ended: row.ended_at.is_some(),
            suspended: row.suspended_at.is_some(),
        };
        self.tokens.insert((device.account, device.device), known.clone()).await;
        Ok(known)
    }

    /// Forgets what is known of a device's token: it has just been ended.
    pub(crate) async fn forget(&self, account: AccountId, device: DeviceId) {
        self.tokens.invalidate(&(account, device)).await;
    }

    /// Forgets what is known of all tokens of an account: it stands otherwise than before.
    pub(crate) async fn forget_all(&self, account: AccountId) -> Result<(), Error> {
        for row in directory::devices(&self.models.db, account).await? {
            self.forget(account, row.device).await;
        }
        Ok(())
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Error> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let value = given.next().and_then(|value| value.to_str().ok()).ok_or(Error::Unauthorized)?;
    // Which of two counts, a proxy may see otherwise.
    if given.next().is_some() {
        return Err(Error::InvalidRequest("Authorization: given twice".to_owned()));
    }
    let (scheme, token) = value.split_once(' ').ok_or(Error::Unauthorized)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token.trim())
    } else {
        Err(Error::Unauthorized)
    }
}

impl FromRequestParts<Shared> for Device {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, gateway: &Shared) -> Result<Self, Error> {
        let device = gateway.asking(parts).await?;
        gateway.must_be_guarded(device.account).await?;
        Ok(device)
    }
}

impl FromRequestParts<Shared> for Listening {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, gateway: &Shared) -> Result<Self, Error> {
        let (device, live) = gateway.attach(bearer(&parts.headers)?).await?;
        gateway.limits.caller(Caller::Account(device.account))?;
        Ok(Self { device, live })
    }
}

impl FromRequestParts<Shared> for Admin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, gateway: &Shared) -> Result<Self, Error> {
        match bearer(&parts.headers)?.parse().map_err(|_| Error::Unauthorized)? {
            Token::Admin(secret) if secret.is(&gateway.admin) => Ok(Self),
            Token::Admin(_) => Err(Error::Unauthorized),
            token @ Token::Device(..) => {
                gateway.device(&token.reveal()).await?;
                Err(Error::Forbidden("this needs the admin's token"))
            }
            Token::Service(number, secret) => {
                gateway.service(number, &secret).await?;
                Err(Error::Forbidden("this needs the admin's token"))
            }
        }
    }
}
