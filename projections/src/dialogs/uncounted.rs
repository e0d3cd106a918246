//! What lies behind a read mark and is not unread: by it clients count for themselves.

use std::collections::BTreeMap;

use domain::id::{ChatId, MessageId};
use infra::db::Column::{Int, Text};
use infra::db::{Db, json};
use sqlx::{AssertSqlSafe, Error};

use super::Dialog;
use crate::cells::Cells;

/// As many of a chat are told; where there are more, none.
pub const NOT_COUNTED_MAX: u32 = 200;

/// Fills in what is not counted, of those that have some and not too many: one question for all.
pub(super) async fn fill(db: &Db, dialogs: &mut [Dialog]) -> Result<(), Error> {
    let mut asked = Vec::new();
    for dialog in &mut *dialogs {
        match missing(dialog) {
            0 => {}
            1..=NOT_COUNTED_MAX => asked.push((dialog.chat, dialog.read_up_to.map_or(0, MessageId::get))),
            _ => dialog.not_counted = None,
        }
    }
    if asked.is_empty() {
        return Ok(());
    }
    let mut found = deleted(db, &asked).await?;
    for dialog in dialogs {
        // What was deleted since the row was read is told by an update; it fits all the same.
        if let Some(ids) = found.remove(&dialog.chat) {
            dialog.unread = dialog.behind().saturating_sub(u32::try_from(ids.len()).unwrap_or(u32::MAX));
            dialog.not_counted = Some(ids);
        }
    }
    Ok(())
}

/// How many behind the mark are not unread.
fn missing(dialog: &Dialog) -> u32 {
    dialog.behind().saturating_sub(dialog.unread)
}

async fn deleted(db: &Db, asked: &[(ChatId, i64)]) -> Result<BTreeMap<ChatId, Vec<MessageId>>, Error> {
    let [chat, mark] = [(0, Text), (1, Int)].map(|(index, column)| db.engine.cell(index, column));
    let sql = format!(
        "select t.chat, t.message from (select {chat} as chat, {mark} as mark from {}) a \
         join timeline t on t.chat = a.chat and t.message > a.mark and t.deleted = 1 order by t.chat, t.message",
        db.engine.rows("$1")
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(json(asked)?).fetch_all(&db.pool).await?;
    let mut found: BTreeMap<ChatId, Vec<MessageId>> = BTreeMap::new();
    for row in &rows {
        found.entry(row.parsed("chat")?).or_default().push(row.id("message")?);
    }
    Ok(found)
}
