//! `GET /v1/users/{account}`, `GET /v1/users?username=`: other accounts, as the caller sees them.

pub(super) mod phones;
pub(super) mod view;

use axum::extract::State;
use domain::account::UsernameText;
use domain::id::AccountId;
use projections::directory;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Shared;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Path, Query};
use crate::position::Fresh;
use view::UserView;

/// An account as the caller sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneUser {
    user: UserView,
}

/// Who has a username: one account, or none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundUsers {
    users: Vec<UserView>,
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
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(account): Path<AccountId>,
) -> Result<axum::Json<OneUser>, Error> {
    let rows: Vec<_> = directory::account(&gateway.models.db, account).await?.into_iter().collect();
    match view::views(&gateway, me.account, &rows).await?.pop() {
        Some(user) => Ok(axum::Json(OneUser { user })),
        // Whether an account exists is never stale: the directory does not know it, perhaps not yet.
        None => gateway.must_exist(&[account]).await.and(Err(Error::Behind)),
    }
}

/// Finds who has a username.
#[utoipa::path(get, path = "/v1/users", tag = "users", params(Wanted),
    responses((status = 200, body = FoundUsers), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn find(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Query(wanted): Query<Wanted>,
) -> Result<axum::Json<FoundUsers>, Error> {
    let username = UsernameText::parse(&wanted.username).map_err(|invalid| Error::Text("username", invalid))?;
    let name = gateway.keys.name_key("username", &username.canonical());
    let rows: Vec<_> = directory::by_username(&gateway.models.db, &name).await?.into_iter().collect();
    let users = view::views(&gateway, me.account, &rows).await?;
    Ok(axum::Json(FoundUsers { users }))
}
