//! A line of a log.

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// `[09:14] <nick> text`
    Said(i64, String, &'a str),
    /// `[09:14]  * nick text`, or without a time `=== nick text`.
    Did(Option<i64>, String, &'a str),
    /// `=== nick [~user@host]  has joined #channel`
    Joined(String),
    /// `=== nick [~user@host]  has left #channel`
    Left(String),
    /// `=== from is now known as to`
    Renamed(String, String),
    /// `=== mode/#channel …`, `=== [topic …]`
    TopicOrMode,
}

impl Line<'_> {
    /// Minutes of the day, where the line tells them.
    pub(super) fn minutes(&self) -> Option<i64> {
        match self {
            Self::Said(minutes, ..) => Some(*minutes),
            Self::Did(minutes, ..) => *minutes,
            Self::Joined(_) | Self::Left(_) | Self::Renamed(..) | Self::TopicOrMode => None,
        }
    }
}

/// Reads a line; panics at what is none of a log.
pub(super) fn read(line: &str) -> Line<'_> {
    let what = match line.strip_prefix("=== ") {
        Some(told) => untimed(told),
        None => timed(line),
    };
    what.unwrap_or_else(|| panic!("none of a log's lines: {line:?}"))
}

fn timed(line: &str) -> Option<Line<'_>> {
    let (time, told) = line.strip_prefix('[')?.split_once("] ")?;
    let (hours, minutes) = time.split_once(':')?;
    let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
    if let Some(deed) = told.strip_prefix(" * ") {
        let (nick, deed) = deed.split_once(' ')?;
        return Some(Line::Did(Some(minutes), nick.to_owned(), deed));
    }
    let (nick, said) = told.strip_prefix('<')?.split_once('>')?;
    Some(Line::Said(minutes, unpadded(nick), said.strip_prefix(' ').unwrap_or(said)))
}

fn untimed(told: &str) -> Option<Line<'_>> {
    if let Some((from, to)) = told.split_once(" is now known as ") {
        return Some(Line::Renamed(unpadded(from), unpadded(to)));
    }
    if told.starts_with("mode/#") || told.starts_with("[topic") {
        return Some(Line::TopicOrMode);
    }
    let (nick, rest) = who(told)?;
    let comes_or_goes = |words: &str| rest.starts_with('[') && rest.to_ascii_lowercase().contains(&format!("]  {words} #ubuntu"));
    Some(if comes_or_goes("has joined") {
        Line::Joined(nick)
    } else if comes_or_goes("has left") {
        Line::Left(nick)
    } else {
        Line::Did(None, nick, rest)
    })
}

/// A nick as its owner writes it: old logs put a space behind each `]`.
fn unpadded(nick: &str) -> String {
    nick.replace("] ", "]").trim().to_owned()
}

/// The nick that an old log's line begins with, and what follows: a space ends it, unless that only pads a `]`.
fn who(told: &str) -> Option<(String, &str)> {
    let mut before = ' ';
    let end = told.char_indices().find(|(_, c)| {
        let ends = *c == ' ' && before != ']';
        before = *c;
        ends
    });
    let (nick, rest) = told.split_at(end?.0);
    Some((unpadded(nick), &rest[1..]))
}
