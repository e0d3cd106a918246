//! What can't be called from within a session: what is not a device's, what streams, and what waits.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, RefOr};

use super::queries::operations;
use crate::Shared;
use crate::caller::InSession;
use crate::error::Error;
use crate::limits::Caller;

/// What is a device's, by the document's tags.
const OF_DEVICES: [&str; 6] = ["me", "users", "chats", "channels", "messages", "updates"];
/// What a session is, or does better.
const OF_SESSIONS: [&str; 2] = ["/v1/ws", "/v1/updates"];
/// What the document does not have.
const ITSELF: &str = "/v1/openapi.json";

/// What can't be called: patterns of the API's paths, and methods.
#[derive(Debug, Clone)]
struct Uncalled(Arc<HashSet<(String, Method)>>);

impl Uncalled {
    /// As the document has it.
    fn of(document: &OpenApi) -> Self {
        let uncalled = operations(document)
            .filter(|(path, _, operation)| OF_SESSIONS.contains(path) || !is_of_devices(operation) || !answers_json(operation))
            .map(|(path, method, _)| (path.to_owned(), method));
        let itself = (ITSELF.to_owned(), Method::GET);
        Self(Arc::new(uncalled.chain([itself]).collect()))
    }

    fn includes(&self, request: &Request) -> bool {
        let route = request.extensions().get::<MatchedPath>();
        route.is_some_and(|route| self.0.contains(&(route.as_str().to_owned(), request.method().clone())))
    }
}

fn is_of_devices(operation: &Operation) -> bool {
    operation.tags.iter().flatten().any(|tag| OF_DEVICES.contains(&tag.as_str()))
}

fn answers_json(operation: &Operation) -> bool {
    operation.responses.responses.values().all(|response| match response {
        RefOr::T(response) => response.content.keys().all(|kind| kind == "application/json"),
        RefOr::Ref(_) => false,
    })
}

/// What is refused, and how often one may ask for it.
#[derive(Clone)]
pub(super) struct Refusal {
    gateway: Shared,
    uncalled: Uncalled,
}

impl Refusal {
    pub(super) fn of(gateway: &Shared, document: &OpenApi) -> Self {
        Self {
            gateway: Shared::clone(gateway),
            uncalled: Uncalled::of(document),
        }
    }
}

/// Refuses a call of what can't be called, which counts as a request like others.
pub(super) async fn refuse(State(refusal): State<Refusal>, request: Request, next: Next) -> Response {
    match request.extensions().get::<InSession>() {
        Some(InSession(device)) if refusal.uncalled.includes(&request) => {
            let counted = refusal.gateway.limits.caller(Caller::Account(device.account));
            counted.err().unwrap_or(Error::NotCallable).into_response()
        }
        _ => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::super::documented;
    use super::*;

    #[test]
    fn what_is_a_devices_can_be_called_and_nothing_else() {
        let document = documented().into_openapi();
        let uncalled = Uncalled::of(&document);
        let is_called = |method: Method, path: &str| {
            assert!(document.paths.paths.contains_key(path) || path == ITSELF, "{path}");
            !uncalled.0.contains(&(path.to_owned(), method))
        };
        for (method, path) in [
            (Method::POST, "/v1/chats/{chat}/forward"),
            (Method::POST, "/v1/chats"),
            (Method::POST, "/v1/channels"),
            (Method::POST, "/v1/join"),
            (Method::GET, "/v1/sync"),
            (Method::GET, "/v1/chats/{chat}/updates"),
            (Method::POST, "/v1/updates/ack"),
            (Method::DELETE, "/v1/me"),
            (Method::PUT, "/v1/me/password"),
            (Method::POST, "/v1/users/by-phone"),
        ] {
            assert!(is_called(method, path), "{path}");
        }
        for (method, path) in [
            (Method::GET, "/v1/ws"),
            (Method::GET, "/v1/updates"),
            (Method::GET, "/v1/me/export"),
            (Method::GET, ITSELF),
            (Method::POST, "/v1/sign-in"),
            (Method::POST, "/v1/sign-in/{sign_in}/code"),
            (Method::POST, "/v1/accounts"),
            (Method::POST, "/v1/admin/import"),
            (Method::POST, "/v1/admin/accounts/{account}/suspend"),
            (Method::GET, "/v1/events"),
            (Method::GET, "/v1/events/chats/{chat}/messages"),
            (Method::GET, "/status"),
        ] {
            assert!(!is_called(method, path), "{path}");
        }
    }
}
