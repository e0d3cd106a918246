//! What `docs/API.md` promises: every error code that a client meets must stand there.

use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Panics unless the documentation knows the error code.
pub fn assert_documented(code: &str) {
    assert!(codes().contains(code), "error code {code:?} is not in docs/API.md");
}

/// Every word that stands in backticks in `docs/API.md`.
fn codes() -> &'static BTreeSet<String> {
    static CODES: OnceLock<BTreeSet<String>> = OnceLock::new();
    CODES.get_or_init(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/API.md");
        let text = std::fs::read_to_string(path).expect("docs/API.md is there");
        text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    })
}
