//! `/v1/me`: the caller's own account.

use axum::extract::State;
use domain::account::{self, Account, NameText};
use domain::id::DeviceId;
use projections::directory;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::{self, AccountView};
use crate::Shared;
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json};
use crate::position::Fresh;
use domain::id::AccountId;
use domain::time::Timestamp;

/// The caller's account and device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    account: AccountView,
    /// The device that asks.
    #[schema(value_type = i64)]
    device: DeviceId,
    /// From when on the account is erased, as it wishes, in µs since 1970; absent where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    erasure_due_at: Option<Timestamp>,
}

/// A change of the profile.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileChange {
    /// The display name from now on: 1 to 64 characters.
    name: String,
}

/// A changed profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedAccount {
    account: Named,
}

/// An account and what it is called.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Named {
    #[schema(value_type = i64)]
    id: AccountId,
    name: String,
}

/// The caller's account.
#[utoipa::path(get, path = "/v1/me", tag = "me",
    responses((status = 200, body = Me), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn get(me: Device, State(gateway): State<Shared>, _: Fresh) -> Result<axum::Json<Me>, Error> {
    let row = directory::account(&gateway.models.db, me.account).await?;
    let rows: Vec<_> = row.into_iter().collect();
    let erasure_due_at = rows.first().and_then(|row| row.standing.erasure_due_at);
    let account = accounts::views(&gateway, &rows)
        .await?
        .pop()
        .ok_or(Error::AccountNotFound(me.account))?;
    Ok(axum::Json(Me {
        account,
        device: me.device,
        erasure_due_at,
    }))
}

/// Changes the display name.
#[utoipa::path(patch, path = "/v1/me", tag = "me", request_body = ProfileChange,
    responses((status = 200, body = ChangedAccount), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn change(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(change): Json<ProfileChange>,
) -> Result<Answer<ChangedAccount>, Error> {
    let name = NameText::parse(&change.name).map_err(|invalid| Error::Text("name", invalid))?;
    let account = Named {
        id: me.account,
        name: name.as_str().to_owned(),
    };
    let payload = account::Command::ChangeProfile { name, bio: None };
    let done = gateway
        .executor
        .execute::<Account>(me.account, me.request(command, payload))
        .await?;
    Ok(Answer::ok(ChangedAccount { account }).at(done.position))
}
