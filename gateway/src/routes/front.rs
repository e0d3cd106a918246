//! `/`, `/api`, `/docs/{page}`: what a newcomer sees in a browser. Made by hand; each page is served as one file that asks nobody else.

mod manual;

use std::sync::LazyLock;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use crate::Shared;

/// A page with the policy that lets nothing run but what stands in it.
struct Page {
    html: LazyLock<String>,
    policy: LazyLock<String>,
}

static FRONT: Page = Page {
    html: LazyLock::new(|| styled(include_str!("../page/front.html"))),
    policy: LazyLock::new(|| policy(&FRONT.html)),
};

static API: Page = Page {
    html: LazyLock::new(|| styled(include_str!("../page/api.html"))),
    policy: LazyLock::new(|| policy(&API.html)),
};

/// How all pages look; what is a page's own stands in it.
const STYLE: &str = include_str!("../page/page.css");

/// The pages' routes; no part of the API.
pub(super) fn pages() -> Router<Shared> {
    Router::new()
        .route("/", get(async || &FRONT))
        .route("/api", get(async || &API))
        .route("/docs/{*page}", get(manual::manual))
}

impl IntoResponse for &'static Page {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, self.policy.as_str()),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (CACHE_CONTROL, "no-cache"),
        ];
        (headers, self.html.as_str()).into_response()
    }
}

/// The page with what all have in common before its own style.
fn styled(page: &str) -> String {
    page.replacen("<style>\n", &format!("<style>\n{STYLE}"), 1)
}

fn policy(html: &str) -> String {
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash(html, "<script>", "</script>"),
        hash(html, "<style>", "</style>"),
    )
}

/// The hash of what stands between two tags, by which a browser knows it.
fn hash(html: &str, begin: &str, end: &str) -> String {
    let behind = html.split_once(begin).map_or("", |(_, behind)| behind);
    let inside = behind.split_once(end).map_or("", |(inside, _)| inside);
    BASE64_STANDARD.encode(Sha256::digest(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_script_and_one_style_and_asks_nobody_else() {
        for page in [&FRONT, &API] {
            for once in ["<script>", "</script>", "<style>", "</style>"] {
                assert_eq!(page.html.matches(once).count(), 1, "{once}");
            }
            for foreign in ["src=", "style=", "onclick=", "//cdn", "@import", "innerHTML"] {
                assert!(!page.html.contains(foreign), "{foreign}");
            }
            assert!(page.html.contains(STYLE), "how all look");
            assert!(page.html.contains("<html lang=\"en\">") && page.html.contains("name=\"viewport\""));
            assert!(!page.policy.contains("unsafe"), "{}", *page.policy);
        }
    }

    #[test]
    fn the_policy_names_what_stands_in_the_page() {
        let policy = policy("<style></style><script>alert(1)</script>");
        assert!(
            policy.contains("style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"),
            "{policy}"
        );
    }
}
