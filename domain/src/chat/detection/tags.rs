//! What a sign begins: `#tag`, `$USD`, `@username`, `/command`, `+12125550123`.

use super::Found;
use crate::chat::content::EntityKind;

/// In order, without overlaps.
pub(super) fn find(text: &str) -> Vec<Found> {
    let (mut found, mut before, mut end) = (Vec::new(), None, 0);
    for (start, sign) in text.char_indices() {
        if start >= end
            && let Some((kind, length)) = begun(sign, before, &text[start + sign.len_utf8()..])
        {
            end = start + sign.len_utf8() + length;
            let range = start..end;
            found.push(Found { kind, range });
        }
        before = Some(sign);
    }
    found
}

/// What a sign begins that stands behind this character and before this text, and how many bytes of that it takes.
fn begun(sign: char, before: Option<char>, rest: &str) -> Option<(EntityKind, usize)> {
    if before.is_some_and(|before| is_word(before) || before == sign) {
        return None;
    }
    let (kind, length) = match sign {
        '#' => (EntityKind::Hashtag, hashtag(rest)),
        '$' => (EntityKind::Cashtag, cashtag(rest)),
        '@' => (EntityKind::Mention, username(rest)),
        '/' if !matches!(before, Some('<' | '>')) => (EntityKind::BotCommand, command(rest)),
        '+' => (EntityKind::PhoneNumber, phone(rest)),
        _ => return None,
    };
    length.map(|length| (kind, length))
}

/// Whether it is part of a word: a letter, digit or underscore of whatever script, or what joins them.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '\u{200c}'
}

fn is_ascii_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// How many bytes of the text are of such characters, which are between one and `most`.
fn run(text: &str, is_part: impl Fn(char) -> bool, most: usize) -> Option<usize> {
    let length = text.find(|c| !is_part(c)).unwrap_or(text.len());
    (1..=most).contains(&text[..length].chars().count()).then_some(length)
}

/// Whether the text behind these bytes begins with none of these signs, nor goes on with the word.
fn ends(text: &str, length: usize, signs: &[char]) -> bool {
    let next = text[length..].chars().next();
    next.is_none_or(|next| !is_word(next) && !signs.contains(&next))
}

/// At most 256 letters, digits and underscores, not digits alone.
fn hashtag(rest: &str) -> Option<usize> {
    let length = run(rest, is_word, 256)?;
    (rest[..length].contains(char::is_alphabetic) && ends(rest, length, &['#'])).then_some(length)
}

/// One to eight capitals.
fn cashtag(rest: &str) -> Option<usize> {
    let length = run(rest, |c| c.is_ascii_uppercase(), 8)?;
    ends(rest, length, &['$']).then_some(length)
}

/// What could be a username.
fn username(rest: &str) -> Option<usize> {
    let length = run(rest, is_ascii_word, 32)?;
    let begins = rest.starts_with(|c: char| c.is_ascii_alphabetic());
    (length >= 5 && begins && ends(rest, length, &['@'])).then_some(length)
}

/// At most 64 letters, digits and underscores, perhaps with the bot that is meant.
fn command(rest: &str) -> Option<usize> {
    let name = run(rest, is_ascii_word, 64)?;
    let bot = rest[name..].strip_prefix('@').and_then(username);
    let length = bot.map_or(name, |bot| name + 1 + bot);
    ends(rest, length, &['/', '<', '>', '@']).then_some(length)
}

/// Eight to fifteen digits, the first one no zero, perhaps in groups.
fn phone(rest: &str) -> Option<usize> {
    let (mut digits, mut between, mut length) = (0, 0, 0);
    for (at, c) in rest.char_indices() {
        match c {
            '0' if digits == 0 => return None,
            '0'..='9' => (digits, between, length) = (digits + 1, 0, at + 1),
            ' ' | '-' | '.' | '(' | ')' if digits > 0 && between < 2 => between += 1,
            _ => break,
        }
    }
    ((8..=15).contains(&digits) && ends(rest, length, &['+'])).then_some(length)
}
