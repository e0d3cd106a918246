//! `/v1/chats/{chat}/requests`: who asks to join a group.

use axum::extract::State;
use domain::chat::{Command, Right};
use domain::id::{AccountId, ChatId, LinkId};
use domain::time::Timestamp;
use projections::links::{self, JoinRequest};
use serde::Serialize;
use utoipa::ToSchema;

use super::{have, must_have};
use crate::Shared;
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, Path, Query};
use crate::position::Fresh;
use crate::routes::page::{PAGE, PAGE_MAX, Pages, behind, page_length};

/// An account that asks to join.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JoinRequest)]
pub(crate) struct RequestView {
    /// Who.
    #[schema(value_type = i64)]
    account: AccountId,
    /// By which link it came.
    #[schema(value_type = i64)]
    link: LinkId,
    /// Since when, in µs since 1970.
    #[schema(value_type = i64)]
    asked_at: Timestamp,
}

/// Some requests, by account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Requests {
    requests: Vec<RequestView>,
    /// What to give as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    next: Option<AccountId>,
}

/// Lists who asks to join a group.
#[utoipa::path(get, path = "/v1/chats/{chat}/requests", tag = "chats", params(("chat" = String, Path), Pages),
    responses((status = 200, body = Requests), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
    Query(pages): Query<Pages>,
) -> Result<axum::Json<Requests>, Error> {
    let limit = page_length(pages.limit, PAGE, PAGE_MAX)?;
    let _turn = gateway.turn().await;
    must_have(&gateway, me, chat, Right::RestrictMembers).await?;
    let rows = links::requests(&gateway.models.db, chat, pages.after, limit).await?;
    let next = behind(&rows, limit, |row| row.account);
    let view = |row: JoinRequest| RequestView {
        account: row.account,
        link: row.link,
        asked_at: row.asked_at,
    };
    let requests = rows.into_iter().map(view).collect();
    Ok(axum::Json(Requests { requests, next }))
}

/// Lets in who asked to join.
#[utoipa::path(post, path = "/v1/chats/{chat}/requests/{account}", tag = "chats", params(("chat" = String, Path), ("account" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn approve(
    me: Device,
    State(gateway): State<Shared>,
    Bare {
        command,
        of: (chat, account),
    }: Bare<(ChatId, AccountId)>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::Approve { account }).await
}

/// Does not let in who asked to join; or takes back that the caller asked.
#[utoipa::path(delete, path = "/v1/chats/{chat}/requests/{account}", tag = "chats",
    params(("chat" = String, Path), ("account" = i64, Path)), responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn decline(
    me: Device,
    State(gateway): State<Shared>,
    Bare {
        command,
        of: (chat, account),
    }: Bare<(ChatId, AccountId)>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::Decline { account }).await
}
