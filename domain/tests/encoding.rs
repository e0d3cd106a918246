//! Whatever is written is read back the same: events, ids, streams, actors.

use domain::account::event::{
    DeviceAuthorised, DeviceEnded, ProfileChanged, Registered, TokenHash, UsernameChanged, UsernameRefused, UsernameRequested,
};
use domain::actor::Actor;
use domain::chat::content::{Entity, EntityKind};
use domain::chat::event::{Created, MemberAdded, MemberGone, MessageEdited, MessageSent, MessagesDeleted, Renamed, RoleChanged};
use domain::chat::{Right, Role};
use domain::event::{Event, Unreadable};
use domain::id::{AccountId, ChatId, DeviceId, MessageId, NameKey, Position, RoomId};
use domain::inbox::event::Read;
use domain::name::event::{Claimed, Held};
use domain::sealed::{Closed, Sealed, SealedPart};
use domain::stream::Stream;
use domain::system::event::{FactParked, FactReleased};
use domain::testing::{ALICE, GROUP};
use domain::time::Timestamp;
use domain::{account, chat, inbox, name, system};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

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

fn chats() -> impl Strategy<Value = ChatId> {
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

fn streams() -> impl Strategy<Value = Stream> {
    prop_oneof![
        chats().prop_map(Stream::Chat),
        accounts().prop_map(Stream::Account),
        accounts().prop_map(Stream::Inbox),
        keys().prop_map(Stream::Name),
        Just(Stream::System),
    ]
}

fn actors() -> impl Strategy<Value = Actor> {
    prop_oneof![
        (accounts(), devices()).prop_map(|(account, device)| Actor::Device(account, device)),
        any::<String>().prop_map(Actor::Service),
        any::<String>().prop_map(Actor::Reactor),
    ]
}

fn sealed<T: std::fmt::Debug + Clone>() -> impl Strategy<Value = Sealed<T>> {
    (accounts(), "[A-Za-z0-9_-]{0,40}").prop_map(|(of, cipher)| Sealed::Closed(Closed { of, cipher }))
}

fn roles() -> impl Strategy<Value = Role> {
    let right = prop::sample::select(vec![
        Right::ChangeInfo,
        Right::AddMembers,
        Right::RemoveMembers,
        Right::DeleteMessages,
        Right::Promote,
    ]);
    prop_oneof![Just(Role::Owner), Just(Role::Member), btree_set(right, 0..=5).prop_map(Role::Admin)]
}

fn added() -> impl Strategy<Value = MemberAdded> {
    (accounts(), roles(), option::of(messages())).prop_map(|(account, role, after)| MemberAdded { account, role, after })
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

fn of_chats() -> impl Strategy<Value = chat::Event> {
    use chat::Event as Is;
    let gone = || accounts().prop_map(|account| MemberGone { account });
    let sent = (messages(), accounts(), any::<u32>(), entities(), option::of(messages()), sealed());
    prop_oneof![
        (vec(added(), 0..4), option::of(sealed())).prop_map(|(members, title)| Is::Created(Created { members, title })),
        sealed().prop_map(|title| Is::Renamed(Renamed { title })),
        added().prop_map(Is::MemberAdded),
        gone().prop_map(Is::MemberRemoved),
        gone().prop_map(Is::MemberLeft),
        (accounts(), roles()).prop_map(|(account, role)| Is::RoleChanged(RoleChanged { account, role })),
        sent.prop_map(|(message, from, length, entities, reply_to, text)| Is::MessageSent(MessageSent {
            message,
            from,
            length,
            entities,
            reply_to,
            text
        })),
        (messages(), any::<u32>(), entities(), sealed()).prop_map(|(message, length, entities, text)| Is::MessageEdited(MessageEdited {
            message,
            length,
            entities,
            text
        })),
        vec(messages(), 0..4).prop_map(|messages| Is::MessagesDeleted(MessagesDeleted { messages })),
    ]
}

fn of_accounts() -> impl Strategy<Value = account::Event> {
    use account::Event as Is;
    let authorised = (devices(), "[0-9a-f]{64}", sealed());
    prop_oneof![
        (any::<bool>(), sealed()).prop_map(|(bot, profile)| Is::Registered(Registered { bot, profile })),
        sealed().prop_map(|profile| Is::ProfileChanged(ProfileChanged { profile })),
        authorised.prop_map(|(device, token, name)| Is::DeviceAuthorised(DeviceAuthorised {
            device,
            token: TokenHash(token),
            name
        })),
        devices().prop_map(|device| Is::DeviceEnded(DeviceEnded { device })),
        (keys(), sealed()).prop_map(|(name, username)| Is::UsernameRequested(UsernameRequested { name, username })),
        (option::of(keys()), option::of(keys()), option::of(sealed()))
            .prop_map(|(name, former, username)| Is::UsernameChanged(UsernameChanged { name, former, username })),
        keys().prop_map(|name| Is::UsernameRefused(UsernameRefused { name })),
    ]
}

fn of_names() -> impl Strategy<Value = name::Event> {
    use name::Event as Is;
    let held = || accounts().prop_map(|account| Held { account });
    prop_oneof![
        (accounts(), any::<i64>()).prop_map(|(account, until)| Is::Claimed(Claimed {
            account,
            until: Timestamp(until)
        })),
        held().prop_map(Is::Taken),
        held().prop_map(Is::Released),
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
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        9 => of_chats().prop_map(Event::from),
        7 => of_accounts().prop_map(Event::from),
        1 => (chats(), messages()).prop_map(|(chat, up_to)| inbox::Event::Read(Read { chat, up_to }).into()),
        3 => of_names().prop_map(Event::from),
        2 => of_the_system().prop_map(Event::from),
    ]
}

proptest! {
    #[test]
    fn an_event_is_read_as_it_was_written(event in events()) {
        let json = serde_json::to_string(&event).expect("a closed event is JSON");
        prop_assert_eq!(Event::from_json(&json).expect("readable"), event);
    }

    #[test]
    fn an_event_is_read_however_its_json_is_laid_out(event in events()) {
        let value = serde_json::to_value(&event).expect("a closed event is JSON");
        let (name, data) = (&value["type"], &value["data"]);
        for json in [format!(r#"{{ "type" : {name}, "data" : {data} }}"#), format!(r#"{{"data":{data},"type":{name}}}"#)] {
            prop_assert_eq!(&Event::from_json(&json).expect("readable"), &event);
        }
    }

    #[test]
    fn whatever_is_no_event_is_refused_without_a_panic(text in any::<String>(), name in "[a-z]{0,8}\\.[a-z_]{0,16}") {
        prop_assert!(Event::from_json(&text).is_err());
        let unknown = format!(r#"{{"type":"{name}","data":{{}}}}"#);
        prop_assert!(matches!(Event::from_json(&unknown), Err(Unreadable::UnknownType(found)) if found == name));
    }

    #[test]
    fn a_stream_is_its_name(stream in streams()) {
        let name = stream.to_string();
        prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.'));
        prop_assert_eq!(name.parse::<Stream>().expect("a stream"), stream);
    }

    #[test]
    fn a_chat_is_its_id(chat in chats()) {
        prop_assert_eq!(chat.to_string().parse::<ChatId>().expect("a chat"), chat);
    }

    #[test]
    fn an_actor_is_read_as_it_was_written(actor in actors()) {
        let json = serde_json::to_string(&actor).expect("an actor is JSON");
        prop_assert_eq!(serde_json::from_str::<Actor>(&json).expect("readable"), actor);
    }

    #[test]
    fn whatever_is_no_id_is_refused_without_a_panic(text in any::<String>()) {
        if let Ok(chat) = text.parse::<ChatId>() {
            prop_assert_eq!(chat.to_string(), text.as_str());
        }
        if let Ok(account) = text.parse::<AccountId>() {
            prop_assert_eq!(account.to_string(), text);
        }
    }
}

#[test]
fn an_id_has_one_spelling_and_a_range() {
    for bad in ["", "0", "-1", "+1", "01", "1 ", "1.0", "1099511627776", "99999999999999999999", "١"] {
        assert!(bad.parse::<AccountId>().is_err(), "{bad:?}");
    }
    for bad in [
        "",
        "g",
        "g-",
        "g-0",
        "g--1",
        "G-1",
        "x-1",
        "dm-1",
        "dm-2-1",
        "dm-1-2-3",
        "g-1-2",
        "c-997852516353",
        "g-1 ",
    ] {
        assert!(bad.parse::<ChatId>().is_err(), "{bad:?}");
    }
    for bad in [
        "",
        "system.",
        "system.1",
        "chat",
        "chat.",
        "chat.g-1.",
        "Chat.g-1",
        "name.abc",
        "account.0",
    ] {
        assert!(bad.parse::<Stream>().is_err(), "{bad:?}");
    }
    assert!(serde_json::from_str::<AccountId>("0").is_err());
    assert!(serde_json::from_str::<ChatId>(r#""dm-2-1""#).is_err());
}

#[test]
fn an_actor_is_one_thing() {
    for bad in [
        "{}",
        r#"{"account":1}"#,
        r#"{"device":1}"#,
        r#"{"service":"a","reactor":"b"}"#,
        r#"{"account":1,"device":1,"service":"a"}"#,
    ] {
        assert!(serde_json::from_str::<Actor>(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_known_type_with_other_data_is_malformed() {
    for bad in [
        r#"{"type":"chat.member_left"}"#,
        r#"{"type":"chat.member_left","data":{}}"#,
        r#"{"type":"chat.member_left","data":{"account":0}}"#,
        r#"{"type":"chat.member_left","data":{"account":1}"#,
        r#"{"type":7}"#,
        "{}",
    ] {
        assert!(matches!(Event::from_json(bad), Err(Unreadable::Malformed(_))), "{bad}");
    }
}

#[test]
fn open_content_never_reaches_a_log() {
    let title = chat::content::Title { title: "Town".to_owned() };
    let mut event = Event::from(chat::Event::Renamed(Renamed {
        title: Sealed::open(ALICE, title.clone()),
    }));
    assert!(serde_json::to_string(&event).is_err());
    let part = event.sealed_mut().expect("a title is sealed");
    let plaintext = part.plaintext().expect("it is open");
    part.close("AQ".to_owned());
    assert_eq!((part.of(), part.plaintext()), (ALICE, None));
    assert!(serde_json::to_string(&event).is_ok_and(|json| !json.contains("Town")));
    event.sealed_mut().expect("a title is sealed").reveal(&plaintext);
    assert_eq!(
        event,
        Event::from(chat::Event::Renamed(Renamed {
            title: Sealed::open(ALICE, title)
        }))
    );
}

#[test]
fn a_box_that_holds_something_else_stays_closed() {
    let mut title: Sealed<chat::content::Title> = Sealed::Closed(Closed {
        of: ALICE,
        cipher: "AQ".to_owned(),
    });
    title.reveal(b"not JSON");
    assert_eq!((title.content(), title.closed().map(|closed| closed.of)), (None, Some(ALICE)));
}

#[test]
fn a_direct_chat_has_one_id_whoever_writes_first() {
    let other = AccountId::MAX;
    assert_eq!(ChatId::direct(ALICE, other), ChatId::direct(other, ALICE));
    assert_eq!(GROUP.to_string(), "g-1");
}
