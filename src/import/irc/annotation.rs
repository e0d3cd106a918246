//! Annotations: which message of a log answers which.

use std::collections::HashMap;

use super::super::reading::Line;

/// Which lines a line answers.
#[derive(Debug, Default)]
pub(super) struct Replies {
    earlier: HashMap<usize, Vec<usize>>,
    /// Lines that could not be read.
    pub(super) broken: usize,
}

impl Replies {
    /// The lines that this one answers, the nearest first.
    pub(super) fn of(&self, line: usize) -> &[usize] {
        self.earlier.get(&line).map_or(&[], Vec::as_slice)
    }
}

/// Reads `A B -` a line: the later of the two answers the earlier.
pub(super) fn replies(lines: &[Line]) -> Replies {
    let mut replies = Replies::default();
    for line in lines {
        match line {
            Line::Text(text) if text.trim().is_empty() => {}
            Line::Text(text) => match link(text) {
                Some((one, other)) if one != other => replies.earlier.entry(one.max(other)).or_default().push(one.min(other)),
                // It begins a conversation.
                Some(_) => {}
                None => replies.broken += 1,
            },
            Line::NotText | Line::TooLong => replies.broken += 1,
        }
    }
    for earlier in replies.earlier.values_mut() {
        earlier.sort_unstable_by(|one, other| other.cmp(one));
    }
    replies
}

fn link(text: &str) -> Option<(usize, usize)> {
    let mut parts = text.split_whitespace();
    let lines = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    matches!((parts.next(), parts.next()), (Some("-"), None)).then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_line_answers_the_nearest_earlier_first() {
        let text = |text: &str| Line::Text(text.to_owned());
        let lines = ["1000 1000 -", "1000 1003 -", "1003 1002 -", "", "1003", "x y -", "1 2 - 3"].map(text);
        let replies = replies(&lines);
        assert_eq!(replies.of(1003), [1002, 1000]);
        assert_eq!((replies.of(1000), replies.of(7)), (&[][..], &[][..]));
        assert_eq!(replies.broken, 3);
    }
}
