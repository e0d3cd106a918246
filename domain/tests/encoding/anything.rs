//! Any event, stream, chat or actor that can be.

mod accounts;
mod dialogs;
mod groups;

use domain::account::event::TokenHash;
use domain::actor::Actor;
use domain::chat::content::{Entity, EntityKind, Kind};
use domain::chat::event::{
    Created, Forwarded, MemberAdded, MemberGone, MessageEdited, MessageSent, MessagesDeleted, Quote, Renamed, RoleChanged,
};
use domain::chat::{Right, Role};
use domain::event::Event;
use domain::fact::FactRef;
use domain::id::{AccountId, ChatId, DeviceId, LinkId, MessageId, NameKey, Position, RoomId, ServiceTokenId, SignInId};
use domain::name::event::{Claimed, Held};
use domain::sealed::{Closed, Sealed};
use domain::sign_in::CodeHash;
use domain::sign_in::event::{Begun, Channel, CodeMade, Failed, Proved, Purpose, Used};
use domain::stream::Stream;
use domain::system::Scope;
use domain::system::event::{FactParked, FactReleased, TokenEnded, TokenIssued};
use domain::time::Timestamp;
use domain::{chat, name, sign_in, system};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;

/// Any id of the type, both ends often.
macro_rules! any_id {
    ($name:ident, $id:ident) => {
        fn $name() -> impl Strategy<Value = $id> + Clone {
            let (first, last) = ($id::MIN.get(), $id::MAX.get());
            prop_oneof![1 => Just(first), 1 => Just(last), 8 => first..=last].prop_map(|number| $id::new(number).expect("in range"))
        }
    };
}

any_id!(accounts, AccountId);
any_id!(devices, DeviceId);
any_id!(rooms, RoomId);
any_id!(messages, MessageId);
any_id!(positions, Position);
any_id!(service_tokens, ServiceTokenId);
any_id!(links, LinkId);

pub(crate) fn chats() -> impl Strategy<Value = ChatId> {
    prop_oneof![
        (accounts(), accounts()).prop_map(|(one, other)| ChatId::direct(one, other)),
        accounts().prop_map(|one| ChatId::direct(one, one)),
        rooms().prop_map(ChatId::Group),
        rooms().prop_map(ChatId::Channel),
    ]
}

fn keys() -> impl Strategy<Value = NameKey> {
    "[0-9a-f]{64}".prop_map(|hex| hex.parse().expect("64 hex digits"))
}

pub(crate) fn streams() -> impl Strategy<Value = Stream> {
    prop_oneof![
        chats().prop_map(Stream::Chat),
        accounts().prop_map(Stream::Account),
        keys().prop_map(Stream::SignIn),
        accounts().prop_map(Stream::Inbox),
        keys().prop_map(Stream::Name),
        Just(Stream::System),
    ]
}

pub(crate) fn actors() -> impl Strategy<Value = Actor> {
    prop_oneof![
        (accounts(), devices()).prop_map(|(account, device)| Actor::Device(account, device)),
        any::<String>().prop_map(Actor::Service),
        any::<String>().prop_map(Actor::Reactor),
        accounts().prop_map(Actor::Import),
        (accounts(), devices()).prop_map(|(account, device)| Actor::Admin(account, device)),
    ]
}

fn sealed<T: std::fmt::Debug + Clone>() -> impl Strategy<Value = Sealed<T>> {
    (accounts(), "[A-Za-z0-9_-]{0,40}").prop_map(|(of, cipher)| Sealed::Closed(Closed { of, cipher }))
}

fn roles() -> impl Strategy<Value = Role> {
    let right = prop::sample::select(Right::ALL.to_vec());
    prop_oneof![Just(Role::Owner), Just(Role::Member), btree_set(right, 0..=5).prop_map(Role::Admin)]
}

