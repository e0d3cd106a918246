//! Counts, times and traces every request, by its route's pattern: few and known labels.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use infra::trace::{self, Span};

use super::unread::pass_over;

/// Counts and times a request.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().as_str().to_owned();
    let span = entered(&request, &route);
    let response = span.within(pass_over(request, next)).await;
    left(&span, &response);
    let status = response.status().as_str().to_owned();
    metrics::histogram!("heliograph_http_request_seconds", "route" => route.clone()).record(begun.elapsed().as_secs_f64());
    metrics::counter!("heliograph_http_requests_total", "route" => route, "method" => known(&method), "status" => status).increment(1);
    response
}

/// A span of the request; in the caller's trace, if it names one. Probes and pages have none.
fn entered(request: &Request, route: &str) -> Span {
    if !route.starts_with("/v1/") {
        return Span::default();
    }
    let method = known(request.method().as_str());
    let traceparent = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
    let span = trace::enter(|| format!("{method} {route}").into(), traceparent);
    span.tell("http.request.method", || method);
    span.tell("http.route", || route.to_owned());
    span
}

fn left(span: &Span, response: &Response) {
    let status = response.status();
    span.tell("http.response.status_code", || i64::from(status.as_u16()));
    if status.is_server_error() {
        span.failed(|| status.canonical_reason().unwrap_or("a server error").into());
    }
}

/// Clients may invent methods; labels may not.
fn known(method: &str) -> &'static str {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}
