//! Services that the operator has let in, and who may read the log.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::id::ServiceTokenId;
use domain::system::Scope;
use projections::directory::{self, ServiceToken};

use super::bearer;
use crate::error::Error;
use crate::limits::Caller;
use crate::token::{Secret, Token};
use crate::{Gateway, Shared};

/// A service with a good token.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    token: ServiceToken,
}

/// Who may read the log.
#[derive(Debug, Clone)]
pub(crate) enum Reader {
    /// The operator, who may read everything.
    Operator,
    /// A service, which may what its scopes say.
    Service(Service),
}

impl Reader {
    /// Refuses who may not do what needs this scope.
    pub(crate) fn must(&self, scope: Scope) -> Result<(), Error> {
        match self {
            Self::Service(service) if !service.token.scopes.iter().any(|held| held.includes(scope)) => Err(Error::MissingScope(scope)),
            Self::Operator | Self::Service(_) => Ok(()),
        }
    }

    /// Refuses who was admitted and may not go on: the token has been ended, or its time is over. Where that can't be looked up just now,
    /// it goes on.
    pub(crate) async fn still(&self, gateway: &Gateway) -> Result<(), Error> {
        match self {
            Self::Operator => Ok(()),
            Self::Service(service) => match gateway.service_token(service.token.token).await {
                Ok(token) => gateway.admits(&token),
                Err(Error::Unauthorized) => Err(Error::Unauthorized),
                Err(_) => Ok(()),
            },
        }
    }
}

impl Gateway {
    /// The service whose token this is.
    pub(crate) async fn service(&self, number: ServiceTokenId, secret: &Secret) -> Result<Service, Error> {
        let token = self.service_token(number).await?;
        if !secret.is(&token.hash) {
            return Err(Error::Unauthorized);
        }
        self.admits(&token)?;
        Ok(Service { token })
    }

    /// Forgets what is known of a service's token: it has just been ended.
    pub(crate) async fn forget_service(&self, number: ServiceTokenId) {
        self.services.invalidate(&number).await;
    }

    fn admits(&self, token: &ServiceToken) -> Result<(), Error> {
        let is_over = token.ended_at.is_some() || token.expires_at.is_some_and(|at| at <= self.clock.now());
        if is_over { Err(Error::TokenEnded) } else { Ok(()) }
    }

    /// What is known of a service's token.
    async fn service_token(&self, number: ServiceTokenId) -> Result<ServiceToken, Error> {
        if let Some(known) = self.services.get(&number).await {
            return Ok(known);
        }
        let mut row = directory::service_token(&self.models, number).await?;
        if row.is_none() {
            // Nobody is to be given a new token because the read models are being made anew.
            self.level().await?;
            row = directory::service_token(&self.models, number).await?;
        }
        let token = row.ok_or(Error::Unauthorized)?;
        self.services.insert(number, token.clone()).await;
        Ok(token)
    }
}

impl FromRequestParts<Shared> for Reader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, gateway: &Shared) -> Result<Self, Error> {
        match bearer(&parts.headers)?.parse().map_err(|_| Error::Unauthorized)? {
            Token::Admin(secret) if secret.is(&gateway.admin) => Ok(Self::Operator),
            Token::Admin(_) => Err(Error::Unauthorized),
            Token::Service(number, secret) => {
                let service = gateway.service(number, &secret).await?;
                gateway.limits.caller(Caller::Service(number))?;
                Ok(Self::Service(service))
            }
            token @ Token::Device(..) => {
                gateway.device(&token.reveal()).await?;
                Err(Error::Forbidden("this needs a service's token, or the admin's"))
            }
        }
    }
}
