//! Every event's JSON, as it will be for ever: what a log holds must stay readable.
//!
//! Each type of event has a file `<type>.json` here with its examples: with all optional fields and without.
//! An event grows only by optional fields. To add one: leave every example that is there as it is, it is what
//! logs hold already; add one with the new field, in `examples.rs` and in the file. A new type of event needs a line in `Event::TYPES`
//! (the program does not compile without), a file and an example.
//!
//! `sealed/` holds what boxes hold, and `stored/` a box and a commit as they are in a log.
//!
//! Should a shape have to change all the same: move the old example to `<type>.v<n>.json`, as `was`, beside what it `is` today, and
//! teach `src/event/upcast.rs` to read it. `ledger.txt` holds the digest of every example that there ever was; it only
//! grows, and each must still be there to be read. `HELIOGRAPH_BLESS=1` adds the digests of new examples.

mod examples;
mod ledger;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::PathBuf;

use domain::account::event::{Address, ContactName, DeviceName, Profile, Username};
use domain::account::factor::{PasswordSecret, RecoveryCodes, TotpSecret};
use domain::chat::content::{Contact, Description, Detail, LinkLabel, LinkSecret, Location, Text, Title};
use domain::event::{Event, Unreadable};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

/// An old stored form, and what it is read as.
#[derive(Deserialize)]
struct Old {
    was: Box<RawValue>,
    is: Box<RawValue>,
}

/// What is as lasting as events: what their boxes hold, which are tested here, and what surrounds them in a log, which `infra` tests.
const AROUND: [&str; 15] = [
    "sealed/address",
    "sealed/contact_name",
    "sealed/description",
    "sealed/device_name",
    "sealed/link_label",
    "sealed/link_secret",
    "sealed/password",
    "sealed/profile",
    "sealed/recovery_codes",
    "sealed/text",
    "sealed/title",
    "sealed/totp",
    "sealed/username",
    "stored/box",
    "stored/commit",
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn list<T: DeserializeOwned>(file: &str) -> Vec<T> {
    let path = folder().join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn golden(type_name: &str) -> Vec<String> {
    let examples: Vec<Box<RawValue>> = list(&format!("{type_name}.json"));
    examples.iter().map(|example| example.get().to_owned()).collect()
}

/// The names of the golden files, without `.json`.
fn files() -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder()).expect("the folder is there");
    entries
        .map(|entry| entry.expect("a file").file_name().into_string().expect("a name"))
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect()
}

/// The type whose old shapes a file holds: of `chat.role_changed.v0`, `chat.role_changed`.
fn formerly(file: &str) -> Option<&str> {
    let (type_name, version) = file.rsplit_once(".v")?;
    version.parse::<u32>().is_ok().then_some(type_name)
}

/// All old stored forms, by their type.
fn old() -> Vec<(String, Old)> {
    let of = |file: &String| Some((formerly(file)?.to_owned(), list::<Old>(&format!("{file}.json"))));
    let named = files().iter().filter_map(of).collect::<Vec<_>>();
    named
        .into_iter()
        .flat_map(|(name, all)| all.into_iter().map(move |old| (name.clone(), old)))
        .collect()
}

fn examples_of(type_name: &str) -> Vec<Event> {
    examples::all().into_iter().filter(|event| event.type_name() == type_name).collect()
}

#[test]
fn every_event_is_written_as_its_golden_json_says() {
    for type_name in Event::TYPES {
        let written: Vec<String> = examples_of(type_name)
            .iter()
            .map(|event| serde_json::to_string(event).expect("a closed event is JSON"))
            .collect();
        assert!(!written.is_empty(), "{type_name} has no example");
        assert_eq!(written, golden(type_name), "{type_name}");
    }
}

#[test]
fn every_golden_json_is_read_as_its_event() {
    for type_name in Event::TYPES {
        let read: Vec<Event> = golden(type_name)
            .iter()
            .map(|json| Event::from_json(json).unwrap_or_else(|error| panic!("{json}: {error}")))
            .collect();
        assert_eq!(read, examples_of(type_name), "{type_name}");
    }
}

#[test]
fn every_golden_file_is_of_an_event() {
    let files: BTreeSet<String> = files().into_iter().filter(|file| formerly(file).is_none()).collect();
    let types: BTreeSet<String> = Event::TYPES.iter().copied().map(str::to_owned).collect();
    assert_eq!(files, types);
}

#[test]
fn what_former_versions_wrote_is_read_as_what_it_is_today() {
    let old = old();
    assert!(old.len() >= 2, "old shapes have examples");
    for (type_name, Old { was, is }) in old {
        let (was, is) = (was.get(), is.get());
        let read = Event::from_json(was).unwrap_or_else(|error| panic!("{was}: {error}"));
        assert_eq!(read.type_name(), type_name, "{was}");
        assert_eq!(serde_json::to_string(&read).expect("a closed event is JSON"), is, "{was}");
        assert_ne!(was, is);
    }
}

