//! Answers: JSON, a status, and for commands the position that includes them.

use axum::Json;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::id::Position;
use serde::Serialize;

use crate::position::HEADER;

/// The answer to a command.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    status: StatusCode,
    position: Option<Position>,
    body: Option<T>,
}

impl<T> Answer<T> {
    /// 200 with a body.
    pub(crate) fn ok(body: T) -> Self {
        Self {
            status: StatusCode::OK,
            position: None,
            body: Some(body),
        }
    }

    /// 201 with a body.
    pub(crate) fn created(body: T) -> Self {
        Self {
            status: StatusCode::CREATED,
            ..Self::ok(body)
        }
    }

    /// 202 with a body: the outcome follows.
    pub(crate) fn accepted(body: T) -> Self {
        Self {
            status: StatusCode::ACCEPTED,
            ..Self::ok(body)
        }
    }

    /// The position that includes it; `None`: nothing changed.
    pub(crate) fn at(self, position: Option<Position>) -> Self {
        Self { position, ..self }
    }
}

/// An answer that says only "done": 204.
pub(crate) fn done(position: Option<Position>) -> Answer<()> {
    Answer {
        status: StatusCode::NO_CONTENT,
        position,
        body: None,
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut response = match self.body {
            Some(body) => (self.status, Json(body)).into_response(),
            None => self.status.into_response(),
        };
        if let Some(position) = self.position {
            response.headers_mut().insert(HEADER, HeaderValue::from(position.get()));
        }
        response
    }
}
