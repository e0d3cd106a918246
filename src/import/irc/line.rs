//! What a line of a log says.

/// What a line of a log says; nicks as their people write them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// `[09:14] <nick> text`
    Said {
        /// Of the day.
        minutes: i64,
        nick: String,
        text: &'a str,
    },
    /// `[09:14]  * nick text`; without a time `=== nick text`, as older logs have it.
    Did {
        /// Of the day, where the line says it.
        minutes: Option<i64>,
        nick: String,
        text: &'a str,
    },
    /// `=== nick [~user@host]  has joined #channel`
    Joined(String),
    /// `=== nick [~user@host]  has left #channel ["why"]`
    Left(String),
    /// `=== nick is now known as other`
    Renamed(String, String),
    /// A topic, a mode: nothing that anybody said.
    System,
    /// Nothing at all.
    Blank,
    /// None of these.
    Broken,
}

/// What a line says.
pub(super) fn parse(line: &str) -> Line<'_> {
    if line.trim().is_empty() {
        return Line::Blank;
    }
    if let Some(rest) = line.strip_prefix("===") {
        return system(rest.trim_start());
    }
    let spoken = || {
        let minutes = minutes(line)?;
        let rest = line.get(7..)?.trim_start_matches(' ');
        if let Some(rest) = rest.strip_prefix('<') {
            let (by, text) = rest.split_once('>')?;
            let (nick, text) = (nick(by)?, text.strip_prefix(' ').unwrap_or(text));
            return Some(Line::Said { minutes, nick, text });
        }
        let deed = rest.strip_prefix("* ")?;
        let (by, text) = deed.split_once(' ').unwrap_or((deed, ""));
        let (minutes, nick) = (Some(minutes), nick(by)?);
        Some(Line::Did { minutes, nick, text })
    };
    spoken().unwrap_or(Line::Broken)
}

/// The minutes of the day that a line begins with: `[09:14]`.
pub(super) fn minutes(line: &str) -> Option<i64> {
    let time = line.strip_prefix('[')?.get(..6)?.strip_suffix(']')?;
    let (hours, minutes) = time.split_once(':')?;
    let two = |digits: &str| {
        let number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        number.then(|| digits.parse::<i64>().ok()).flatten()
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn system(rest: &str) -> Line<'_> {
    if let Some((from, to)) = rest.split_once(" is now known as ")
        && let (Some(from), Some(to)) = (nick(from), nick(to))
    {
        return Line::Renamed(from, to);
    }
    let who = |words| rest.split_once(words).and_then(|(who, _)| without_host(who));
    if let Some(joined) = who(" has joined #") {
        return Line::Joined(joined);
    }
    if let Some(left) = who(" has left #") {
        return Line::Left(left);
    }
    let lower = rest.to_ascii_lowercase();
    if ["mode/", "[topic", "topic"].iter().any(|start| lower.starts_with(start)) {
        return Line::System;
    }
    let (by, text) = rest.split_at(end_of_nick(rest));
    match nick(by) {
        Some(nick) => Line::Did {
            minutes: None,
            nick,
            text: text.strip_prefix(' ').unwrap_or(text),
        },
        None => Line::System,
    }
}

/// The nick of `nick [~user@host] `.
fn without_host(who: &str) -> Option<String> {
    let who = who.trim_end().strip_suffix(']')?;
    nick(&who[..who.rfind(" [")?])
}

/// Where the nick ends that an older log's line begins with: at a space, unless that is the one which such logs put behind each bracket.
fn end_of_nick(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let ends = |at: &usize| bytes[*at] == b' ' && (*at == 0 || bytes[*at - 1] != b']');
    (0..bytes.len()).find(ends).unwrap_or(rest.len())
}

/// A nick, without the spaces that some logs put behind a bracket.
fn nick(text: &str) -> Option<String> {
    let nick = text.trim().replace("] ", "]");
    let fits = !nick.is_empty()
        && nick.chars().count() <= 64
        && !nick.chars().any(|c| c.is_whitespace() || c.is_control() || c == '@' || c == ':');
    fits.then_some(nick)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(minutes: i64, nick: &str, text: &'static str) -> Line<'static> {
        let nick = nick.to_owned();
        Line::Said { minutes, nick, text }
    }

    fn did(minutes: Option<i64>, nick: &str, text: &'static str) -> Line<'static> {
        let nick = nick.to_owned();
        Line::Did { minutes, nick, text }
    }

    #[test]
    fn what_somebody_said_stands_as_it_was_written() {
        assert_eq!(parse("[09:14] <|QuaD> hi  there"), said(554, "|QuaD", "hi  there"));
        assert_eq!(parse("[02:01] <sinope[crashed] > hi"), said(121, "sinope[crashed]", "hi"));
        assert_eq!(parse("[00:03] <e1luca>  you: tnx"), said(3, "e1luca", " you: tnx"));
        assert_eq!(parse("[00:03] <_a-`>"), said(3, "_a-`", ""));
        assert_eq!(parse("[20:51]  * yereth <- innocent"), did(Some(1251), "yereth", "<- innocent"));
    }

    #[test]
    fn system_lines_tell_who_comes_goes_and_is_called_otherwise() {
        let name = str::to_owned;
        assert_eq!(parse("=== `a [~x@1.2.3.4]  has joined #ubuntu"), Line::Joined(name("`a")));
        assert_eq!(parse("=== b[z] [x@y]  has left #Ubuntu [\"Leaving\"]"), Line::Left(name("b[z]")));
        assert_eq!(parse("=== c[w]  is now known as c"), Line::Renamed(name("c[w]"), name("c")));
        assert_eq!(parse("=== Cre[a] t is now known as d"), Line::Renamed(name("Cre[a]t"), name("d")));
        assert_eq!(parse("=== mode/#ubuntu [+o x]  by ChanServ"), Line::System);
        assert_eq!(parse("=== [topic #ubuntu] news"), Line::System);
        assert_eq!(
            parse("=== tsw has left #ubuntu for good"),
            did(None, "tsw", "has left #ubuntu for good")
        );
    }

    #[test]
    fn the_spaces_that_older_logs_put_behind_brackets_are_none_of_a_nick() {
        assert_eq!(parse("=== x[away]  waves"), did(None, "x[away]", "waves"));
        assert_eq!(parse("=== g[r] eek bows to [x] y"), did(None, "g[r]eek", "bows to [x] y"));
        assert_eq!(parse("=== [a] [b]  nods"), did(None, "[a][b]", "nods"));
        assert_eq!(parse("[04:39] <g[r] eek> ok"), said(279, "g[r]eek", "ok"));
        // Where actions have a time, nothing is put there.
        assert_eq!(parse("[04:39]  * x[away] waves"), did(Some(279), "x[away]", "waves"));
    }

    #[test]
    fn what_is_no_line_of_a_log_is_broken() {
        for line in [
            "[9:14] <a> b",
            "[24:00] <a> b",
            "[09:14] <> b",
            "[09:14] a: b",
            "[09:14",
            "hello",
            "[09:1é] <a> b",
            "[09:14] <a b",
        ] {
            assert_eq!(parse(line), Line::Broken, "{line}");
        }
        assert_eq!(parse("  "), Line::Blank);
    }
}
