//! Whether an account exists: asked before it is written to or made a member.

use domain::id::{AccountId, ChatId};
use domain::stream::Stream;
use projections::directory;

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;

impl Gateway {
    /// Refuses accounts that nobody registered. The directory answers, and where that may lag, the log.
    pub(crate) async fn must_exist(&self, accounts: &[AccountId]) -> Result<(), Error> {
        let unknown: Vec<AccountId> = accounts
            .iter()
            .copied()
            .filter(|account| !self.accounts.contains_key(account))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let known: Vec<AccountId> = directory::accounts_with(&self.models.db, &unknown)
            .await?
            .iter()
            .map(|account| account.id)
            .collect();
        for account in unknown {
            if !known.contains(&account) && self.log.last(&Stream::Account(account)).await?.is_none() {
                return Err(Error::AccountNotFound(account));
            }
            self.accounts.insert(account, ()).await;
        }
        Ok(())
    }

    /// Refuses to begin a direct chat with an account that nobody registered.
    pub(crate) async fn must_have_peer(&self, chat: ChatId, me: Device) -> Result<(), Error> {
        match crate::rendering::peer(chat, me.account) {
            Some(peer) if chat == ChatId::direct(me.account, peer) => self.must_exist(&[peer]).await,
            // A direct chat of others: whether it exists is not for the caller to know.
            Some(_) => Err(Error::ChatNotFound),
            None => Ok(()),
        }
    }
}
