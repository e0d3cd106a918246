//! A channel: who follows it, and what is counted of its posts.

use crate::chronicle::account;
use domain::id::{AccountId, MessageId};
use domain::inbox::Event;
use domain::inbox::event::{Subscribed, Unsubscribed};
use domain::interactions;
use domain::interactions::event::{Count, Counted};
use domain::stream::Stream;

use super::{Annals, CHANNEL, Move, chat_id};

impl Annals {
    /// Once it is there: somebody follows it, or no more, or its posts are counted.
    pub(super) fn in_channel(&mut self, step: &Move) {
        let (who, chat) = (account(step.who), chat_id(CHANNEL));
        let Some(channel) = self.chats.get(&chat).filter(|channel| channel.exists) else {
            return;
        };
        match step.what {
            53..=55 if !channel.members.contains(&who) => self.subscribes(step, who),
            53..=55 if channel.leads.contains(&who) => {}
            53..=55 => self.unsubscribes(step, who),
            _ if channel.top == 0 => {}
            _ => self.counted(step, step.number % channel.top + 1),
        }
    }

    pub(super) fn subscribes(&mut self, step: &Move, who: AccountId) {
        let chat = chat_id(CHANNEL);
        let channel = self.chats.entry(chat).or_default();
        channel.members.insert(who);
        let mark = channel.marks.entry(who).or_default();
        *mark = channel.top.max(*mark);
        let after = MessageId::try_from(channel.top).ok();
        self.record(step, Stream::Inbox(who), who, Event::Subscribed(Subscribed { chat, after }));
    }

    pub(super) fn unsubscribes(&mut self, step: &Move, who: AccountId) {
        let chat = chat_id(CHANNEL);
        self.chats.entry(chat).or_default().members.remove(&who);
        self.record(step, Stream::Inbox(who), who, Event::Unsubscribed(Unsubscribed { chat }));
    }

    fn counted(&mut self, step: &Move, message: i64) {
        let count = Count {
            message: MessageId::try_from(message).unwrap(),
            views: u32::try_from(step.number).ok(),
            reactions: None,
        };
        let counted = interactions::Event::Counted(Counted { messages: vec![count] });
        self.record(step, Stream::Interactions(chat_id(CHANNEL)), account(step.who), counted);
    }
}
