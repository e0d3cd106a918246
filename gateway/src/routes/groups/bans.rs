//! `/v1/chats/{chat}/bans`: who may not be in a group.

use axum::extract::State;
use domain::chat::{Command, Right};
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
use crate::extract::{Bare, CommandKey, JsonOrNone, Path, Query};
use crate::position::Fresh;
use crate::routes::page::{PAGE, PAGE_MAX, Pages, behind, page_length};

/// How long.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Term {
    /// Until when, in µs since 1970; absent: for ever.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    until: Option<Timestamp>,
}

/// An account that may not be in a group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ban)]
pub(crate) struct BanView {
    /// Who.
    #[schema(value_type = i64)]
    account: AccountId,
    /// Until when, in µs since 1970, which may be over; absent: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    until: Option<Timestamp>,
    /// Who banned it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    by: Option<AccountId>,
    /// Since when, in µs since 1970.
    #[schema(value_type = i64)]
    since: Timestamp,
}

/// Some bans, by account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Bans {
    bans: Vec<BanView>,
    /// What to give as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    next: Option<AccountId>,
}

/// Lists whom a group has banned.
#[utoipa::path(get, path = "/v1/chats/{chat}/bans", tag = "chats", params(("chat" = String, Path), Pages),
    responses((status = 200, body = Bans), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
    Query(pages): Query<Pages>,
) -> Result<axum::Json<Bans>, Error> {
    let limit = page_length(pages.limit, PAGE, PAGE_MAX)?;
    let _turn = gateway.turn().await;
    must_have(&gateway, me, chat, Right::RestrictMembers).await?;
    let rows = bans::bans(&gateway.models.db, chat, pages.after, limit).await?;
    let next = behind(&rows, limit, |row| row.account);
    let view = |row: bans::Ban| BanView {
        account: row.account,
        until: row.until,
        by: row.by,
        since: row.since,
    };
    let bans = rows.into_iter().map(view).collect();
    Ok(axum::Json(Bans { bans, next }))
}

/// Keeps an account out of a group, and removes it if it is in.
#[utoipa::path(put, path = "/v1/chats/{chat}/bans/{account}", tag = "chats", params(("chat" = String, Path), ("account" = i64, Path)),
    request_body = Option<Term>, responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn ban(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path((chat, account)): Path<(ChatId, AccountId)>,
    JsonOrNone(term): JsonOrNone<Term>,
) -> Result<Answer<()>, Error> {
    gateway.must_exist(&[account]).await?;
    let until = term.until;
    have(&gateway, me, command, chat, Command::Ban { account, until }).await
}

/// Lets a banned account come in again.
#[utoipa::path(delete, path = "/v1/chats/{chat}/bans/{account}", tag = "chats", params(("chat" = String, Path), ("account" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn unban(
    me: Device,
    State(gateway): State<Shared>,
    Bare {
        command,
        of: (chat, account),
    }: Bare<(ChatId, AccountId)>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::Unban { account }).await
}
