//! What accounts do with their chats, and with what was said there.

use std::collections::BTreeSet;

use crate::chronicle::{account, sealed};
use domain::chat::Emoji;
use domain::chat::event::{Event, MessagePinned, MessagesUnpinned, ReactionChanged};
use domain::id::{AccountId, MessageId};
use domain::inbox::Event as InboxEvent;
use domain::inbox::event::{Archived, Cleared, DraftChanged, MarkedUnread, MessagesHidden, Muted, PinsChanged};
use domain::stream::Stream;
use domain::time::Timestamp;

use super::{ACCOUNTS, Annals, CHATS, Chat, Move, chat_id};

const EMOJI: [&str; 3] = ["👍", "🎉", "🔥"];

impl Annals {
    pub(super) fn in_dialog(&mut self, step: &Move) {
        let (who, chat) = (account(step.who), chat_id(step.chat));
        let Some(state) = self.chats.get_mut(&chat).filter(|state| state.top > 0) else {
            return;
        };
        let (number, flag) = (step.number % state.top + 1, step.number % 2 == 0);
        let event = match step.what {
            32..=34 => {
                let messages = BTreeSet::from([number, (number / 2).max(1)]);
                state.hidden.extend(messages.iter().map(|message| (who, *message)));
                let messages = messages.into_iter().map(id).collect();
                InboxEvent::MessagesHidden(MessagesHidden { chat, messages })
            }
            35 => {
                let mark = state.cleared.entry(who).or_default();
                *mark = number.max(*mark);
                let up_to = id(number);
                InboxEvent::Cleared(Cleared { chat, up_to })
            }
            36 => InboxEvent::MarkedUnread(MarkedUnread { chat, unread: flag }),
            37 => {
                let until = flag.then_some(Timestamp(1_800_000_000_000_000 + step.number));
                InboxEvent::Muted(Muted { chat, until })
            }
            38 => InboxEvent::Archived(Archived { chat, archived: flag }),
            39 => {
                let chats = (1..=CHATS).filter(|chat| (step.number >> chat) & 1 == 1).map(chat_id).collect();
                InboxEvent::PinsChanged(PinsChanged { chats })
            }
            _ => InboxEvent::DraftChanged(DraftChanged {
                chat,
                reply_to: None,
                entities: Vec::new(),
                text: flag.then(|| sealed(who, "draft")),
            }),
        };
        self.record(step, Stream::Inbox(who), who, event);
    }
}

impl Chat {
    /// Whom a message mentions from now on; nobody once it is deleted.
    pub(super) fn mentioned(&mut self, message: i64, step: &Move) -> Vec<AccountId> {
        if self.deleted.contains(&message) {
            return Vec::new();
        }
        let accounts = (1..=ACCOUNTS).filter(|account| (step.number >> account) & 1 == 1).map(account);
        let mentioned: BTreeSet<AccountId> = accounts.collect();
        self.mentions.insert(message, mentioned.clone());
        mentioned.into_iter().collect()
    }

    /// A reaction to a message, or its being pinned or taken down.
    pub(super) fn noticed(&mut self, step: &Move, who: AccountId, message: i64) -> Event {
        if step.what < 43 {
            let chosen = EMOJI.iter().enumerate().filter(|(bit, _)| (step.number >> bit) & 1 == 1);
            return Event::ReactionChanged(ReactionChanged {
                message: id(message),
                account: who,
                reactions: chosen.map(|(_, emoji)| Emoji::parse(emoji).unwrap()).collect(),
            });
        }
        if self.pins.insert(message) {
            let message = id(message);
            return Event::MessagePinned(MessagePinned { message, service: None });
        }
        self.pins.remove(&message);
        let messages = vec![id(message)];
        Event::MessagesUnpinned(MessagesUnpinned { messages })
    }
}

fn id(message: i64) -> MessageId {
    MessageId::try_from(message).unwrap()
}
