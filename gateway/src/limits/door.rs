//! What is asked before anything of a request is read but its head.

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Asked;
use crate::error::Error;
use crate::server::Connection;
use crate::{Gateway, Shared};

/// Who runs the server asks these, and is not to be kept out by those who flood it.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// What begins a sign-in, or has a code sent to whatever other contact is named: each such message costs the operator, whoever asks for it. Steps are
/// below.
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
        self.limits.request(peer, request.headers(), asked(request.method(), path))
    }
}

fn asked(method: &Method, path: &str) -> Asked {
    let below = SIGN_INS.iter().find_map(|begins| path.strip_prefix(begins));
    match below.filter(|_| method == Method::POST) {
        Some("") => Asked::SignIn,
        Some(step) if step.starts_with('/') => Asked::SignInStep,
        Some(_) | None => Asked::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_a_sign_in_and_what_goes_on_with_one_are_told_by_the_path() {
        for (path, expected) in [
            ("/v1/sign-in", Asked::SignIn),
            ("/v1/sign-in/7d2f6a1c-3f0e-5b1d-9a53-2f6d0c1e8b47/code", Asked::SignInStep),
            ("/v1/sign-in/7d2f6a1c-3f0e-5b1d-9a53-2f6d0c1e8b47/recovery/code", Asked::SignInStep),
            ("/v1/me/addresses", Asked::SignIn),
            ("/v1/me/addresses/7d2f6a1c-3f0e-5b1d-9a53-2f6d0c1e8b47/code", Asked::SignInStep),
            ("/v1/sign-ins", Asked::Other),
            ("/v1/me", Asked::Other),
        ] {
            assert_eq!(asked(&Method::POST, path), expected, "{path}");
            assert_eq!(asked(&Method::GET, path), Asked::Other, "{path}");
        }
    }
}
