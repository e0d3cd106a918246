//! What a client says, as commands: checked, and with what has to be looked up for it.

use std::collections::BTreeSet;

use domain::account::UsernameText;
use domain::chat::command::{Edit, EditWindow, Quoted, Send};
use domain::chat::content::{EntityKind, Text};
use domain::chat::event::Quote;
use domain::chat::{self, Body, MENTIONS_MAX};
use domain::id::{AccountId, ChatId, MessageId, NameKey};
use domain::stream::Stream;
use projections::{directory, timeline};
use serde_json::Value;

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;
use crate::rendering::{ContactShape, Entity, LocationShape, Opener, QuoteRange, Shut, extra};

/// A text, a place or a contact.
#[derive(Debug)]
pub(crate) struct Content {
    /// A text.
    pub(crate) text: Option<String>,
    /// How it is formatted.
    pub(crate) entities: Vec<Entity>,
    /// A place.
    pub(crate) location: Option<LocationShape>,
    /// A contact.
    pub(crate) contact: Option<ContactShape>,
    /// What the sender's program adds.
    pub(crate) extra: Option<Value>,
}

/// A message to send.
#[derive(Debug)]
pub(crate) struct Saying {
    /// What it says.
    pub(crate) content: Content,
    /// The message that it answers.
    pub(crate) reply_to: Option<MessageId>,
    /// What it quotes of that.
    pub(crate) quote: Option<QuoteRange>,
    /// Whether nobody is to be disturbed by it.
    pub(crate) silent: bool,
    /// Whether it may not be forwarded.
    pub(crate) protected: bool,
}

impl Content {
    /// What it is, if it is one thing.
    pub(crate) fn body(self) -> Result<Body, Error> {
        let formatted = !self.entities.is_empty();
        let body = match (self.text, self.location, self.contact) {
            (Some(text), None, None) => Body::parse(&text, self.entities)?,
            (None, _, _) if formatted => return Err(Error::InvalidRequest("entities: without a text".to_owned())),
            (None, Some(location), None) => Body::location(location.parse()?),
            (None, None, Some(contact)) => Body::contact(contact.parse()?),
            (None, None, None) => {
                return Err(Error::InvalidRequest(
                    "text: missing, or location or contact in its place".to_owned(),
                ));
            }
            (_, _, _) => return Err(Error::InvalidRequest("text, location and contact exclude each other".to_owned())),
        };
        Ok(body.with_extra(extra(self.extra)?))
    }
}

impl Gateway {
    /// The command that sends it, if the sender may send as much now.
    pub(crate) async fn saying(&self, me: Device, chat: ChatId, saying: Saying) -> Result<chat::Command, Error> {
        let body = saying.content.body()?;
        self.limits.message(me.account, chat)?;
        self.must_have_peer(chat, me).await?;
        let quote = saying.quote.map(Quote::from);
        let quoted = match (saying.reply_to, quote) {
            (Some(original), Some(quote)) => self.quoted(me, chat, original, quote).await?,
            (None, _) | (_, None) => None,
        };
        Ok(chat::Command::Send(Send {
            named: self.mentioned(&body).await?,
            body,
            reply_to: saying.reply_to,
            quote,
            quoted,
            silent: saying.silent,
            protected: saying.protected,
        }))
    }

    /// The command that edits a message.
    pub(crate) async fn editing(&self, message: MessageId, content: Content) -> Result<chat::Command, Error> {
        let body = content.body()?;
        Ok(chat::Command::Edit(Edit {
            message,
            named: self.mentioned(&body).await?,
            body,
            window: EditWindow::hours(self.config.edit_hours),
        }))
    }

    /// Who has the usernames that a text mentions, in its order; those named first where there are many.
    async fn mentioned(&self, body: &Body) -> Result<Vec<AccountId>, Error> {
        let names = usernames(body).into_iter().take(MENTIONS_MAX);
        let keys: Vec<NameKey> = names.map(|name| self.keys.name_key("username", &name)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let holders = directory::holders(&self.models.db, &keys).await?;
        Ok(keys.iter().filter_map(|key| holders.get(key).copied()).collect())
    }

    /// The words that an answer quotes; `None`: the message has none there. To be shown only to who is in the chat.
    async fn quoted(&self, me: Device, chat: ChatId, original: MessageId, quote: Quote) -> Result<Option<Quoted>, Error> {
        let db = &self.models.db;
        let mut row = timeline::message(db, me.account, chat, original).await?;
        if row.is_none() {
            // Perhaps the read models do not know yet what the client knows.
            self.settle(chat).await?;
            row = timeline::message(db, me.account, chat, original).await?;
        }
        let Some(closed) = row.filter(|row| row.service.is_none()).and_then(|row| row.content) else {
            return Ok(None);
        };
        let of = closed.of;
        let opener = Opener::for_accounts(&self.keys, &[of]).await?;
        match opener.open_closed::<Text>(&Stream::Chat(chat), &closed) {
            Ok(text) => Ok(cut(&text.text, quote).map(|words| Quoted { of, words })),
            Err(Shut::Erased) => Ok(None),
            Err(Shut::Unreadable) => Err(Error::KeyLost(of)),
        }
    }
}

/// The usernames that a text mentions, in their canonical spelling, each once.
fn usernames(body: &Body) -> Vec<String> {
    let (text, mut seen) = (body.text().text, BTreeSet::new());
    let mentions = body.entities().iter().filter(|entity| entity.kind == EntityKind::Mention);
    let words = mentions.filter_map(|entity| {
        let (offset, length) = (entity.offset, entity.length);
        cut(&text, Quote { offset, length })
    });
    let names = words.filter_map(|word| UsernameText::parse(word.strip_prefix('@')?).ok());
    names
        .map(|name| name.canonical())
        .filter(|name| seen.insert(name.clone()))
        .collect()
}

/// The words in a range; `None`: it is none of the text, or parts a character.
fn cut(text: &str, range: Quote) -> Option<String> {
    let units = text.encode_utf16().skip(range.offset as usize).take(range.length as usize);
    let units: Vec<u16> = units.collect();
    let whole = units.len() == range.length as usize;
    String::from_utf16(&units).ok().filter(|_| whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, offset: u32, length: u32) -> Option<String> {
        cut(text, Quote { offset, length })
    }

    #[test]
    fn a_range_is_cut_between_characters() {
        assert_eq!(words("a👍b", 0, 3).as_deref(), Some("a👍"));
        assert_eq!(words("a👍b", 3, 1).as_deref(), Some("b"));
        for (offset, length) in [(0, 2), (2, 1), (3, 2), (9, 1), (u32::MAX, 1)] {
            assert_eq!(words("a👍b", offset, length), None, "{offset} {length}");
        }
    }

    #[test]
    fn a_username_is_named_once_however_it_is_spelt() {
        let body = Body::parse("@alice, @Bobby and @ALICE", Vec::new()).unwrap();
        assert_eq!(usernames(&body), ["alice", "bobby"]);
    }
}
