//! What an account is about to say, as its own devices see it.

use domain::chat::content::{self, Text};
use domain::id::{AccountId, MessageId};
use domain::inbox::event::DraftChanged;
use domain::stream::Stream;
use domain::time::Timestamp;
use projections::dialogs;
use serde::Serialize;
use utoipa::ToSchema;

use super::message::formatted;
use super::{Entity, EntityShape, Opener, Shut};

/// What the caller is about to say in a chat.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Draft)]
pub(crate) struct DraftView {
    /// The text; `null` when it can't be read at present.
    text: Option<String>,
    /// The server can't read the text at present; it is not gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unreadable: bool,
    /// How it is formatted; absent when it is not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<EntityShape>)]
    entities: Vec<Entity>,
    /// The message of the chat that it is to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    reply_to: Option<MessageId>,
    /// Since when, in µs since 1970.
    #[schema(value_type = i64)]
    at: Timestamp,
}

impl Opener<'_> {
    /// A draft as it is kept.
    pub(crate) fn draft(self, owner: AccountId, row: &dialogs::Draft) -> DraftView {
        let text = self.open_closed::<Text>(&Stream::Inbox(owner), &row.text);
        said(text, &row.entities, row.reply_to, row.at)
    }

    /// A draft as it was changed; none: there is none any more.
    pub(super) fn drafted(self, stream: &Stream, changed: &DraftChanged, at: Timestamp) -> Option<DraftView> {
        let text = self.open(stream, changed.text.as_ref()?);
        Some(said(text, &changed.entities, changed.reply_to, at))
    }
}

fn said(text: Result<Text, Shut>, entities: &[content::Entity], reply_to: Option<MessageId>, at: Timestamp) -> DraftView {
    let unreadable = text.as_ref().is_err_and(|why| *why == Shut::Unreadable);
    let (text, details) = text.map_or((None, Vec::new()), |text| (Some(text.text), text.details));
    DraftView {
        text,
        unreadable,
        entities: formatted(entities, &details),
        reply_to,
        at,
    }
}
