//! `POST /v1/admin/import`: what happened elsewhere, told as NDJSON and answered as it is done.

mod lines;
mod names;
mod operation;
mod run;
mod sent;

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::id::{AccountId, ChatId, CommandId, MessageId};
use futures::stream;
use serde::Serialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use self::lines::Lines;
use self::operation::Operation;
use self::run::Run;
use crate::Shared;
use crate::caller::Admin;
use crate::error::{Error, ErrorAnswer, ErrorBody};

/// What bodies and answers are.
const NDJSON: &str = "application/x-ndjson";

/// Outcomes that wait for the client to take them in.
const UNTOLD_MAX: usize = 64;

/// What became of an operation.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// Which; absent when that could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    id: Option<CommandId>,
    /// Of `register`: the account's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    account: Option<AccountId>,
    /// Of `create`: the group's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    chat: Option<ChatId>,
    /// Of `send`: the message's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    message: Option<MessageId>,
    /// It had been done before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    repeated: bool,
    /// Of `call`: it has this name, or one of a later time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unchanged: bool,
    /// Why not. With `retry_after_ms` nothing behind it was begun: send it and what follows again.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorBody>,
}

impl Outcome {
    fn refused(id: Option<CommandId>, error: &Error) -> Self {
        let mut body = error.body();
        if matches!(error, Error::KeyLost(_)) {
            // One account's trouble, and no passing one: the others' deeds do not wait for it.
            body.retry_after_ms = None;
        }
        Self {
            id,
            error: Some(body),
            ..Self::default()
        }
    }

    /// Whether it is to be sent again, and all behind it.
    fn has_to_be_repeated(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.retry_after_ms.is_some())
    }

    fn line(&self) -> Bytes {
        let mut line = serde_json::to_vec(self).expect("an outcome is JSON");
        line.push(b'\n');
        line.into()
    }
}

/// Imports: each line of the body is an operation, each line of the answer its outcome, in the same order.
#[utoipa::path(post, path = "/v1/admin/import", tag = "admin", request_body(content = Operation, content_type = "application/x-ndjson"),
    responses((status = 200, body = Outcome, content_type = "application/x-ndjson"), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn import(admin: Admin, State(gateway): State<Shared>, request: Request) -> Result<Response, Error> {
    let given = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !given.is_some_and(|given| given.eq_ignore_ascii_case(NDJSON)) {
        return Err(Error::UnsupportedMediaType("must be NDJSON: Content-Type: application/x-ndjson"));
    }
    let (told, outcomes) = mpsc::channel(UNTOLD_MAX);
    let lines = Lines::of(request.into_body(), gateway.config.body_timeout);
    gateway
        .sessions
        .spawn(Run::new(Shared::clone(&gateway), admin, told).through(lines));
    let outcomes = stream::unfold(outcomes, async |mut outcomes: mpsc::Receiver<Bytes>| {
        let line = outcomes.recv().await?;
        Some((Ok::<_, Infallible>(line), outcomes))
    });
    Ok(([(CONTENT_TYPE, NDJSON)], Body::from_stream(outcomes)).into_response())
}
