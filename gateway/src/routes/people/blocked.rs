//! `/v1/me/blocked`: of whom the caller wants nothing.

use axum::extract::State;
use domain::account::Command;
use domain::id::AccountId;
use projections::people;

use super::{Users, have, page};
use crate::Shared;
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, Query};
use crate::position::Fresh;
use crate::routes::page::{PAGE, PAGE_MAX, Pages, page_length};

/// Whom the caller has blocked, by id.
#[utoipa::path(get, path = "/v1/me/blocked", tag = "me", params(Pages),
    responses((status = 200, body = Users), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Query(pages): Query<Pages>,
) -> Result<axum::Json<Users>, Error> {
    let limit = page_length(pages.limit, PAGE, PAGE_MAX)?;
    let _turn = gateway.turn().await;
    let accounts = people::blocked(&gateway.models.db, me.account, pages.after, limit).await?;
    page(&gateway, me, &accounts, limit).await
}

/// Blocks an account. It is not told.
#[utoipa::path(put, path = "/v1/me/blocked/{account}", tag = "me", params(("account" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn block(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: account }: Bare<AccountId>,
) -> Result<Answer<()>, Error> {
    gateway.must_exist(&[account]).await?;
    have(&gateway, me, command, Command::Block { account }).await
}

/// Blocks an account no more.
#[utoipa::path(delete, path = "/v1/me/blocked/{account}", tag = "me", params(("account" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn unblock(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: account }: Bare<AccountId>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, Command::Unblock { account }).await
}
