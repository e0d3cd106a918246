//! Ranges of a text that are something without anybody saying so: addresses, numbers, tags, mentions, commands.
//!
//! The names and rules are Telegram's. What the sender marked stands: nothing is found in code or behind a link, nor across a mark's edge.

mod links;
mod tags;

use std::ops::Range;

use super::body::ENTITIES_MAX;
use super::content::EntityKind;
use super::formatting::EntityInput;

/// One of these begins or is in whatever can be found.
const SIGNS: [char; 6] = ['.', '@', '#', '$', '/', '+'];

/// Something found, by its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    kind: EntityKind,
    range: Range<usize>,
}

/// The sender's entities and those that are found beside them, as many as there may be; in order: by offset, the longer first.
pub(super) fn complete(text: &str, marked: Vec<EntityInput>) -> Vec<EntityInput> {
    if !text.contains(SIGNS) {
        return marked;
    }
    let room = ENTITIES_MAX.saturating_sub(marked.len());
    let found = counted(text, &find(text));
    let found: Vec<EntityInput> = found.into_iter().filter(|entity| fits(entity, &marked)).take(room).collect();
    let mut all = marked;
    all.extend(found);
    all.sort_by_key(|entity| (entity.offset, u32::MAX - entity.length));
    all
}

/// What is found, in order, without overlaps: what is part of an address is nothing else.
fn find(text: &str) -> Vec<Found> {
    let mut all = links::find(text);
    let tags = tags::find(text);
    let apart = |tag: &Found| {
        all.iter()
            .all(|link| tag.range.end <= link.range.start || link.range.end <= tag.range.start)
    };
    let tags: Vec<Found> = tags.into_iter().filter(apart).collect();
    all.extend(tags);
    all.sort_by_key(|found| found.range.start);
    all
}

/// The same in UTF-16 code units.
fn counted(text: &str, found: &[Found]) -> Vec<EntityInput> {
    let (mut bytes, mut units) = (0, 0);
    let mut up_to = |end: usize| {
        units += text[bytes..end].chars().map(char::len_utf16).sum::<usize>();
        bytes = end;
        u32::try_from(units).expect("a checked text has at most 8,192 code units")
    };
    let entity = |found: &Found| {
        let offset = up_to(found.range.start);
        let length = up_to(found.range.end) - offset;
        EntityInput {
            kind: found.kind,
            offset,
            length,
            url: None,
            language: None,
            account: None,
        }
    };
    found.iter().map(entity).collect()
}

/// Whether it stands apart from each of the sender's marks, within it or around it, and it is one that lets it.
fn fits(found: &EntityInput, marked: &[EntityInput]) -> bool {
    let ends = |entity: &EntityInput| (entity.offset, entity.offset + entity.length);
    let (start, end) = ends(found);
    marked.iter().all(|mark| {
        let (first, last) = ends(mark);
        let apart = end <= first || last <= start;
        let nested = (first <= start && end <= last) || (start <= first && last <= end);
        apart || (nested && is_style(mark.kind))
    })
}

/// Whether it only says how a text looks, so that the text may be something beside.
fn is_style(kind: EntityKind) -> bool {
    match kind {
        EntityKind::Bold
        | EntityKind::Italic
        | EntityKind::Underline
        | EntityKind::Strikethrough
        | EntityKind::Spoiler
        | EntityKind::Blockquote
        | EntityKind::ExpandableBlockquote => true,
        EntityKind::Mention
        | EntityKind::Hashtag
        | EntityKind::Cashtag
        | EntityKind::BotCommand
        | EntityKind::Url
        | EntityKind::Email
        | EntityKind::PhoneNumber
        | EntityKind::Code
        | EntityKind::Pre
        | EntityKind::TextLink
        | EntityKind::TextMention => false,
    }
}
