//! Second factors that the installation requires of everybody: until one is set, a device is let in to set it, and for nothing else.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::account::Account;
use domain::id::AccountId;
use projections::directory;

use super::Device;
use crate::error::Error;
use crate::{Gateway, Shared};

/// A device with a good token, of an account that may have no second factor yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unguarded(pub(crate) Device);

impl FromRequestParts<Shared> for Unguarded {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, gateway: &Shared) -> Result<Self, Error> {
        gateway.asking(parts).await.map(Self)
    }
}

impl Gateway {
    /// Refuses an account without a second factor where one is required. That it has one is believed for as long as a token is. Bots sign in nowhere.
    pub(super) async fn must_be_guarded(&self, account: AccountId) -> Result<(), Error> {
        if !self.config.sign_in.require_second_factor || self.guarded.contains_key(&account) {
            return Ok(());
        }
        let has_factor = self.executor.look::<Account>(account).await?.factors().set().next().is_some();
        if !has_factor && !self.is_bot(account).await? {
            return Err(Error::SecondFactorRequired);
        }
        self.guarded.insert(account, ()).await;
        Ok(())
    }

    async fn is_bot(&self, account: AccountId) -> Result<bool, Error> {
        let row = directory::account(&self.models.db, account).await?;
        Ok(row.is_some_and(|row| row.bot))
    }
}
