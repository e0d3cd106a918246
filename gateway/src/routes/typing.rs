//! `POST /v1/chats/{chat}/typing`: what the caller is doing there.

use axum::extract::State;
use domain::id::ChatId;
use infra::signals::Action;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Json, Path};
use crate::position::Fresh;

/// What somebody is doing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Doing {
    /// `typing`, `record_voice`, `upload_photo` …, or `cancel`.
    #[schema(value_type = String)]
    action: Action,
}

/// Tells those of a chat who are online what the caller is doing there, for six seconds. It is told again after three at the earliest.
#[utoipa::path(post, path = "/v1/chats/{chat}/typing", tag = "chats", params(("chat" = String, Path)), request_body = Doing,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn tell(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
    Json(doing): Json<Doing>,
) -> Result<Answer<()>, Error> {
    gateway.types(me, chat, doing.action).await?;
    Ok(done(None))
}
