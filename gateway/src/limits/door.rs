//! What is asked before anything of a request is read but its head.

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::error::Error;
use crate::server::Connection;
use crate::{Gateway, Shared};

/// Who runs the server asks these, and is not to be kept out by those who flood it.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// What begins a sign-in, or has a code sent to whatever other contact is named: each such message costs the operator, whoever asks for it.
const SIGN_INS: [&str; 2] = ["/v1/sign-in", "/v1/me/addresses"];

/// Refuses what comes too often from an address, or from all together. The operator is not limited.
pub(crate) async fn at_the_door(State(gateway): State<Shared>, request: Request, next: Next) -> Response {
    match gateway.lets_in(&request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

impl Gateway {
    fn lets_in(&self, request: &Request) -> Result<(), Error> {
        let path = request.uri().path();
        if self.limits.are_off() || PROBES.contains(&path) || self.is_operator(request.headers()) {
            return Ok(());
        }
        let peer = request.extensions().get::<Connection>().map(Connection::peer);
        let begins_sign_in = request.method() == Method::POST && SIGN_INS.contains(&path);
        self.limits.request(peer, request.headers(), begins_sign_in)
    }
}
