//! Reading a device's updates: what it missed, a page at a time.
//!
//! Messages are rendered from the timeline as they are now, so that what was erased or deleted does not come back.

use std::collections::HashMap;
use std::sync::Arc;

use domain::actor::Actor;
use domain::chat;
use domain::chat::event::MessageSent;
use domain::event::Event;
use domain::fact::{Fact, FactRef};
use domain::id::{AccountId, ChatId, DeviceId, MessageId, Position, Seq};
use domain::sealed::{Closed, Sealed};
use domain::stream::Stream;
use sqlx::AssertSqlSafe;

use super::{refs, stored};
use crate::progress::Behind;
use crate::reactions::{self, Count};
use crate::read_models::ReadModels;
use crate::timeline::{self, Message};

/// A part of a device's updates.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The last number given to the device; `None`: none yet.
    pub head: Option<Seq>,
    /// In the order of their numbers, without a gap.
    pub entries: Vec<Entry>,
}

/// One update.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number.
    pub seq: Seq,
    /// The fact's place in the log.
    pub at: FactRef,
    /// What happened; its sealed part closed, a sent message's text left out, which is in `current`. `None`: this program can't
    /// tell, the update keeps its number as `unsupported`. Its digest is not kept.
    pub fact: Option<Arc<Fact>>,
    /// The message as it is now, if one was sent or edited.
    pub current: Option<Message>,
    /// How everybody reacts to a message by now, if somebody changed that.
    pub reactions: Option<Vec<Count>>,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The number was never given.
    #[error("there is no update behind {head:?} yet")]
    Future {
        /// The last number given.
        head: Option<Seq>,
    },
    /// What follows is not there any more.
    #[error("updates up to {floor} were cleared away")]
    Trimmed {
        /// Everything up to here is gone.
        floor: Seq,
        /// The last number given.
        head: Option<Seq>,
    },
    /// The lanes that hold what the next update is about are behind it: once they have come that far, there is a page.
    #[error(transparent)]
    Behind(#[from] Behind),
    /// The database.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// The last number given to a device; `None`: none yet.
pub async fn head(models: &ReadModels, account: AccountId, device: DeviceId) -> Result<Option<Seq>, sqlx::Error> {
    let row: Option<(i64,)> =
        sqlx::query_as("select last from update_segments where account = $1 and device = $2 order by last desc limit 1")
            .bind(account.get())
            .bind(device.get())
            .fetch_optional(&models.db.pool)
            .await?;
    row.map(|(last,)| Seq::try_from(last).map_err(decode)).transpose()
}

/// A device's updates behind `after` (`None`: from the first on), at most `limit`. Waits for nobody: a page ends before what
/// the lanes do not include yet.
pub async fn read(models: &ReadModels, account: AccountId, device: DeviceId, after: Option<Seq>, limit: usize) -> Result<Page, ReadError> {
    let head = head(models, account, device).await?;
    if after > head {
        return Err(ReadError::Future { head });
    }
    let places = places(models, account, device, after, limit).await?;
    let next = after.map_or(1, |after| after.get() + 1);
    if after < head && places.first().is_none_or(|(seq, _)| seq.get() != next) {
        let floor = models.state.floor(account, device).await?.unwrap_or(Seq::MIN);
        return Err(ReadError::Trimmed { floor, head });
    }
    let entries = render(models, included(models, &places)?).await?;
    if entries.iter().any(|entry| entry.fact.is_none())
        && let Some(floor) = models.state.floor(account, device).await?
        && after < Some(floor)
    {
        return Err(ReadError::Trimmed { floor, head });
    }
    let head = head.max(entries.last().map(|entry| entry.seq));
    Ok(Page { head, entries })
}

/// The numbers behind `after` and where their facts stand: exactly the rows that hold them are read.
async fn places(
    models: &ReadModels,
    account: AccountId,
    device: DeviceId,
    after: Option<Seq>,
    limit: usize,
) -> Result<Vec<(Seq, FactRef)>, sqlx::Error> {
    let after = after.map_or(0, Seq::get);
    let up_to = after.saturating_add(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "select first, refs from update_segments where account = $1 and device = $2 and last > $3 and last <= coalesce(\
         (select min(last) from update_segments where account = $1 and device = $2 and last >= $4), $4) order by last",
    )
    .bind(account.get())
    .bind(device.get())
    .bind(after)
    .bind(up_to)
    .fetch_all(&models.db.pool)
    .await?;
    let mut places = Vec::new();
    for (first, packed) in rows {
        let refs = refs::unpack(&packed).ok_or_else(|| sqlx::Error::Decode(format!("not references: {packed:?}").into()))?;
        for (seq, at) in (first..).zip(refs).filter(|(seq, _)| *seq > after && *seq <= up_to) {
            places.push((Seq::try_from(seq).map_err(decode)?, at));
        }
    }
    Ok(places)
}

async fn render(models: &ReadModels, places: &[(Seq, FactRef)]) -> Result<Vec<Entry>, sqlx::Error> {
    let refs: Vec<FactRef> = places.iter().map(|(_, at)| *at).collect();
    let mut sent: HashMap<FactRef, Message> = HashMap::new();
    for message in timeline::sent_at(&models.db, &refs).await? {
        sent.insert(message.at, message);
    }
    let others: Vec<FactRef> = refs.iter().copied().filter(|at| !sent.contains_key(at)).collect();
    let mut kept = kept(models, &others).await?;
    let edited: Vec<(ChatId, MessageId)> = kept.values().filter_map(|fact| edited_message(fact)).collect();
    let mut current: HashMap<(ChatId, MessageId), Message> = HashMap::new();
    for message in timeline::messages(&models.db, &edited).await? {
        current.insert((message.chat, message.message), message);
    }
    let reacted: Vec<(ChatId, MessageId)> = kept.values().filter_map(|fact| reacted_message(fact)).collect();
    let counts = reactions::counts(&models.db, &reacted, None).await?;
    let entry = |(seq, at): &(Seq, FactRef)| {
        let (seq, at) = (*seq, *at);
        if let Some(message) = sent.remove(&at) {
            let fact = Some(Arc::new(sending(&message)));
            let current = Some(message);
            return Entry {
                seq,
                at,
                fact,
                current,
                reactions: None,
            };
        }
        let fact = kept.remove(&at);
        let current = fact.as_deref().and_then(edited_message).and_then(|id| current.get(&id).cloned());
        let reacted = fact.as_deref().and_then(reacted_message);
        Entry {
            seq,
            at,
            fact,
            current,
            reactions: reacted.map(|id| counts.get(&id).cloned().unwrap_or_default()),
        }
    };
    Ok(places.iter().map(entry).collect())
}

/// The places that all lanes include: with several, the chats' may be behind this device's.
fn included<'a>(models: &ReadModels, places: &'a [(Seq, FactRef)]) -> Result<&'a [(Seq, FactRef)], Behind> {
    if models.lanes() > 1 {
        up_to(models.checkpoint(), places)
    } else {
        Ok(places)
    }
}

