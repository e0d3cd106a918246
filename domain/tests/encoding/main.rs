//! Whatever is written is read back the same: events, ids, streams, actors; and open content is not written.

mod anything;

use anything::{actors, chats, events, streams};
use domain::actor::Actor;
use domain::chat::content::Title;
use domain::chat::event::Renamed;
use domain::event::{Event, Unreadable};
use domain::id::{AccountId, ChatId, DeviceId};
use domain::sealed::{Closed, Sealed, SealedPart};
use domain::stream::Stream;
use domain::testing::{ALICE, GROUP};
use proptest::prelude::*;

#[test]
fn what_an_import_tells_is_an_accounts_deed_by_a_service() {
    let by = r#"{"account":77,"service":"import"}"#;
    let actor: Actor = serde_json::from_str(by).expect("readable");
    assert_eq!(actor, Actor::Import(AccountId::new(77).expect("an id")));
    assert_eq!(
        (serde_json::to_string(&actor).expect("JSON").as_str(), actor.scope().as_str()),
        (by, "service.import")
    );
    assert!(serde_json::from_str::<Actor>(r#"{"account":77,"service":"admin"}"#).is_err());
}

#[test]
fn what_an_admin_does_is_an_accounts_deed_from_a_device_in_its_role() {
    let by = r#"{"account":77,"device":1,"service":"admin"}"#;
    let actor: Actor = serde_json::from_str(by).expect("readable");
    assert_eq!(actor, Actor::Admin(AccountId::new(77).expect("an id"), DeviceId::MIN));
    assert_eq!(
        (serde_json::to_string(&actor).expect("JSON").as_str(), actor.scope().as_str()),
        (by, "77")
    );
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
        prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)));
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
fn a_type_is_read_however_it_is_escaped() {
    let event = Event::from_json(r#"{"type":"chat.\u006dember_left","data":{"account":101}}"#);
    assert_eq!(event.expect("readable").type_name(), "chat.member_left");
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
    let title = Title { title: "Town".to_owned() };
    let mut event = Event::from(domain::chat::Event::Renamed(Renamed {
        message: None,
        title: Sealed::open(ALICE, title.clone()),
    }));
    assert!(serde_json::to_string(&event).is_err());
    let part = event.sealed_parts_mut().next().expect("a title is sealed");
    let plaintext = part.plaintext().expect("it is open");
    part.close("AQ".to_owned());
    assert_eq!((part.of(), part.plaintext()), (ALICE, None));
    assert!(serde_json::to_string(&event).is_ok_and(|json| !json.contains("Town")));
    event.sealed_parts_mut().next().expect("a title is sealed").reveal(&plaintext);
    assert_eq!(
        event,
        Event::from(domain::chat::Event::Renamed(Renamed {
            message: None,
            title: Sealed::open(ALICE, title)
        }))
    );
}

#[test]
fn a_box_that_holds_something_else_stays_closed() {
    let mut title: Sealed<Title> = Sealed::Closed(Closed {
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