fn added() -> impl Strategy<Value = MemberAdded> {
    let (message, count) = (option::of(messages()), option::of(any::<u32>()));
    let added = (accounts(), roles(), option::of(messages()), message, count, option::of(links()));
    added.prop_map(|(account, role, after, message, count, link)| MemberAdded {
        account,
        role,
        after,
        message,
        count,
        link,
    })
}

fn entities() -> impl Strategy<Value = Vec<Entity>> {
    let kind = prop::sample::select(vec![
        EntityKind::Bold,
        EntityKind::TextLink,
        EntityKind::Pre,
        EntityKind::TextMention,
    ]);
    let entity = (kind, any::<u32>(), any::<u32>(), option::of(accounts())).prop_map(|(kind, offset, length, account)| Entity {
        kind,
        offset,
        length,
        account,
    });
    vec(entity, 0..4)
}

fn sent() -> impl Strategy<Value = MessageSent> {
    let kind = prop::sample::select(vec![Kind::Text, Kind::Location, Kind::Contact]);
    let quote = (any::<u32>(), any::<u32>()).prop_map(|(offset, length)| Quote { offset, length });
    let answer = (
        option::of(messages()),
        option::of(accounts()),
        option::of(quote),
        option::of(sealed()),
    );
    let said = (kind, any::<u32>(), entities(), sealed(), option::of(forwarded()));
    let told = (vec(accounts(), 0..4), any::<bool>(), any::<bool>(), option::of(times()));
    (messages(), accounts(), answer, said, told).prop_map(|(message, from, answer, said, told)| {
        let (reply_to, answers, quote, quoted) = answer;
        let (kind, length, entities, text, forwarded) = said;
        let (mentions, silent, protected, slow_until) = told;
        MessageSent {
            message,
            from,
            kind,
            length,
            entities,
            reply_to,
            answers,
            quote,
            forwarded: forwarded.map(Box::new),
            mentions,
            silent,
            protected,
            slow_until,
            text,
            quoted: quoted.map(Box::new),
        }
    })
}

fn forwarded() -> impl Strategy<Value = Forwarded> {
    let place = (option::of(chats()), option::of(messages()));
    (option::of(accounts()), any::<bool>(), place, times()).prop_map(|(from, hidden, (chat, message), sent_at)| Forwarded {
        from,
        hidden,
        chat,
        message,
        sent_at,
    })
}

fn edited() -> impl Strategy<Value = MessageEdited> {
    let told = (entities(), vec(accounts(), 0..4));
    (messages(), any::<u32>(), told, sealed()).prop_map(|(message, length, (entities, mentions), text)| MessageEdited {
        message,
        length,
        entities,
        mentions,
        text,
    })
}

fn of_chats() -> impl Strategy<Value = chat::Event> {
    use chat::Event as Is;
    let gone = || {
        let gone = (accounts(), option::of(messages()), option::of(any::<u32>()));
        gone.prop_map(|(account, message, count)| MemberGone { account, message, count })
    };
    prop_oneof![
        (vec(added(), 0..4), option::of(sealed())).prop_map(|(members, title)| Is::Created(Created { members, title })),
        (option::of(messages()), sealed()).prop_map(|(message, title)| Is::Renamed(Renamed { message, title })),
        added().prop_map(Is::MemberAdded),
        gone().prop_map(Is::MemberRemoved),
        gone().prop_map(Is::MemberLeft),
        (accounts(), roles()).prop_map(|(account, role)| Is::RoleChanged(RoleChanged { account, role })),
        sent().prop_map(Is::MessageSent),
        edited().prop_map(Is::MessageEdited),
        vec(messages(), 0..4).prop_map(|messages| Is::MessagesDeleted(MessagesDeleted { messages })),
        groups::of_groups(),
    ]
}

pub(crate) fn sign_ins() -> impl Strategy<Value = SignInId> {
    any::<u128>().prop_map(|id| SignInId(uuid::Uuid::from_u128(id)))
}

