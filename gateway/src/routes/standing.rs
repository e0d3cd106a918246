//! `/v1/admin/accounts`: the operator and admins see how accounts stand with the installation, suspend and restore them.

use axum::extract::State;
use domain::account::{self, Account};
use domain::id::AccountId;
use domain::time::Timestamp;
use infra::executor::Request;
use projections::directory;
use serde::Serialize;
use utoipa::ToSchema;

use super::accounts::{self, AccountView};
use super::page::{PAGE, PAGE_MAX, Pages, behind, page_length};
use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::{Admin, Authority};
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, Query};
use crate::position::Fresh;

/// Whether an account may act.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccountState {
    /// It may.
    Active,
    /// It is kept from acting.
    Suspended,
    /// It is gone.
    Erased,
}

/// An account, and how it stands with the installation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandingView {
    #[serde(flatten)]
    account: AccountView,
    /// Whether it may act.
    state: AccountState,
    /// Whether it is an admin.
    admin: bool,
    /// Since when it is kept from acting, in µs since 1970; absent while it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    suspended_at: Option<Timestamp>,
    /// From when on it is erased, as it wishes; absent where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    erasure_due_at: Option<Timestamp>,
    /// Since when it is gone; absent while it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    erased_at: Option<Timestamp>,
}

/// Some accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Standings {
    accounts: Vec<StandingView>,
    /// What to give as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    next: Option<AccountId>,
}

impl StandingView {
    fn of(account: AccountView, standing: directory::Standing) -> Self {
        let directory::Standing {
            admin,
            suspended_at,
            erasure_due_at,
            erased_at,
        } = standing;
        let state = match (erased_at, suspended_at) {
            (Some(_), _) => AccountState::Erased,
            (None, Some(_)) => AccountState::Suspended,
            (None, None) => AccountState::Active,
        };
        Self {
            account,
            state,
            admin,
            suspended_at,
            erasure_due_at,
            erased_at,
        }
    }
}

/// Lists accounts by id, and how they stand.
#[utoipa::path(get, path = "/v1/admin/accounts", tag = "admin", params(Pages),
    responses((status = 200, body = Standings), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    _: Authority,
    State(gateway): State<Shared>,
    _: Fresh,
    Query(pages): Query<Pages>,
) -> Result<axum::Json<Standings>, Error> {
    let limit = page_length(pages.limit, PAGE, PAGE_MAX)?;
    // A list that lacks somebody looks like any other: nobody who is registered by now is missing.
    gateway.level().await?;
    let _turn = gateway.turn().await;
    let rows = directory::accounts(&gateway.models.db, pages.after, limit).await?;
    let next = behind(&rows, limit, |row| row.id);
    let views = accounts::views(&gateway, &rows).await?.into_iter();
    let accounts = views.zip(&rows).map(|(view, row)| StandingView::of(view, row.standing)).collect();
    Ok(axum::Json(Standings { accounts, next }))
}

/// Keeps an account from acting: its devices are refused, and its sessions closed.
#[utoipa::path(post, path = "/v1/admin/accounts/{account}/suspend", tag = "admin", params(("account" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn suspend(by: Authority, State(gateway): State<Shared>, asked: Bare<AccountId>) -> Result<Answer<()>, Error> {
    change(&gateway, asked.of, by.request(asked.command, account::Command::Suspend)).await
}

/// Lets a suspended account act again.
#[utoipa::path(post, path = "/v1/admin/accounts/{account}/restore", tag = "admin", params(("account" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn restore(by: Authority, State(gateway): State<Shared>, asked: Bare<AccountId>) -> Result<Answer<()>, Error> {
    change(&gateway, asked.of, by.request(asked.command, account::Command::Restore)).await
}

/// Makes an account an admin.
#[utoipa::path(post, path = "/v1/admin/accounts/{account}/promote", tag = "admin", params(("account" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn promote(operator: Admin, State(gateway): State<Shared>, asked: Bare<AccountId>) -> Result<Answer<()>, Error> {
    change(&gateway, asked.of, operator.request(asked.command, account::Command::Promote)).await
}

/// Has an admin be none any more.
#[utoipa::path(post, path = "/v1/admin/accounts/{account}/demote", tag = "admin", params(("account" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn demote(operator: Admin, State(gateway): State<Shared>, asked: Bare<AccountId>) -> Result<Answer<()>, Error> {
    change(&gateway, asked.of, operator.request(asked.command, account::Command::Demote)).await
}

/// Changes how an account stands; what comes of it holds here once this is answered, elsewhere within a second.
async fn change(gateway: &Shared, account: AccountId, request: Request<account::Command>) -> Result<Answer<()>, Error> {
    let changed = gateway.executor.execute::<Account>(account, request).await?;
    if let Some(position) = changed.position {
        let _ = gateway.models.progress.wait(position, gateway.config.settle_max).await;
    }
    gateway.forget_all(account).await?;
    Ok(done(changed.position))
}
