//! Annotations: `A B -` a line, of which the later answers the earlier.

use std::collections::BTreeSet;

/// Which lines are linked.
#[derive(Debug, Default)]
pub(super) struct Links(BTreeSet<(usize, usize)>);

impl Links {
    pub(super) fn read(annotations: &str) -> Self {
        let number = |part: Option<&str>| part.and_then(|part| part.parse().ok()).expect("a line's number");
        let links = annotations.lines().map(|link| {
            let mut parts = link.split(' ');
            let (one, other): (usize, usize) = (number(parts.next()), number(parts.next()));
            (one.max(other), one.min(other))
        });
        Self(links.collect())
    }

    /// The lines before this one that it is linked with, the nearest first.
    pub(super) fn of(&self, line: usize) -> impl Iterator<Item = usize> {
        self.0.range((line, 0)..(line, line)).rev().map(|(_, earlier)| *earlier)
    }
}
