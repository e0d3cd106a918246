//! `GET /v1/users/{account}`, `GET /v1/users?username=`: other accounts, as everybody sees them.

use axum::extract::State;
use domain::account::UsernameText;
use domain::id::AccountId;
use projections::directory;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::accounts::{self, AccountView};
use crate::Shared;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Path, Query};
use crate::position::Fresh;

/// An account as everybody sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneUser {
    user: AccountView,
}

/// Who has a username: one account, or none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundUsers {
    users: Vec<AccountView>,
}

/// Whom to find.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The username, without `@`, in any case.
    username: String,
}

/// An account.
#[utoipa::path(get, path = "/v1/users/{account}", tag = "users", params(("account" = i64, Path)),
    responses((status = 200, body = OneUser), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn get(
    _: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(account): Path<AccountId>,
) -> Result<axum::Json<OneUser>, Error> {
    let rows: Vec<_> = directory::account(&gateway.models.db, account).await?.into_iter().collect();
    match accounts::views(&gateway, &rows).await?.pop() {
        Some(user) => Ok(axum::Json(OneUser { user })),
        // Whether an account exists is never stale: the directory does not know it, perhaps not yet.
        None => gateway.must_exist(&[account]).await.and(Err(Error::Behind)),
    }
}

/// Finds who has a username.
#[utoipa::path(get, path = "/v1/users", tag = "users", params(Wanted),
    responses((status = 200, body = FoundUsers), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn find(
    _: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Query(wanted): Query<Wanted>,
) -> Result<axum::Json<FoundUsers>, Error> {
    let username = UsernameText::parse(&wanted.username).map_err(|invalid| Error::Text("username", invalid))?;
    let name = gateway.keys.name_key("username", &username.canonical());
    let rows: Vec<_> = directory::by_username(&gateway.models.db, &name).await?.into_iter().collect();
    let users = accounts::views(&gateway, &rows).await?;
    Ok(axum::Json(FoundUsers { users }))
}
