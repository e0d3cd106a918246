//! What an exported message says: its text with formatted ranges, and placeholders for what is no text.

use serde_json::{Value, json};

use super::super::told::part;
use super::export::{Message, Piece};
use uuid::Uuid;

/// Formatted ranges of a message, at most.
const ENTITIES_MAX: usize = 100;

/// A text while it is put together.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) says: String,
    pub(super) entities: Vec<Value>,
    /// In UTF-16 code units.
    length: usize,
}

/// What a message says; empty: nothing that is known.
pub(super) fn of(message: &Message, people: Uuid) -> Text {
    let mut text = Text::default();
    if let Some(from) = &message.forwarded_from {
        text.push(
            &Piece {
                kind: "italic".to_owned(),
                text: format!("Forwarded from {from}"),
                ..Piece::default()
            },
            people,
        );
        text.plain("\n");
    }
    let placeholder = placeholder(message);
    let pieces = pieces(message);
    if let Some(placeholder) = &placeholder {
        text.plain(placeholder);
        if pieces.iter().any(|piece| !piece.text.trim().is_empty()) {
            text.plain("\n");
        }
    }
    for piece in &pieces {
        text.push(piece, people);
    }
    if placeholder.is_none() && pieces.iter().all(|piece| piece.text.trim().is_empty()) {
        return Text::default();
    }
    text
}

impl Text {
    fn plain(&mut self, text: &str) {
        let readable: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        self.length += readable.encode_utf16().count();
        self.says.push_str(&readable);
    }

    fn push(&mut self, piece: &Piece, people: Uuid) {
        let offset = self.length;
        self.plain(&piece.text);
        let length = self.length - offset;
        if length == 0 || self.entities.len() >= ENTITIES_MAX {
            return;
        }
        let Some(mut entity) = entity(piece, people) else { return };
        (entity["offset"], entity["length"]) = (json!(offset), json!(length));
        self.entities.push(entity);
    }
}

/// How a piece is formatted; `None`: not at all, or in a way that is not known here.
fn entity(piece: &Piece, people: Uuid) -> Option<Value> {
    let same = [
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "email",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "code",
    ];
    match piece.kind.as_str() {
        kind if same.contains(&kind) => Some(json!({"type": kind})),
        "link" => Some(json!({"type": "url"})),
        "phone" => Some(json!({"type": "phone_number"})),
        "blockquote" if piece.collapsed => Some(json!({"type": "expandable_blockquote"})),
        "blockquote" => Some(json!({"type": "blockquote"})),
        "pre" => match piece
            .language
            .as_deref()
            .filter(|language| !language.trim().is_empty() && language.chars().count() <= 64)
        {
            Some(language) => Some(json!({"type": "pre", "language": language})),
            None => Some(json!({"type": "pre"})),
        },
        "text_link" => {
            let url = piece.href.as_deref()?;
            let known = ["http://", "https://", "tg://"].iter().any(|scheme| url.starts_with(scheme));
            (known && url.len() <= 2_048).then(|| json!({"type": "text_link", "url": url}))
        }
        "mention_name" => Some(json!({"type": "text_mention", "person": part(people, &format!("user{}", piece.user_id?))})),
        _ => None,
    }
}

fn pieces(message: &Message) -> Vec<Piece> {
    if !message.text_entities.is_empty() {
        return message.text_entities.clone();
    }
    let plain = |text: &str| Piece {
        text: text.to_owned(),
        ..Piece::default()
    };
    match &message.text {
        Value::String(text) => vec![plain(text)],
        Value::Array(pieces) => pieces
            .iter()
            .filter_map(|piece| match piece {
                Value::String(text) => Some(plain(text)),
                piece => serde_json::from_value(piece.clone()).ok(),
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

/// What stands for something that is no text: `[photo]`.
fn placeholder(message: &Message) -> Option<String> {
    if let Some(poll) = &message.poll {
        return Some(match &poll.question {
            Value::String(question) => format!("[poll: {question}]"),
            _ => "[poll]".to_owned(),
        });
    }
    if message.photo.is_some() {
        return Some("[photo]".to_owned());
    }
    if message.location_information.is_some() {
        return Some("[location]".to_owned());
    }
    if message.contact_information.is_some() {
        return Some("[contact]".to_owned());
    }
    match (message.media_type.as_deref(), &message.file) {
        (Some("sticker"), _) => Some(match &message.sticker_emoji {
            Some(emoji) => format!("[sticker {emoji}]"),
            None => "[sticker]".to_owned(),
        }),
        (Some(kind), _) => Some(format!("[{}]", kind.replace('_', " ").chars().take(64).collect::<String>())),
        (None, Some(_)) => Some(match &message.file_name {
            Some(name) => format!("[file {}]", name.chars().take(256).collect::<String>()),
            None => "[file]".to_owned(),
        }),
        (None, None) => None,
    }
}