#[test]
fn what_never_was_a_shape_stays_malformed() {
    for json in [
        r#"{"type":"chat.role_changed","data":{"account":102,"role":"emperor"}}"#,
        r#"{"type":"chat.messages_deleted","data":{"message":0}}"#,
        r#"{"type":"chat.messages_deleted","data":7}"#,
        r#"{"type":"chat.member_left","data":{"message":7}}"#,
    ] {
        assert!(matches!(Event::from_json(json), Err(Unreadable::Malformed(_))), "{json}");
    }
}

#[test]
fn a_type_is_named_in_its_json_as_in_the_program() {
    for event in examples::all() {
        let json = serde_json::to_value(&event).expect("a closed event is JSON");
        assert_eq!(json["type"], event.type_name());
    }
}

#[test]
fn fields_of_a_newer_program_do_not_stop_an_older_one() {
    let newer = r#"{"type":"chat.member_left","data":{"account":101,"farewell":true}}"#;
    let known = r#"{"type":"chat.member_left","data":{"account":101}}"#;
    assert_eq!(
        Event::from_json(newer).expect("readable"),
        Event::from_json(known).expect("readable")
    );
}

/// What a closed box holds is as lasting as the event around it.
#[test]
fn what_is_sealed_is_written_and_read_as_its_golden_json_says() {
    lasts("title", &[Title { title: "Town".to_owned() }]);
    let profile = |bio: Option<&str>| Profile {
        name: "Alice".to_owned(),
        bio: bio.map(str::to_owned),
    };
    lasts("profile", &[profile(None), profile(Some("Down the rabbit hole"))]);
    let device = |platform: Option<&str>| DeviceName {
        name: "phone".to_owned(),
        platform: platform.map(str::to_owned),
    };
    lasts("device_name", &[device(None), device(Some("Android 16"))]);
    let username = "alice".to_owned();
    lasts("username", &[Username { username }]);
    let text = |details| Text {
        details,
        ..Text::plain("hi")
    };
    let link = Detail {
        entity: 0,
        url: Some("tg://user".to_owned()),
        language: None,
    };
    let code = Detail {
        entity: 3,
        url: None,
        language: Some("rust".to_owned()),
    };
    let place = |accuracy| Text {
        location: Location::parse(52.520_006_6, -13.404_954, accuracy).ok(),
        ..Text::default()
    };
    let contact = Text {
        contact: Contact::parse("+44 20 7946 0000", "Bobby").ok(),
        ..Text::default()
    };
    let extra = Text {
        extra: Some(json!({"ticket": 7, "tags": ["a", null]})),
        ..text(vec![])
    };
    let others = [place(None), place(Some(20)), contact, extra];
    lasts("text", &[&[text(vec![]), text(vec![link, code])][..], &others].concat());
}

/// What a group says of itself, and what only its admins know of its links.
#[test]
fn what_is_sealed_of_a_group_is_written_and_read_as_its_golden_json_says() {
    let description = "About us".to_owned();
    lasts("description", &[Description { description }]);
    let secret = |name: Option<&str>| LinkSecret {
        token: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        name: name.map(str::to_owned),
    };
    lasts("link_secret", &[secret(None), secret(Some("Poster"))]);
    let label = |name: Option<&str>| LinkLabel {
        name: name.map(str::to_owned),
    };
    lasts("link_label", &[label(Some("Poster")), label(None)]);
}

/// Where an account is reached, whom it knows, and what it shows beside a code.
#[test]
fn what_is_sealed_of_an_account_is_written_and_read_as_its_golden_json_says() {
    let address = |address: &str| Address {
        address: address.to_owned(),
    };
    lasts("address", &[address("+442079460000"), address("alice@example.org")]);
    let name = "Bobby".to_owned();
    lasts("contact_name", &[ContactName { name }]);
    let password = |hint: Option<&str>| PasswordSecret {
        phc: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA".to_owned(),
        hint: hint.map(str::to_owned),
    };
    lasts("password", &[password(None), password(Some("the usual"))]);
    let secret = "JBSWY3DPEHPK3PXP".to_owned();
    lasts("totp", &[TotpSecret { secret }]);
    let hashes = vec!["0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4)];
    lasts("recovery_codes", &[RecoveryCodes { hashes }]);
}

#[track_caller]
fn lasts<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, contents: &[T]) {
    let golden = golden(&format!("sealed/{name}"));
    let written: Vec<String> = contents
        .iter()
        .map(|content| serde_json::to_string(content).expect("content is JSON"))
        .collect();
    assert_eq!(written, golden);
    let read = golden.iter().map(|json| serde_json::from_str::<T>(json).expect("and read back"));
    assert_eq!(read.collect::<Vec<T>>(), contents);
}
