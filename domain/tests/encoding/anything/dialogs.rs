//! Any reaction, pin, or thing that an account does with its chats.

use domain::chat::event::{MessagePinned, MessagesUnpinned, ReactionChanged};
use domain::chat::{self, Emoji};
use domain::inbox::Event;
use domain::inbox::event::{Archived, Cleared, DraftChanged, MarkedUnread, MessagesHidden, Muted, PinsChanged, Read};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{accounts, chats, entities, messages, sealed, times};

pub(super) fn of_chats() -> impl Strategy<Value = chat::Event> {
    use chat::Event as Is;
    let emoji = prop_oneof![Just("👍"), Just("❤️"), Just("👩🏽‍🚀")].prop_map(|emoji| Emoji::parse(emoji).expect("an emoji"));
    prop_oneof![
        (messages(), accounts(), vec(emoji, 0..4)).prop_map(|(message, account, reactions)| Is::ReactionChanged(ReactionChanged {
            message,
            account,
            reactions
        })),
        (messages(), option::of(messages())).prop_map(|(message, service)| Is::MessagePinned(MessagePinned { message, service })),
        vec(messages(), 0..4).prop_map(|messages| Is::MessagesUnpinned(MessagesUnpinned { messages })),
    ]
}

pub(super) fn of_inboxes() -> impl Strategy<Value = Event> {
    let draft = (chats(), option::of(messages()), entities(), option::of(sealed()));
    prop_oneof![
        (chats(), messages()).prop_map(|(chat, up_to)| Event::Read(Read { chat, up_to })),
        (chats(), vec(messages(), 0..4)).prop_map(|(chat, messages)| Event::MessagesHidden(MessagesHidden { chat, messages })),
        (chats(), messages()).prop_map(|(chat, up_to)| Event::Cleared(Cleared { chat, up_to })),
        (chats(), any::<bool>()).prop_map(|(chat, unread)| Event::MarkedUnread(MarkedUnread { chat, unread })),
        (chats(), option::of(times())).prop_map(|(chat, until)| Event::Muted(Muted { chat, until })),
        vec(chats(), 0..4).prop_map(|chats| Event::PinsChanged(PinsChanged { chats })),
        (chats(), any::<bool>()).prop_map(|(chat, archived)| Event::Archived(Archived { chat, archived })),
        draft.prop_map(|(chat, reply_to, entities, text)| Event::DraftChanged(DraftChanged {
            chat,
            reply_to,
            entities,
            text
        })),
    ]
}
