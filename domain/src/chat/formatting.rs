//! A text's formatted ranges as callers write them, checked against the text.

use serde::{Deserialize, Serialize};

use super::content::EntityKind;
use crate::id::AccountId;
use crate::text::is_longer;

/// Bytes of a link's address, at most.
pub const URL_MAX: usize = 2_048;
/// Code points of a code block's language, at most.
pub const LANGUAGE_MAX: usize = 64;

/// A formatted range as a caller writes it; the Bot API's shape. Offset and length are UTF-16 code units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntityInput {
    /// How the range is formatted.
    #[serde(rename = "type")]
    pub kind: EntityKind,
    /// Where it starts.
    pub offset: u32,
    /// How long it is; at least 1.
    pub length: u32,
    /// A text link's address: `http`, `https` or `tg`, at most [`URL_MAX`] bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A code block's language, at most [`LANGUAGE_MAX`] code points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Whom a text mention names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
}

/// Why an entity can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEntity {
    /// Nothing is formatted.
    #[error("is empty")]
    Empty,
    /// Beyond the text's end.
    #[error("reaches beyond the text")]
    OutOfRange,
    /// It starts or ends within a surrogate pair.
    #[error("starts or ends between the two UTF-16 code units of one character")]
    SplitsCharacter,
    /// It overlaps another that it neither holds nor lies within.
    #[error("overlaps another entity without lying within it")]
    Crosses,
    /// A text link without an address, or with one that can't be followed.
    #[error("needs a url (http, https or tg; at most {URL_MAX} bytes)")]
    Url,
    /// A language that names none.
    #[error("needs a language of 1 to {LANGUAGE_MAX} characters, or none")]
    Language,
    /// A text mention of nobody.
    #[error("needs an account")]
    Account,
    /// It says what its kind has no place for.
    #[error("has a field that its type does not have")]
    Misplaced,
}

/// The entities in order: by offset, the longer first. An error names the offender by the caller's index.
pub(super) fn parse(text: &str, entities: Vec<EntityInput>) -> Result<Vec<EntityInput>, (usize, InvalidEntity)> {
    if entities.is_empty() {
        return Ok(entities);
    }
    let boundaries = boundaries(text);
    let mut entities: Vec<(usize, EntityInput)> = entities.into_iter().enumerate().collect();
    for (index, entity) in &entities {
        check_range(&boundaries, entity)
            .and_then(|()| check_fields(entity))
            .map_err(|reason| (*index, reason))?;
    }
    entities.sort_by_key(|(_, entity)| (entity.offset, u32::MAX - entity.length));
    check_nesting(&entities)?;
    Ok(entities.into_iter().map(|(_, entity)| entity).collect())
}

/// Where characters start, and where the text ends, in UTF-16 code units.
fn boundaries(text: &str) -> Vec<usize> {
    let mut end = 0;
    let mut boundaries = vec![end];
    for character in text.chars() {
        end += character.len_utf16();
        boundaries.push(end);
    }
    boundaries
}

fn check_range(boundaries: &[usize], entity: &EntityInput) -> Result<(), InvalidEntity> {
    let (start, end) = (entity.offset as usize, entity.offset as usize + entity.length as usize);
    if entity.length == 0 {
        Err(InvalidEntity::Empty)
    } else if boundaries.last() < Some(&end) {
        Err(InvalidEntity::OutOfRange)
    } else if boundaries.binary_search(&start).is_err() || boundaries.binary_search(&end).is_err() {
        Err(InvalidEntity::SplitsCharacter)
    } else {
        Ok(())
    }
}

fn check_fields(entity: &EntityInput) -> Result<(), InvalidEntity> {
    let (link, block, mention) = match entity.kind {
        EntityKind::TextLink => (true, false, false),
        EntityKind::Pre => (false, true, false),
        EntityKind::TextMention => (false, false, true),
        EntityKind::Mention
        | EntityKind::Hashtag
        | EntityKind::Cashtag
        | EntityKind::BotCommand
        | EntityKind::Url
        | EntityKind::Email
        | EntityKind::PhoneNumber
        | EntityKind::Bold
        | EntityKind::Italic
        | EntityKind::Underline
        | EntityKind::Strikethrough
        | EntityKind::Spoiler
        | EntityKind::Blockquote
        | EntityKind::ExpandableBlockquote
        | EntityKind::Code => (false, false, false),
    };
    if entity.url.is_some() && !link || entity.language.is_some() && !block || entity.account.is_some() && !mention {
        Err(InvalidEntity::Misplaced)
    } else if link && !entity.url.as_deref().is_some_and(is_address) {
        Err(InvalidEntity::Url)
    } else if entity.language.as_deref().is_some_and(|language| !is_language(language)) {
        Err(InvalidEntity::Language)
    } else if mention && entity.account.is_none() {
        Err(InvalidEntity::Account)
    } else {
        Ok(())
    }
}

fn is_address(url: &str) -> bool {
    let rest = url.split_once("://").filter(|(scheme, _)| {
        let scheme = scheme.to_ascii_lowercase();
        matches!(scheme.as_str(), "http" | "https" | "tg")
    });
    url.len() <= URL_MAX && rest.is_some_and(|(_, rest)| !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || c.is_control()))
}

fn is_language(language: &str) -> bool {
    !language.trim().is_empty() && !is_longer(language, LANGUAGE_MAX) && !language.contains(char::is_control)
}

/// Of entities in order, each must end before or with every earlier one that it starts in.
fn check_nesting(entities: &[(usize, EntityInput)]) -> Result<(), (usize, InvalidEntity)> {
    let mut open: Vec<u32> = Vec::new();
    for (index, entity) in entities {
        let end = entity.offset + entity.length;
        while open.last().is_some_and(|outer| *outer <= entity.offset) {
            open.pop();
        }
        if open.last().is_some_and(|outer| *outer < end) {
            return Err((*index, InvalidEntity::Crosses));
        }
        open.push(end);
    }
    Ok(())
}
