//! Which facts are told: those that pass every condition that is set.

use std::collections::BTreeSet;

use domain::event::{Event, Unreadable};
use domain::fact::Fact;
use domain::id::{AccountId, ChatId};
use domain::stream::Stream;

/// Conditions, all of which a fact must meet. None: every fact passes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In this stream.
    pub stream: Option<Stream>,
    /// Of this chat: in its stream, or an account's having read it.
    pub chat: Option<ChatId>,
    /// Of this account: in its own streams (`account.<id>`, `inbox.<id>`), or asked for by one of its devices, or imported as its deed.
    pub account: Option<AccountId>,
    /// Of one of these types; empty: of any.
    pub types: BTreeSet<String>,
}

impl Filter {
    /// Whether a fact of this stream could pass: what can't is not even decoded.
    pub(super) fn may_pass(&self, stream: &Stream) -> bool {
        let category = stream.category();
        self.stream.as_ref().is_none_or(|wanted| wanted == stream)
            && self
                .chat
                .is_none_or(|chat| matches!(stream, Stream::Inbox(_)) || *stream == Stream::Chat(chat))
            && (self.types.is_empty() || self.types.iter().any(|name| name.split('.').next() == Some(category)))
    }

    /// Whether a fact passes.
    pub(super) fn passes(&self, fact: &Fact) -> bool {
        self.stream.as_ref().is_none_or(|wanted| *wanted == fact.stream)
            && self.chat.is_none_or(|chat| is_of_chat(fact, chat))
            && self
                .account
                .is_none_or(|account| owner(&fact.stream) == Some(account) || fact.by.account() == Some(account))
            && (self.types.is_empty() || self.types.contains(fact.event.type_name()))
    }

    /// The same for a fact that this program can't read: only its place is known, and perhaps its type. To be asked of what [`Filter::may_pass`].
    pub(super) fn passes_unread(&self, stream: &Stream, error: &Unreadable) -> bool {
        let has_type = || match error {
            Unreadable::UnknownType(name) => self.types.contains(name),
            // It may be of any type of its stream, which was asked for: what is counted must not miss it.
            Unreadable::Malformed(_) => true,
        };
        self.stream.as_ref().is_none_or(|wanted| wanted == stream)
            && self.chat.is_none_or(|chat| *stream == Stream::Chat(chat))
            && self.account.is_none_or(|account| owner(stream) == Some(account))
            && (self.types.is_empty() || has_type())
    }
}

/// Whose own stream it is.
fn owner(stream: &Stream) -> Option<AccountId> {
    match stream {
        Stream::Account(account) | Stream::Inbox(account) => Some(*account),
        Stream::Chat(_) | Stream::SignIn(_) | Stream::Name(_) | Stream::System => None,
    }
}

fn is_of_chat(fact: &Fact, chat: ChatId) -> bool {
    match &fact.event {
        Event::Chat(_) => fact.stream == Stream::Chat(chat),
        Event::Inbox(event) => event.chat() == Some(chat),
        Event::Account(_) | Event::SignIn(_) | Event::Name(_) | Event::System(_) => false,
    }
}