fn up_to(checkpoint: Option<Position>, places: &[(Seq, FactRef)]) -> Result<&[(Seq, FactRef)], Behind> {
    let count = places.partition_point(|(_, at)| Some(at.position) <= checkpoint);
    match places.first() {
        Some((_, first)) if count == 0 => Err(Behind(first.position)),
        Some(_) | None => Ok(&places[..count]),
    }
}

/// The facts at these places that are kept for updates.
async fn kept(models: &ReadModels, places: &[FactRef]) -> Result<HashMap<FactRef, Arc<Fact>>, sqlx::Error> {
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    let positions: Vec<i64> = places.iter().map(|at| at.position.get()).collect();
    let list = serde_json::to_string(&positions).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let sql = format!(
        "select position, idx, fact from update_facts where position in ({})",
        models.db.engine.int_list("$1")
    );
    let rows: Vec<(i64, i64, String)> = sqlx::query_as(AssertSqlSafe(sql)).bind(list).fetch_all(&models.db.pool).await?;
    let mut kept = HashMap::new();
    for (position, index, json) in rows {
        let at = FactRef {
            position: Position::try_from(position).map_err(decode)?,
            index: u32::try_from(index).map_err(|error| sqlx::Error::Decode(error.into()))?,
        };
        if let Some(fact) = stored::from_json(at, &json) {
            kept.insert(at, Arc::new(fact));
        }
    }
    Ok(kept)
}

fn edited_message(fact: &Fact) -> Option<(ChatId, MessageId)> {
    match (&fact.stream, &fact.event) {
        (Stream::Chat(chat), Event::Chat(chat::Event::MessageEdited(edited))) => Some((*chat, edited.message)),
        (_, Event::Chat(_) | Event::Account(_) | Event::Inbox(_) | Event::SignIn(_) | Event::Name(_) | Event::System(_)) => None,
    }
}

/// The message whose reactions a fact changed.
pub fn reacted_message(fact: &Fact) -> Option<(ChatId, MessageId)> {
    match (&fact.stream, &fact.event) {
        (Stream::Chat(chat), Event::Chat(chat::Event::ReactionChanged(changed))) => Some((*chat, changed.message)),
        (_, Event::Chat(_) | Event::Account(_) | Event::Inbox(_) | Event::SignIn(_) | Event::Name(_) | Event::System(_)) => None,
    }
}

/// The fact that a message was sent, as its row has it, but for the text, which is in the message.
fn sending(message: &Message) -> Fact {
    let text = Closed {
        of: message.author,
        cipher: String::new(),
    };
    Fact {
        at: message.at,
        stream: Stream::Chat(message.chat),
        recorded_at: message.recorded_at,
        sent_at: (message.sent_at != message.recorded_at).then_some(message.sent_at),
        by: message
            .device
            .map_or(Actor::Import(message.author), |device| Actor::Device(message.author, device)),
        command: message.command,
        digest: String::new(),
        event: Event::Chat(chat::Event::MessageSent(MessageSent {
            kind: message.kind,
            length: message.length,
            entities: message.entities.clone(),
            reply_to: message.reply_to,
            answers: message.answers,
            forwarded: message.forwarded.clone().map(Box::new),
            mentions: message.mentions.clone(),
            silent: message.silent,
            protected: message.protected,
            ..MessageSent::plain(message.message, message.author, Sealed::Closed(text))
        })),
    }
}

fn decode(error: domain::id::InvalidId) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: i64) -> (Seq, FactRef) {
        let position = Position::try_from(number * 10).unwrap();
        (Seq::try_from(number).unwrap(), FactRef { position, index: 0 })
    }

    #[test]
    fn a_page_ends_before_what_is_not_included_yet() {
        let places = [place(1), place(2), place(3)];
        let count = |checkpoint| up_to(Position::new(checkpoint), &places).map(<[_]>::len);
        assert_eq!(count(30), Ok(3));
        assert_eq!(count(29), Ok(2));
        assert_eq!(count(10), Ok(1));
        for too_early in [9, 0] {
            assert_eq!(count(too_early), Err(Behind(place(1).1.position)));
        }
        assert_eq!(up_to(None, &[]), Ok(&[][..]));
    }
}
