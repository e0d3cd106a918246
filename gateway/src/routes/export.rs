//! `GET /v1/me/export`: what the server holds of the caller's account, as one archive.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::{Shared, export};

/// What an archive is.
const ZIP: HeaderValue = HeaderValue::from_static("application/zip");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NAME: HeaderValue = HeaderValue::from_static("attachment; filename=\"heliograph-export.zip\"");

/// A ZIP archive of JSON: the account, its devices, contacts, blocks and privacy, the chats that it is in with their messages, and its own messages
/// in those that it has left. Comes as fast as the client takes it in; an answer that breaks off is no archive.
#[utoipa::path(get, path = "/v1/me/export", tag = "me",
    responses((status = 200, content_type = "application/zip", body = String), (status = 409, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn export(me: Device, State(gateway): State<Shared>) -> Result<Response, Error> {
    let archive = export::begin(&gateway, me).await?;
    let headers = [(CONTENT_TYPE, ZIP), (CACHE_CONTROL, NO_STORE), (CONTENT_DISPOSITION, NAME)];
    Ok((headers, archive).into_response())
}
