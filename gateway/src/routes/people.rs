//! `/v1/me/contacts`, `/v1/me/blocked`, `/v1/me/privacy`: whom the caller knows, wants nothing of, and lets do what.

pub(super) mod blocked;
pub(super) mod contacts;
pub(super) mod privacy;

use domain::account::{self, Account};
use domain::id::{AccountId, CommandId};
use serde::Serialize;
use utoipa::ToSchema;

use super::page::behind;
use super::users::view::{self, UserView};
use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::Error;

/// Some users, by id.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Users {
    users: Vec<UserView>,
    /// What to give as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    next: Option<AccountId>,
}

/// A page of so many of these accounts, as the caller sees them.
async fn page(gateway: &Shared, me: Device, accounts: &[AccountId], limit: u32) -> Result<axum::Json<Users>, Error> {
    let next = behind(accounts, limit, |account| *account);
    let users = view::of(gateway, me.account, accounts).await?;
    Ok(axum::Json(Users { users, next }))
}

/// Has the caller's account know somebody or wish something. Unless the read models are slow they include it when this is answered: from then on others'
/// commands are decided by it, a moment later at most.
async fn have(gateway: &Shared, me: Device, command: CommandId, payload: account::Command) -> Result<Answer<()>, Error> {
    let had = gateway
        .executor
        .execute::<Account>(me.account, me.request(command, payload))
        .await?;
    if let Some(position) = had.position {
        let _ = gateway.models.progress.wait(position, gateway.config.settle_max).await;
    }
    Ok(done(had.position))
}
