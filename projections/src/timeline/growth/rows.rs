//! The rows that a batch makes of messages.

use domain::chat::Service;
use domain::id::{AccountId, ChatId, CommandId, DeviceId, MessageId, Position};
use domain::time::Timestamp;
use infra::db::Column::{Int, Text};
use infra::db::{Bulk, BulkUpdate, Writes};
use serde::Serialize;

use super::{Changes, Key, Says, Sent};

const SENT: Bulk = Bulk {
    table: "timeline",
    columns: &[
        ("chat", Text),
        ("message", Int),
        ("position", Int),
        ("idx", Int),
        ("author", Int),
        ("device", Int),
        ("command", Text),
        ("sent_at", Int),
        ("reply_to", Int),
        ("edited_at", Int),
        ("length", Int),
        ("entities", Text),
        ("content", Text),
        ("deleted", Int),
        ("recorded_at", Int),
        ("views", Int),
        ("kind", Text),
        ("answers", Int),
        ("quote", Text),
        ("forwarded", Text),
        ("mentions", Text),
        ("silent", Int),
        ("protected", Int),
        ("carried", Int),
        ("service", Text),
    ],
    conflict: "on conflict (chat, message) do nothing",
};

const EDITED: BulkUpdate = BulkUpdate {
    table: "timeline",
    keys: &[("chat", Text), ("message", Int)],
    set: &[
        ("edited_at", Int),
        ("length", Int),
        ("entities", Text),
        ("content", Text),
        ("mentions", Text),
    ],
    only: "and timeline.deleted = 0",
};

const DELETED: BulkUpdate = BulkUpdate {
    table: "timeline",
    keys: &[("chat", Text), ("message", Int)],
    set: &[
        ("deleted", Int),
        ("edited_at", Int),
        ("length", Int),
        ("entities", Text),
        ("content", Text),
        ("mentions", Text),
        ("kind", Text),
        ("quote", Text),
        ("forwarded", Text),
    ],
    only: "",
};

/// What was counted only rises, in whatever order counts come.
const SEEN: BulkUpdate = BulkUpdate {
    table: "timeline",
    keys: &[("chat", Text), ("message", Int)],
    set: &[("views", Int)],
    only: "and timeline.views < new.views",
};

/// Writes a row per message.
pub(super) async fn write(changes: Changes, writes: &mut Writes<'_>) -> Result<(), sqlx::Error> {
    let sent: Vec<_> = changes.sent.into_iter().map(row).collect();
    SENT.insert(writes, &sent).await?;
    let edited: Vec<_> = changes.edited.into_iter().map(edited_row).collect();
    EDITED.update(writes, &edited).await?;
    let deleted: Vec<_> = changes.deleted.into_iter().map(deleted_row).collect();
    DELETED.update(writes, &deleted).await?;
    let seen = changes.seen.into_iter().map(|((chat, message), views)| (chat, message, views));
    SEEN.update(writes, &seen.collect::<Vec<_>>()).await
}

/// A sent message's row, in the order of [`SENT`]'s columns.
#[derive(Serialize)]
struct Row(
    ChatId,
    MessageId,
    Position,
    u32,
    AccountId,
    Option<DeviceId>,
    CommandId,
    Timestamp,
    Option<MessageId>,
    Option<Timestamp>,
    u32,
    Option<String>,
    Option<String>,
    u8,
    Option<Timestamp>,
    u32,
    Option<&'static str>,
    Option<AccountId>,
    Option<String>,
    Option<String>,
    Option<String>,
    u8,
    u8,
    u8,
    Option<String>,
);

fn row(((chat, message), sent): (Key, Sent)) -> Row {
    let (text, besides) = (sent.text, sent.besides);
    Row(
        chat,
        message,
        sent.at.position,
        sent.at.index,
        sent.author,
        sent.device,
        sent.command,
        sent.when,
        sent.reply_to,
        text.edited_at,
        text.length,
        text.entities,
        text.content,
        u8::from(sent.deleted),
        sent.recorded_at,
        sent.marks.views,
        (!besides.kind.is_text()).then(|| besides.kind.as_str()),
        sent.answers,
        besides.quote,
        besides.forwarded,
        text.mentions,
        u8::from(sent.marks.silent),
        u8::from(sent.marks.protected),
        u8::from(sent.marks.carried),
        sent.service.as_ref().map(service_cell),
    )
}

fn edited_row(((chat, message), text): (Key, Says)) -> impl Serialize {
    let Says {
        edited_at,
        length,
        entities,
        content,
        mentions,
    } = text;
    (chat, message, edited_at, length, entities, content, mentions)
}

/// Nothing is left but that it was.
fn deleted_row((chat, message): Key) -> impl Serialize {
    let nothing = None::<()>;
    (chat, message, 1, nothing, 0, nothing, nothing, nothing, nothing, nothing, nothing)
}

/// What happened, as its column has it.
fn service_cell(service: &Service) -> String {
    serde_json::to_string(service).expect("what happened is names and numbers, which JSON can hold")
}
