//! What Alice and Bob do, written into a chronicle.

use crate::chronicle::{Chronicle, account, sealed};
use domain::chat::Role;
use domain::chat::content::{Entity, EntityKind};
use domain::chat::event::{Created, Event, MemberAdded, MessageSent, MessagesDeleted};
use domain::id::{AccountId, ChatId, DeviceId, MessageId};
use domain::inbox;
use domain::stream::Stream;

pub(crate) const ALICE: i64 = 7;
pub(crate) const BOB: i64 = 8;
pub(crate) const CAROL: i64 = 9;

pub(crate) fn alice() -> AccountId {
    account(ALICE)
}

pub(crate) fn bob() -> AccountId {
    account(BOB)
}

pub(crate) fn message(id: i64) -> MessageId {
    MessageId::try_from(id).unwrap()
}

pub(crate) fn device(id: i64) -> DeviceId {
    DeviceId::try_from(id).unwrap()
}

pub(crate) fn member(id: i64, role: Role, after: Option<i64>) -> MemberAdded {
    MemberAdded {
        after: after.map(message),
        ..MemberAdded::at_first(account(id), role)
    }
}

/// Alice makes a group with Bob.
pub(crate) fn group(chronicle: &mut Chronicle, chat: ChatId) {
    let members = vec![member(ALICE, Role::Owner, None), member(BOB, Role::Member, None)];
    let created = Created {
        members,
        title: Some(sealed(alice(), "title")),
    };
    chronicle.record(Stream::Chat(chat), alice(), Event::Created(created));
}

pub(crate) fn says(chronicle: &mut Chronicle, chat: ChatId, id: i64, from: AccountId) {
    let sent = MessageSent {
        length: 5,
        entities: vec![Entity {
            kind: EntityKind::Bold,
            offset: 0,
            length: 5,
            account: None,
        }],
        reply_to: (id > 1).then(|| message(id - 1)),
        ..MessageSent::plain(message(id), from, sealed(from, &format!("text {id}")))
    };
    chronicle.record(Stream::Chat(chat), from, Event::MessageSent(sent));
}

pub(crate) fn deletes(chronicle: &mut Chronicle, chat: ChatId, messages: &[i64]) {
    let messages = messages.iter().map(|id| message(*id)).collect();
    chronicle.record(Stream::Chat(chat), alice(), Event::MessagesDeleted(MessagesDeleted { messages }));
}

pub(crate) fn reads(chronicle: &mut Chronicle, who: AccountId, chat: ChatId, up_to: i64) {
    let read = inbox::event::Read {
        chat,
        up_to: message(up_to),
    };
    chronicle.record(Stream::Inbox(who), who, inbox::Event::Read(read));
}
