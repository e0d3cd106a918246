//! `DELETE /v1/accounts/{account}/key`: the operator erases what an account wrote, everywhere, for ever.

use axum::extract::State;
use domain::id::AccountId;

use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Admin;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{NoBody, Path};

/// Erases an account's key: what it wrote and is called can't be read any more. This server forgets the key at once, others within a
/// minute. Not a command: the log says nothing of it, and again changes nothing.
#[utoipa::path(delete, path = "/v1/accounts/{account}/key", tag = "admin", params(("account" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn erase(_: Admin, State(gateway): State<Shared>, Path(account): Path<AccountId>, _: NoBody) -> Result<Answer<()>, Error> {
    gateway.must_exist(&[account]).await?;
    gateway.keys.erase(account).await?;
    Ok(done(None))
}
