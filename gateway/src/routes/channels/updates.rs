//! `GET /v1/chats/{chat}/updates`: what happened in a chat that has a sequence of its own.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::id::{ChatId, Seq};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Shared;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Path, Query, number};
use crate::position::Fresh;
use crate::rendering::Update;
use crate::routes::page::page_length;

/// Updates of a page, unless asked for otherwise, and at most.
const UPDATES_PAGE: (u32, u32) = (100, 1_000);

/// Which updates.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Those behind this number; 0: from the first.
    #[serde(default, deserialize_with = "number")]
    after: Option<u64>,
    /// At most so many: 1 … 1000, else 100. Fewer where they are long.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Updates of a chat: consecutive numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChatUpdates {
    /// The number of the first one here.
    #[schema(value_type = i64)]
    first: Seq,
    /// The number of the chat's last update; 0: none yet.
    head: i64,
    /// The updates; none at the head.
    updates: Vec<Update>,
}

/// A chat's updates behind a number.
#[utoipa::path(get, path = "/v1/chats/{chat}/updates", tag = "updates", params(("chat" = String, Path), Wanted),
    responses((status = 200, body = ChatUpdates), (status = 409, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    let limit = page_length(wanted.limit, UPDATES_PAGE.0, UPDATES_PAGE.1)? as usize;
    let after = i64::try_from(wanted.after.unwrap_or(0)).unwrap_or(i64::MAX - 1);
    let page = gateway.chat_page(me, chat, after, limit, gateway.config.page_bytes).await?;
    let bodies: Vec<&str> = page.bodies.iter().map(|(_, body)| body.as_str()).collect();
    let (first, head) = (after.saturating_add(1), page.head);
    let json = format!(r#"{{"first":{first},"head":{head},"updates":[{}]}}"#, bodies.join(","));
    Ok(([(CONTENT_TYPE, "application/json")], json).into_response())
}
