//! What a message says: a text with its formatting, or something else; valid once it exists.

use serde::Serialize;

use super::content::{Contact, Detail, Entity, Extra, Kind, Location, Text};
use super::detection;
use super::formatting::{self, EntityInput, InvalidEntity};
use crate::text::{is_blank, is_longer};

/// Code points of a message's text, at most.
pub const TEXT_MAX: usize = 4_096;
/// Formatted ranges of a message, at most.
pub const ENTITIES_MAX: usize = 100;

/// A text with its formatting, a place or a contact. What is serialised is what the caller wrote, by which a repeated command is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Body {
    text: Text,
    length: u32,
    entities: Vec<Entity>,
    #[serde(skip_serializing_if = "Kind::is_text")]
    kind: Kind,
    /// With what was found beside.
    #[serde(skip)]
    formatting: Formatting,
}

/// Ranges of a text, and what they say beyond.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Formatting {
    entities: Vec<Entity>,
    details: Vec<Detail>,
}

impl Formatting {
    fn of(entities: &[EntityInput]) -> Self {
        let details = (0u32..).zip(entities).filter_map(|(index, entity)| detail(index, entity));
        Self {
            details: details.collect(),
            entities: entities.iter().map(public).collect(),
        }
    }
}

/// Why a text with its formatting is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBody {
    /// Nothing to see in it.
    #[error("the text is blank")]
    Blank,
    /// Too long.
    #[error("the text is longer than {TEXT_MAX} characters")]
    TooLong,
    /// Something that is no text.
    #[error("the text has control characters other than line feed and tab")]
    ControlCharacter,
    /// Too much formatting.
    #[error("the message has more than {ENTITIES_MAX} entities")]
    TooManyEntities,
    /// The caller's entity with this index can't be.
    #[error("entity {0} {1}")]
    Entity(usize, InvalidEntity),
}

impl InvalidBody {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Blank => "text_blank",
            Self::TooLong => "text_too_long",
            Self::ControlCharacter => "text_control_character",
            Self::TooManyEntities => "too_many_entities",
            Self::Entity(..) => "invalid_entity",
        }
    }
}

impl Body {
    /// Takes the text exactly as sent, so that offsets keep their meaning, and puts its entities in
    /// order: by offset, the longer first. Addresses, tags and the like are entities whether they are marked or not.
    pub fn parse(text: &str, entities: Vec<EntityInput>) -> Result<Self, InvalidBody> {
        check(text)?;
        if entities.len() > ENTITIES_MAX {
            return Err(InvalidBody::TooManyEntities);
        }
        let entities = formatting::parse(text, entities).map_err(|(index, reason)| InvalidBody::Entity(index, reason))?;
        let Formatting { entities: marked, details } = Formatting::of(&entities);
        let length: usize = text.chars().map(char::len_utf16).sum();
        Ok(Self {
            text: Text {
                details,
                ..Text::plain(text)
            },
            length: u32::try_from(length).expect("a checked text has at most 8,192 code units"),
            entities: marked,
            kind: Kind::Text,
            formatting: Formatting::of(&detection::complete(text, entities)),
        })
    }

    /// A place.
    pub fn location(location: Location) -> Self {
        let text = Text {
            location: Some(location),
            ..Text::default()
        };
        Self::without_text(Kind::Location, text)
    }

    /// A contact.
    pub fn contact(contact: Contact) -> Self {
        let text = Text {
            contact: Some(contact),
            ..Text::default()
        };
        Self::without_text(Kind::Contact, text)
    }

    fn without_text(kind: Kind, text: Text) -> Self {
        Self {
            text,
            length: 0,
            entities: Vec::new(),
            kind,
            formatting: Formatting::default(),
        }
    }

    /// The same, with what an integrator's program adds.
    #[must_use]
    pub fn with_extra(mut self, extra: Option<Extra>) -> Self {
        self.text.extra = extra.map(Extra::into_value);
        self
    }

    /// The text, with what its entities say beyond their ranges: what is sealed.
    pub fn text(&self) -> Text {
        Text {
            details: self.formatting.details.clone(),
            ..self.text.clone()
        }
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The text's length in UTF-16 code units.
    pub fn length(&self) -> u32 {
        self.length
    }

    /// Formatted ranges of the text, and those that were found in it, by offset.
    pub fn entities(&self) -> &[Entity] {
        &self.formatting.entities
    }
}

fn check(text: &str) -> Result<(), InvalidBody> {
    if is_longer(text, TEXT_MAX) {
        Err(InvalidBody::TooLong)
    } else if is_blank(text) {
        Err(InvalidBody::Blank)
    } else if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        Err(InvalidBody::ControlCharacter)
    } else {
        Ok(())
    }
}

fn detail(index: u32, entity: &EntityInput) -> Option<Detail> {
    (entity.url.is_some() || entity.language.is_some()).then(|| Detail {
        entity: index,
        url: entity.url.clone(),
        language: entity.language.clone(),
    })
}

fn public(entity: &EntityInput) -> Entity {
    Entity {
        kind: entity.kind,
        offset: entity.offset,
        length: entity.length,
        account: entity.account,
    }
}
