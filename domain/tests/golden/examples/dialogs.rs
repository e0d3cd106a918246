//! Reactions, pins, and how accounts have their chats, of the golden files.

use domain::chat::content::EntityKind;
use domain::chat::event::{MessagePinned, MessagesUnpinned, ReactionChanged};
use domain::chat::{Emoji, Right, Role};
use domain::id::ChatId;
use domain::inbox::MUTED_FOR_EVER;
use domain::inbox::event::{Archived, Cleared, DraftChanged, MarkedUnread, MessagesHidden, Muted, PinsChanged};
use domain::testing::{ALICE, BOB, GROUP, NOON, message};
use domain::{chat, inbox};

use super::{entity, sealed};

pub(crate) fn chats() -> Vec<chat::Event> {
    use chat::Event::{MessagePinned as IsPinned, MessagesUnpinned as AreUnpinned, ReactionChanged as HasReacted};
    let reacted = |reactions: &[&str]| {
        HasReacted(ReactionChanged {
            message: message(7),
            account: BOB,
            reactions: reactions.iter().map(|emoji| Emoji::parse(emoji).expect("an emoji")).collect(),
        })
    };
    let pinned = |service| {
        IsPinned(MessagePinned {
            message: message(7),
            service,
        })
    };
    let may_pin = chat::event::RoleChanged {
        account: BOB,
        role: Role::Admin([Right::PinMessages].into()),
    };
    vec![
        chat::Event::RoleChanged(may_pin),
        reacted(&["👍", "❤️", "👩🏽‍🚀"]),
        reacted(&[]),
        pinned(None),
        pinned(Some(message(9))),
        AreUnpinned(MessagesUnpinned {
            messages: vec![message(4), message(7)],
        }),
    ]
}

pub(crate) fn inboxes() -> Vec<inbox::Event> {
    let (chat, direct) = (GROUP, ChatId::direct(BOB, ALICE));
    let muted = |until| inbox::Event::Muted(Muted { chat, until });
    let marked = |unread| inbox::Event::MarkedUnread(MarkedUnread { chat, unread });
    let archived = |archived| inbox::Event::Archived(Archived { chat, archived });
    let pins = |chats| inbox::Event::PinsChanged(PinsChanged { chats });
    vec![
        inbox::Event::MessagesHidden(MessagesHidden {
            chat,
            messages: vec![message(4), message(7)],
        }),
        inbox::Event::Cleared(Cleared { chat, up_to: message(7) }),
        marked(true),
        marked(false),
        muted(Some(NOON)),
        muted(Some(MUTED_FOR_EVER)),
        muted(None),
        pins(vec![direct, chat]),
        pins(vec![]),
        archived(true),
        archived(false),
        inbox::Event::DraftChanged(DraftChanged {
            chat,
            reply_to: Some(message(7)),
            entities: vec![entity(EntityKind::Bold, 0)],
            text: Some(sealed(ALICE)),
        }),
        inbox::Event::DraftChanged(DraftChanged {
            chat,
            reply_to: None,
            entities: vec![],
            text: None,
        }),
    ]
}
