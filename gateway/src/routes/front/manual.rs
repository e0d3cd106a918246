//! `/docs/{page}`: the manuals, as they were written for programs; for a browser with their links.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse as _, Response};

use super::{policy, styled};
use crate::error::Error;

/// Names and texts.
macro_rules! manuals {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../../../docs/", $name)))),*]
    };
}

const MANUALS: &[(&str, &str)] = manuals![
    "ANALYSTS.md"
    "API.md"
    "ARCHITECTURE.md"
    "BACKUP.md"
    "CLIENTS.md"
    "CONFIGURATION.md"
    "DELIVERY.md"
    "EVENTS.md"
    "IMPORTING.md"
    "METRICS.md"
    "SECURITY.md"
    "TRACES.md"
    "adr/README.md"
    "adr/0001-unread-counts-are-computed-on-reading.md"
    "adr/0002-devices-are-counted-within-their-account.md"
    "adr/0003-ids-are-drawn-from-the-command.md"
    "adr/0004-updates-are-rendered-from-what-is-now.md"
    "adr/0005-boxes-and-digests.md"
    "adr/0006-operators-make-accounts.md"
    "adr/0007-the-tools-use-the-door.md"
    "adr/0008-acknowledging-moves-a-cursor.md"
    "adr/0009-a-cursor-carries-a-time.md"
    "adr/0010-lanes-do-not-wait-for-the-disk.md"
    "adr/0011-read-models-are-rebuilt-beside-themselves.md"
    "adr/0012-services-tokens-are-events.md"
    "adr/0013-an-import-is-remembered-for-ever.md"
    "adr/0014-a-trace-travels-in-the-commit.md"
    "adr/0015-a-backup-reads-the-files.md"
    "adr/0016-signing-in-is-a-stream-per-contact.md"
    "adr/0017-names-rest.md"
    "adr/0018-wishes-may-be-a-second-old.md"
    "adr/0019-whose-key-seals-what.md"
    "adr/0020-erasure-has-a-boundary-then-loses-its-key.md"
    "adr/0021-what-waits-to-be-delivered-is-a-row.md"
    "adr/0022-signals-are-kept-by-nobody.md"
    "adr/0023-dialogs-count-by-ids.md"
    "adr/0024-many-follow-one-sequence.md"
    "adr/0025-views-are-counted-in-batches.md"
];

/// A manual.
pub(super) async fn manual(page: Result<Path<String>, PathRejection>, asked: HeaderMap) -> Result<Response, Error> {
    let Ok(Path(page)) = page else { return Err(Error::NotFound) };
    let (name, text) = MANUALS.iter().find(|(name, _)| *name == page).ok_or(Error::NotFound)?;
    let accepts = asked.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let common = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (VARY, "accept"),
    ];
    if !accepts.contains("text/html") {
        return Ok((common, [(CONTENT_TYPE, "text/plain; charset=utf-8")], *text).into_response());
    }
    let html = page_of(name, text);
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CONTENT_SECURITY_POLICY, policy(&html)),
    ];
    Ok((common, headers, html).into_response())
}

fn page_of(name: &str, text: &str) -> String {
    styled(&format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, \
         initial-scale=1\">\n<title>{name}</title>\n<style>\npre {{ white-space: pre-wrap; overflow-wrap: anywhere; }}\n</style>\n</head>\n\
         <body>\n<main>\n<pre>\n{}</pre>\n</main>\n</body>\n</html>\n",
        linked(text)
    ))
}

/// The text with its links and the headings that they lead to; all else stands as it was written.
fn linked(text: &str) -> String {
    let (mut html, mut is_code) = (String::with_capacity(text.len() * 5 / 4), false);
    for line in text.lines() {
        let is_fence = line.starts_with("```");
        if is_fence || is_code {
            html.push_str(&escaped(line));
        } else if line.starts_with('#') {
            html.extend(["<b id=\"", &anchor(line), "\">", &escaped(line), "</b>"]);
        } else {
            with_links(line, &mut html);
        }
        is_code ^= is_fence;
        html.push('\n');
    }
    html
}

fn with_links(mut line: &str, html: &mut String) {
    while let Some((before, words, target, behind)) = link(line) {
        let (before, words, target) = (escaped(before), escaped(words), escaped(target));
        html.extend([before.as_str(), "<a href=\"", &target, "\">", &words, "</a>"]);
        line = behind;
    }
    html.push_str(&escaped(line));
}

/// The first `[words](target)`, what stands before it, and what behind.
fn link(line: &str) -> Option<(&str, &str, &str, &str)> {
    let (head, tail) = line.split_once("](")?;
    let (before, words) = head.rsplit_once('[')?;
    let (target, behind) = tail.split_once(')')?;
    Some((before, words, target, behind))
}

/// What leads to a heading: its words, in lower case, with `-` between.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_as_it_was_written_with_its_links() {
        let text = "# One & two\n\nsee [a <b>](API.md#events), [c](#one--two)\n```\n[not](one)\n```\n";
        let expected = "<b id=\"one--two\"># One &amp; two</b>\n\nsee <a href=\"API.md#events\">a &lt;b&gt;</a>, <a href=\"#one--two\">c</a>\n\
                        ```\n[not](one)\n```\n";
        assert_eq!(linked(text), expected);
    }

    #[test]
    fn every_link_between_the_manuals_leads_somewhere() {
        for (name, text) in MANUALS {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let mut rest = *text;
            while let Some((_, _, target, behind)) = link(rest) {
                rest = behind;
                if target.starts_with("http") {
                    continue;
                }
                let (page, place) = target.split_once('#').unwrap_or((target, ""));
                let page = match page.strip_prefix("../") {
                    Some(above) => above.to_owned(),
                    None if page.is_empty() => (*name).to_owned(),
                    None => format!("{folder}/{page}").trim_start_matches('/').to_owned(),
                };
                let found = MANUALS.iter().find(|(name, _)| *name == page);
                let (_, found) = found.unwrap_or_else(|| panic!("{name}: {target}"));
                let leads = place.is_empty() || found.lines().any(|line| line.starts_with('#') && anchor(line) == place);
                assert!(leads, "{name}: {target}");
            }
        }
    }
}