pub(crate) fn times() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn codes() -> impl Strategy<Value = CodeMade> {
    let channel = prop_oneof![Just(Channel::Devices), Just(Channel::Contact)];
    let limits = (times(), times(), option::of(times()));
    (sign_ins(), channel, "[0-9a-f]{64}", times(), times(), limits).prop_map(
        |(sign_in, channel, code, at, until, (resend_at, codes_full_at, sends_full_at))| CodeMade {
            sign_in,
            channel,
            code: CodeHash(code),
            at,
            until,
            resend_at,
            codes_full_at,
            sends_full_at,
        },
    )
}

fn of_sign_ins() -> impl Strategy<Value = sign_in::Event> {
    use sign_in::Event as Is;
    let purpose = prop_oneof![
        Just(Purpose::SignIn),
        accounts().prop_map(Purpose::Address),
        accounts().prop_map(Purpose::Recovery)
    ];
    prop_oneof![
        (purpose, codes()).prop_map(|(purpose, code)| Is::Begun(Begun { purpose, code })),
        codes().prop_map(Is::CodeMade),
        (sign_ins(), times(), times()).prop_map(|(sign_in, at, tries_full_at)| Is::Failed(Failed {
            sign_in,
            at,
            tries_full_at
        })),
        (sign_ins(), times(), times()).prop_map(|(sign_in, at, until)| Is::Proved(Proved { sign_in, at, until })),
        (sign_ins(), accounts()).prop_map(|(sign_in, account)| Is::Used(Used { sign_in, account })),
    ]
}

fn of_names() -> impl Strategy<Value = name::Event> {
    use name::Event as Is;
    let fact = || option::of((positions(), any::<u32>()).prop_map(|(position, index)| FactRef { position, index }));
    let held = |rests: BoxedStrategy<Option<Timestamp>>| {
        (accounts(), fact(), rests).prop_map(|(account, fact, rests_until)| Held {
            account,
            fact,
            rests_until,
        })
    };
    prop_oneof![
        (accounts(), any::<i64>(), fact()).prop_map(|(account, until, fact)| Is::Claimed(Claimed {
            account,
            until: Timestamp(until),
            fact
        })),
        held(Just(None).boxed()).prop_map(Is::Taken),
        held(option::of(times()).boxed()).prop_map(Is::Released),
    ]
}

fn of_the_system() -> impl Strategy<Value = system::Event> {
    use system::Event as Is;
    let parked = (any::<String>(), positions(), any::<u32>(), any::<String>());
    let released = (any::<String>(), positions(), any::<u32>());
    prop_oneof![
        parked.prop_map(|(projection, position, index, error)| Is::FactParked(FactParked {
            projection,
            position,
            index,
            error
        })),
        released.prop_map(|(projection, position, index)| Is::FactReleased(FactReleased {
            projection,
            position,
            index
        })),
        issued().prop_map(Is::TokenIssued),
        service_tokens().prop_map(|token| Is::TokenEnded(TokenEnded { token })),
    ]
}

fn issued() -> impl Strategy<Value = TokenIssued> {
    let name = "[j-z][a-z0-9_-]{0,31}".prop_map(|name| name.parse().expect("of a name's form"));
    let scopes = subsequence(Scope::ALL.to_vec(), 0..=Scope::ALL.len());
    (service_tokens(), name, scopes, "[0-9a-f]{64}", option::of(any::<i64>())).prop_map(|(token, name, scopes, hash, expires)| {
        TokenIssued {
            token,
            name,
            scopes: scopes.into_iter().collect(),
            hash: TokenHash(hash),
            expires_at: expires.map(Timestamp),
        }
    })
}

pub(crate) fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        9 => of_chats().prop_map(Event::from),
        20 => accounts::of_accounts().prop_map(Event::from),
        5 => of_sign_ins().prop_map(Event::from),
        1 => dialogs::of_inboxes().prop_map(Event::from),
        1 => dialogs::of_chats().prop_map(Event::from),
        3 => of_names().prop_map(Event::from),
        4 => of_the_system().prop_map(Event::from),
    ]
}
