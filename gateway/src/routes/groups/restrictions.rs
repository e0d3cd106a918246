//! `/v1/chats/{chat}/restrictions`: who may do less in a group than others.

use std::collections::BTreeSet;

use axum::extract::State;
use domain::chat::{Command, Permission, Right};
use domain::id::{AccountId, ChatId};
use domain::time::Timestamp;
use projections::bans;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{have, must_have};
use crate::Shared;
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, Path, Query};
use crate::position::Fresh;
use crate::rendering::PermissionName;
use crate::routes::page::{PAGE, PAGE_MAX, Pages, behind, page_length};

/// What a member may not do, and how long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRestriction {
    /// What is denied; nothing: the restriction is lifted.
    #[schema(value_type = Vec<PermissionName>)]
    denied: BTreeSet<Permission>,
    /// Until when, in µs since 1970; absent: for ever.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    until: Option<Timestamp>,
}

/// An account that may do less in a group than others.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Restriction)]
pub(crate) struct RestrictionView {
    /// Who.
    #[schema(value_type = i64)]
    account: AccountId,
    /// What it may not do.
    #[schema(value_type = Vec<PermissionName>)]
    denied: BTreeSet<Permission>,
    /// Until when, in µs since 1970, which may be over; absent: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    until: Option<Timestamp>,
    /// Who restricted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    by: Option<AccountId>,
    /// Since when, in µs since 1970.
    #[schema(value_type = i64)]
    since: Timestamp,
}

/// Some restrictions, by account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Restrictions {
    restrictions: Vec<RestrictionView>,
    /// What to give as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    next: Option<AccountId>,
}

/// Lists whom a group has restricted.
#[utoipa::path(get, path = "/v1/chats/{chat}/restrictions", tag = "chats", params(("chat" = String, Path), Pages),
    responses((status = 200, body = Restrictions), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
    Query(pages): Query<Pages>,
) -> Result<axum::Json<Restrictions>, Error> {
    let limit = page_length(pages.limit, PAGE, PAGE_MAX)?;
    let _turn = gateway.turn().await;
    must_have(&gateway, me, chat, Right::RestrictMembers).await?;
    let rows = bans::restrictions(&gateway.models.db, chat, pages.after, limit).await?;
    let next = behind(&rows, limit, |row| row.account);
    let view = |row: bans::Restriction| RestrictionView {
        account: row.account,
        denied: row.denied,
        until: row.until,
        by: row.by,
        since: row.since,
    };
    let restrictions = rows.into_iter().map(view).collect();
    Ok(axum::Json(Restrictions { restrictions, next }))
}

/// Denies a member what others may.
#[utoipa::path(put, path = "/v1/chats/{chat}/restrictions/{account}", tag = "chats",
    params(("chat" = String, Path), ("account" = i64, Path)), request_body = NewRestriction,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn restrict(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path((chat, account)): Path<(ChatId, AccountId)>,
    Json(NewRestriction { denied, until }): Json<NewRestriction>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::Restrict { account, denied, until }).await
}

/// Lets a member do what others may.
#[utoipa::path(delete, path = "/v1/chats/{chat}/restrictions/{account}", tag = "chats",
    params(("chat" = String, Path), ("account" = i64, Path)), responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn lift(
    me: Device,
    State(gateway): State<Shared>,
    Bare {
        command,
        of: (chat, account),
    }: Bare<(ChatId, AccountId)>,
) -> Result<Answer<()>, Error> {
    let (denied, until) = (BTreeSet::new(), None);
    have(&gateway, me, command, chat, Command::Restrict { account, denied, until }).await
}
