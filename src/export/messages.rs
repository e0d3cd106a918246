//! A row for each message that was sent, as it stood at the end of the time that is asked for.

use std::collections::{HashMap, HashSet};

use anyhow::Result;
use domain::id::Position;
use infra::db::Column::{Int, Text};
use projections::archive::{Cell, Line};
use serde_json::Value;

use super::sink::{Columns, Sink};
use super::source::Source;

const SENT: &str = "chat.message_sent";
const EDITED: &str = "chat.message_edited";
const DELETED: &str = "chat.messages_deleted";

type Key = (String, i64);

/// Its columns; times are µs, `deleted` is 0 or 1, `text` is there where it is asked for.
pub fn columns(content: bool) -> Columns {
    let columns = [
        ("chat", Text),
        ("message", Int),
        ("position", Int),
        ("author", Int),
        ("recorded_at", Int),
        ("sent_at", Int),
        ("length", Int),
        ("reply_to", Int),
        ("edits", Int),
        ("edited_at", Int),
        ("deleted", Int),
    ];
    columns.into_iter().chain(content.then_some(("text", Text))).collect()
}

/// What became of a message: its last edit.
#[derive(Debug, Default)]
struct Edited {
    times: i64,
    at: i64,
    length: Option<i64>,
    text: Option<String>,
}

/// What became of messages after they were sent.
#[derive(Debug, Default)]
struct Fate {
    edited: HashMap<Key, Edited>,
    deleted: HashSet<Key>,
    last: Option<Position>,
}

/// Writes them. What became of them is read first, and held: edits and deletions are few.
pub async fn write(source: &Source<'_>, sink: &mut Sink) -> Result<()> {
    let mut fate = Fate::default();
    // Most of it is messages, of which nothing is opened here.
    let bare = Source { content: false, ..*source };
    bare.each(&[SENT, EDITED, DELETED], |line| {
        fate.take(&line);
        Ok(())
    })
    .await?;
    // Nothing was sent, or all of it: what comes meanwhile is not part of it.
    let Some(last) = fate.last.map(|position| position.to_string()) else {
        return Ok(());
    };
    let source = Source {
        to: Some(&last),
        told: false,
        ..*source
    };
    if source.content && !fate.edited.is_empty() {
        let reword = |line: Line| {
            fate.reword(&line);
            Ok(())
        };
        source.each(&[EDITED], reword).await?;
    }
    let row = |line: Line| fate.row(&line, source.content).map_or(Ok(()), |row| sink.row(row));
    source.each(&[SENT], row).await.map(drop)
}

impl Fate {
    fn take(&mut self, line: &Line) {
        self.last = Some(line.position);
        match line.kind.as_str() {
            EDITED => {
                let Some(key) = key(line) else { return };
                let edited = self.edited.entry(key).or_default();
                edited.times += 1;
                edited.at = line.sent_at.0;
                edited.length = line.number("length");
            }
            DELETED => {
                let chat = line.stream.to_string();
                let ids = line.data.get("messages").and_then(Value::as_array).into_iter().flatten();
                self.deleted.extend(ids.filter_map(|id| Some((chat.clone(), id.as_i64()?))));
            }
            _ => {}
        }
    }

    /// Takes in what an edit says, in order.
    fn reword(&mut self, line: &Line) {
        if let Some(edited) = key(line).and_then(|key| self.edited.get_mut(&key)) {
            edited.text = text(line);
        }
    }

    fn row(&self, line: &Line, content: bool) -> Option<Vec<Cell>> {
        let key = key(line)?;
        let (edited, is_deleted) = (self.edited.get(&key), self.deleted.contains(&key));
        let length = edited.map_or_else(|| line.number("length"), |edited| edited.length);
        let shown = edited.map_or_else(|| text(line), |edited| edited.text.clone());
        let (chat, message) = key;
        let mut cells = vec![
            Cell::Text(chat.trim_start_matches("chat.").to_owned()),
            Cell::Int(message),
            Cell::Int(line.position.get()),
            line.number("from").into(),
            Cell::Int(line.recorded_at.0),
            Cell::Int(line.sent_at.0),
            if is_deleted { Cell::Int(0) } else { length.into() },
            line.number("reply_to").into(),
            Cell::Int(edited.map_or(0, |edited| edited.times)),
            edited.map(|edited| edited.at).into(),
            Cell::Int(i64::from(is_deleted)),
        ];
        if content {
            cells.push(shown.filter(|_| !is_deleted).into());
        }
        Some(cells)
    }
}

fn key(line: &Line) -> Option<Key> {
    Some((line.stream.to_string(), line.number("message")?))
}

/// What it said, if that is told.
fn text(line: &Line) -> Option<String> {
    line.data.get("content")?.get("text")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(position: i64, kind: &str, data: &str) -> Line {
        let line = format!(
            r#"{{"position":{position},"index":0,"stream":"chat.g-1","type":"{kind}","recorded_at":{position},"sent_at":{position},"by":{{"service":"admin"}},"data":{data}}}"#
        );
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn a_message_is_told_as_it_has_become() {
        let sent = |message: i64| {
            let data = format!(r#"{{"message":{message},"from":7,"length":5,"content":{{"text":"hello"}}}}"#);
            line(message, SENT, &data)
        };
        let mut fate = Fate::default();
        let edited = line(4, EDITED, r#"{"message":2,"length":3,"content":{"text":"bye"}}"#);
        fate.take(&edited);
        fate.reword(&edited);
        fate.take(&line(5, DELETED, r#"{"messages":[3]}"#));
        let said = |message| {
            let row = fate.row(&sent(message), true).unwrap();
            assert_eq!(row.len(), columns(true).len());
            (row[6].clone(), row[8].clone(), row[10].clone(), row[11].clone())
        };
        let text = |text: &str| Cell::Text(text.to_owned());
        let row = |length, edits, deleted, text| (Cell::Int(length), Cell::Int(edits), Cell::Int(deleted), text);
        assert_eq!(said(1), row(5, 0, 0, text("hello")));
        assert_eq!(said(2), row(3, 1, 0, text("bye")));
        assert_eq!(said(3), row(0, 0, 1, Cell::Null));
        assert_eq!(fate.row(&sent(1), false).unwrap().len(), columns(false).len());
    }
}
