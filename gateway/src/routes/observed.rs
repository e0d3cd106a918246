//! Counts and times every request, by its route's pattern: few and known labels.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

use super::unread::pass_over;

/// Counts and times a request.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().as_str().to_owned();
    let response = pass_over(request, next).await;
    let status = response.status().as_str().to_owned();
    metrics::histogram!("heliograph_http_request_seconds", "route" => route.clone()).record(begun.elapsed().as_secs_f64());
    metrics::counter!("heliograph_http_requests_total", "route" => route, "method" => known(&method), "status" => status).increment(1);
    response
}

/// Clients may invent methods; labels may not.
fn known(method: &str) -> &'static str {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}
