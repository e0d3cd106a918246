//! The events that the golden files hold, in the files' order.

mod accounts;
mod dialogs;
mod groups;
mod sign_ins;

use domain::account::event::TokenHash;
use domain::chat::content::{Entity, EntityKind, Kind};
use domain::chat::event::{
    Created, Forwarded, MemberAdded, MemberGone, MessageEdited, MessageSent, MessagesDeleted, Quote, Renamed, RoleChanged,
};
use domain::chat::{Right, Role};
use domain::event::Event;
use domain::fact::FactRef;
use domain::id::{AccountId, ChatId, Position, ServiceTokenId};
use domain::inbox::event::Read;
use domain::name::event::{Claimed, Held};
use domain::sealed::{Closed, Sealed};
use domain::system::Scope;
use domain::system::event::{FactParked, FactReleased, TokenEnded, TokenIssued};
use domain::testing::{ALICE, BOB, GROUP, NOON, message};
use domain::time::Timestamp;
use domain::{chat, inbox, name, system};

pub(crate) fn all() -> Vec<Event> {
    let chats = chats()
        .into_iter()
        .chain(messages())
        .chain(dialogs::chats())
        .chain(groups::all())
        .map(Event::Chat);
    let accounts = accounts::all().into_iter().map(Event::Account);
    let sign_ins = sign_ins::all().into_iter().map(Event::SignIn);
    let inboxes = inboxes().into_iter().chain(dialogs::inboxes()).map(Event::Inbox);
    let names = names().into_iter().map(Event::Name);
    let systems = systems().into_iter().map(Event::System);
    chats
        .chain(accounts)
        .chain(sign_ins)
        .chain(inboxes)
        .chain(names)
        .chain(systems)
        .collect()
}

fn chats() -> Vec<chat::Event> {
    use chat::Event::{
        Created as IsCreated, MemberAdded as IsAdded, MemberLeft, MemberRemoved, Renamed as IsRenamed, RoleChanged as IsChanged,
    };
    let changed = |role| IsChanged(RoleChanged { account: BOB, role });
    let all_rights = [
        Right::ChangeInfo,
        Right::AddMembers,
        Right::RemoveMembers,
        Right::DeleteMessages,
        Right::Promote,
    ];
    vec![
        IsCreated(Created {
            members: vec![member(ALICE, Role::Owner), member(BOB, Role::Member)],
            title: Some(sealed(ALICE)),
        }),
        IsCreated(Created {
            members: vec![member(ALICE, Role::Member)],
            title: None,
        }),
        IsRenamed(Renamed {
            message: None,
            title: sealed(ALICE),
        }),
        IsAdded(MemberAdded {
            after: Some(message(7)),
            ..member(BOB, Role::Member)
        }),
        IsAdded(member(BOB, Role::Member)),
        MemberRemoved(gone(BOB)),
        MemberLeft(gone(ALICE)),
        changed(Role::Owner),
        changed(Role::Admin(all_rights.into())),
        changed(Role::Admin([].into())),
        changed(Role::Member),
    ]
}

fn messages() -> Vec<chat::Event> {
    vec![
        chat::Event::MessageSent(MessageSent {
            length: 200,
            entities: every_kind(),
            reply_to: Some(message(4)),
            ..MessageSent::plain(message(7), ALICE, sealed(ALICE))
        }),
        chat::Event::MessageSent(MessageSent {
            length: 2,
            ..MessageSent::plain(message(1), BOB, sealed(BOB))
        }),
        chat::Event::MessageSent(answer()),
        chat::Event::MessageSent(MessageSent {
            kind: Kind::Location,
            forwarded: Some(Box::new(forwarded(Some(ALICE)))),
            ..MessageSent::plain(message(9), BOB, sealed(ALICE))
        }),
        chat::Event::MessageSent(MessageSent {
            kind: Kind::Contact,
            forwarded: Some(Box::new(Forwarded {
                chat: Some(GROUP),
                message: Some(message(3)),
                ..forwarded(None)
            })),
            ..MessageSent::plain(message(10), BOB, sealed(ALICE))
        }),
        chat::Event::MessageEdited(MessageEdited {
            message: message(7),
            length: 12,
            entities: vec![entity(EntityKind::Bold, 0)],
            mentions: vec![],
            text: sealed(ALICE),
        }),
        chat::Event::MessageEdited(MessageEdited {
            message: message(1),
            length: 3,
            entities: vec![],
            mentions: vec![],
            text: sealed(BOB),
        }),
        chat::Event::MessageEdited(MessageEdited {
            message: message(7),
            length: 5,
            entities: vec![entity(EntityKind::TextMention, 0)],
            mentions: vec![BOB],
            text: sealed(ALICE),
        }),
        chat::Event::MessagesDeleted(MessagesDeleted {
            messages: vec![message(1), message(7)],
        }),
    ]
}

