//! URLs and e-mail addresses, by a library; a bare domain is one only where its ending is one that is given out.

use linkify::{LinkFinder, LinkKind};

use super::Found;
use crate::chat::content::EntityKind;

/// What a URL may begin with.
const SCHEMES: [&str; 4] = ["http", "https", "ftp", "tg"];

/// In order, without overlaps.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut finder = LinkFinder::new();
    finder.url_must_have_scheme(false);
    let links = finder.links(text);
    let found = links.filter_map(|link| {
        let kind = match link.kind() {
            LinkKind::Email => EntityKind::Email,
            LinkKind::Url if is_url(link.as_str()) => EntityKind::Url,
            _ => return None,
        };
        let range = link.start()..link.end();
        Some(Found { kind, range })
    });
    found.collect()
}

fn is_url(link: &str) -> bool {
    match link.split_once("://") {
        Some((scheme, _)) => SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)),
        None => is_domain(link.split(['/', '?', '#', ':']).next().unwrap_or_default()),
    }
}

/// Whether somebody could hold it.
fn is_domain(host: &str) -> bool {
    let host = host.to_lowercase();
    psl::domain(host.as_bytes()).is_some_and(|domain| domain.suffix().is_known())
}
