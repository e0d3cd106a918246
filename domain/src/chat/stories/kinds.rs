//! Places, contacts, and what programs add.

use serde_json::json;

use super::*;
use crate::chat::content::{Contact, EXTRA_MAX, Extra, InvalidContact, Kind, Location};
use crate::testing::ALICE;

#[test]
fn a_place_is_on_the_earth() {
    for (latitude, longitude, accuracy) in [(90.0, 180.0, None), (-90.0, -180.0, Some(0)), (0.0, 0.0, Some(1_500))] {
        let place = Location::parse(latitude, longitude, accuracy).expect("a place");
        assert_eq!(
            (place.latitude(), place.longitude(), place.accuracy_m()),
            (latitude, longitude, accuracy)
        );
    }
    for (latitude, longitude, accuracy) in [
        (90.1, 0.0, None),
        (0.0, -180.1, None),
        (f64::NAN, 0.0, None),
        (0.0, f64::INFINITY, None),
        (0.0, 0.0, Some(1_501)),
    ] {
        assert!(Location::parse(latitude, longitude, accuracy).is_err(), "{latitude} {longitude}");
    }
}

#[test]
fn a_contact_has_a_number_and_a_name() {
    let contact = Contact::parse(" +44 (20) 7946-0000 ", " Bobby ").expect("a contact");
    assert_eq!((contact.phone(), contact.name()), ("+44 (20) 7946-0000", "Bobby"));
    for bad in ["", "+", "12", "1234567890123456", "call me", "++123", "123\n456"] {
        assert_eq!(Contact::parse(bad, "Bobby"), Err(InvalidContact::Phone), "{bad:?}");
    }
    assert!(matches!(Contact::parse("123", " "), Err(InvalidContact::Name(_))));
}

#[test]
fn extra_is_any_json_that_is_short() {
    assert_eq!(Extra::parse(json!(null)), Ok(None));
    let longest = "a".repeat(EXTRA_MAX - 2);
    assert!(Extra::parse(json!(longest)).is_ok_and(|extra| extra.is_some()));
    assert!(Extra::parse(json!(longest + "a")).is_err());
}

#[test]
fn what_a_message_is_stands_outside_and_what_it_says_inside() {
    let place = Location::parse(52.5, 13.4, None).expect("a place");
    let extra = Extra::parse(json!({"ticket": 7})).expect("short");
    let body = Body::location(place).with_extra(extra);
    let Ok(events) = given([created(ALICE)]).when(ALICE, Command::Send(Send::plain(body))).0 else {
        panic!("a member may send a place")
    };
    let [Event::MessageSent(sent)] = &events[..] else {
        panic!("one message")
    };
    assert_eq!((sent.kind, sent.length), (Kind::Location, 0));
    let text = sent.text.content().expect("open");
    assert_eq!((text.location, text.extra.clone()), (Some(place), Some(json!({"ticket": 7}))));
}
