//! A forgotten password: removed by a code that is sent to the account's recovery address, for who holds the contact, too.

use domain::account::address::AddressUse;
use domain::account::event::Address;
use domain::account::{self, Account};
use domain::id::{AccountId, CommandId};
use domain::sign_in::SignIn;
use domain::sign_in::event::Purpose;
use infra::contact::Contact;
use infra::proof::Code;

use super::{Made, Visitor, Way, asked, begin, resend};
use crate::error::Error;
use crate::{Gateway, Shared};

/// Has a code sent to the recovery address of the account that the visitor has come to; another one, when one was.
pub(crate) async fn recover(gateway: &Shared, visitor: &Visitor, command: CommandId) -> Result<Made, Error> {
    let (account, at_recovery) = gateway.at_recovery(visitor).await?;
    let state = gateway.executor.look::<Account>(account).await?;
    if state.factors().password().is_none() {
        return Err(account::Rejection::FactorNotSet.into());
    }
    let known = gateway.executor.look::<SignIn>(at_recovery.key.clone()).await?;
    if known.attempt(at_recovery.sign_in).is_some() {
        resend(gateway, &at_recovery, Way::Contact, command).await
    } else {
        begin(gateway, &at_recovery, Way::Contact, at_recovery.command("begin")).await
    }
}

impl Gateway {
    /// Removes the password for the code that was sent to the recovery address.
    pub(crate) async fn recovered(&self, visitor: &Visitor, code: &Code) -> Result<(), Error> {
        let (account, at_recovery) = self.at_recovery(visitor).await?;
        self.try_code(&at_recovery, code).await?;
        self.use_up(&at_recovery, account).await?;
        let payload = account::Command::RecoverPassword {
            sign_in: visitor.sign_in,
            address: at_recovery.key.clone(),
        };
        let request = asked(visitor.command("recover"), payload);
        self.executor.execute::<Account>(account, request).await?;
        Ok(())
    }

    /// The account that the visitor has come to, and the visitor as one to its recovery address: by a sign-in that follows from the first.
    async fn at_recovery(&self, visitor: &Visitor) -> Result<(AccountId, Visitor), Error> {
        let account = self.recognised(visitor).await?.ok_or(account::Rejection::NoRecovery)?;
        let state = self.executor.look::<Account>(account).await?;
        let kept = state.address(AddressUse::Recovery).ok_or(account::Rejection::NoRecovery)?;
        let address: Address = self.kept(account, &kept.address).await?;
        let contact = Contact::email(&address.address).map_err(|_| Error::Internal("a recovery address is none".to_owned()))?;
        let purpose = Purpose::Recovery(account);
        Ok((account, Visitor::begun_by(&self.keys, contact, purpose, visitor.sign_in.0)))
    }
}