/// It quotes what it answers, and disturbs nobody.
fn answer() -> MessageSent {
    MessageSent {
        length: 2,
        reply_to: Some(message(7)),
        answers: Some(ALICE),
        quote: Some(Quote { offset: 4, length: 5 }),
        mentions: vec![ALICE],
        silent: true,
        protected: true,
        quoted: Some(Box::new(sealed(ALICE))),
        ..MessageSent::plain(message(8), BOB, sealed(BOB))
    }
}

fn forwarded(from: Option<AccountId>) -> Forwarded {
    Forwarded {
        from,
        hidden: from.is_none(),
        chat: None,
        message: None,
        sent_at: NOON,
    }
}

fn inboxes() -> Vec<inbox::Event> {
    let read = |chat| inbox::Event::Read(Read { chat, up_to: message(7) });
    vec![read(GROUP), read(ChatId::direct(BOB, ALICE))]
}

fn names() -> Vec<name::Event> {
    let fact = FactRef {
        position: Position::MIN,
        index: 3,
    };
    let held = |fact| Held {
        account: ALICE,
        fact,
        rests_until: None,
    };
    let of = |fact| {
        let claimed = Claimed {
            account: ALICE,
            until: NOON,
            fact,
        };
        [
            name::Event::Claimed(claimed),
            name::Event::Taken(held(fact)),
            name::Event::Released(held(fact)),
        ]
    };
    let rests = name::Event::Released(Held {
        rests_until: Some(NOON),
        ..held(Some(fact))
    });
    [None, Some(fact)].into_iter().flat_map(of).chain([rests]).collect()
}

fn systems() -> Vec<system::Event> {
    let (projection, position, index) = ("timeline".to_owned(), Position::MIN, 3);
    vec![
        system::Event::FactParked(FactParked {
            projection: projection.clone(),
            position,
            index,
            error: "no such chat".to_owned(),
        }),
        system::Event::FactReleased(FactReleased {
            projection,
            position,
            index,
        }),
        issued(1, &Scope::ALL, Some(NOON)),
        issued(2, &[Scope::EventsRead], None),
        system::Event::TokenEnded(TokenEnded { token: service_token(1) }),
    ]
}

fn issued(token: i64, scopes: &[Scope], expires_at: Option<Timestamp>) -> system::Event {
    system::Event::TokenIssued(TokenIssued {
        token: service_token(token),
        name: "analytics".parse().expect("a service's name"),
        scopes: scopes.iter().copied().collect(),
        hash: TokenHash("0123456789abcdef".repeat(4)),
        expires_at,
    })
}

fn service_token(number: i64) -> ServiceTokenId {
    ServiceTokenId::new(number).expect("a small number")
}

fn member(account: AccountId, role: Role) -> MemberAdded {
    MemberAdded::at_first(account, role)
}

fn gone(account: AccountId) -> MemberGone {
    MemberGone {
        account,
        message: None,
        count: None,
    }
}

fn sealed<T>(of: AccountId) -> Sealed<T> {
    Sealed::Closed(Closed {
        of,
        cipher: "AQIDBA".to_owned(),
    })
}

fn entity(kind: EntityKind, offset: u32) -> Entity {
    Entity {
        kind,
        offset,
        length: 5,
        account: (kind == EntityKind::TextMention).then_some(BOB),
    }
}

fn every_kind() -> Vec<Entity> {
    let kinds = [
        EntityKind::Mention,
        EntityKind::Hashtag,
        EntityKind::Cashtag,
        EntityKind::BotCommand,
        EntityKind::Url,
        EntityKind::Email,
        EntityKind::PhoneNumber,
        EntityKind::Bold,
        EntityKind::Italic,
        EntityKind::Underline,
        EntityKind::Strikethrough,
        EntityKind::Spoiler,
        EntityKind::Blockquote,
        EntityKind::ExpandableBlockquote,
        EntityKind::Code,
        EntityKind::Pre,
        EntityKind::TextLink,
        EntityKind::TextMention,
    ];
    (0u32..).zip(kinds).map(|(index, kind)| entity(kind, index * 10)).collect()
}
