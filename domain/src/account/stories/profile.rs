//! Registering and renaming an account.

use super::*;
use crate::account::{BioText, UsernameText};
use crate::testing::{BOB, reactor, service};
use crate::text::InvalidText;

#[test]
fn the_operator_registers_an_account_for_a_person_or_a_bot() {
    given([]).when(service(), register(false)).happens([registered("Alice")]);
    given([]).when(service(), register(true)).happens([Event::Registered(Registered {
        bot: true,
        profile: profile("Alice"),
    })]);
}

#[test]
fn who_signs_in_for_the_first_time_is_reached_there_from_the_beginning() {
    let command = Command::Register {
        bot: false,
        name: name("Alice"),
        address: Some(address(AddressUse::Phone, 'a')),
    };
    given([])
        .when(sign_in(), command)
        .happens([registered("Alice"), reached(AddressUse::Phone, 'a')]);
}

#[test]
fn an_account_is_registered_once() {
    alice().when(service(), register(false)).rejected(Rejection::AlreadyExists);
}

#[test]
fn nobody_registers_accounts_but_the_operator_sign_ins_and_imports() {
    for by in [service(), sign_in(), import()] {
        given([]).when(by, register(false)).happens([registered("Alice")]);
    }
    let another = || Actor::Service("backup".to_owned());
    for by in [reactor(), upkeep(), another(), Actor::Admin(BOB, device(1)), Actor::Import(ALICE)] {
        given([]).when(by, register(false)).rejected(Rejection::NotYours);
    }
    given([]).when(BOB, register(false)).rejected(Rejection::NotYours);
    alice().when(ALICE, register(false)).rejected(Rejection::NotYours);
}

#[test]
fn before_it_is_registered_nothing_else_happens_to_an_account() {
    let username = Command::RequestUsername {
        name: name_key('a'),
        username: UsernameText::parse("alice").expect("a username"),
    };
    for command in [rename("Alicia"), authorise(), end(1), username, Command::DropUsername] {
        for by in [service(), reactor()] {
            given([]).when(by, command.clone()).rejected(Rejection::NotFound);
        }
        given([]).when(ALICE, command).rejected(Rejection::NotFound);
    }
}

#[test]
fn an_account_renames_itself_or_is_renamed_by_the_operator_or_an_import() {
    alice().when(ALICE, rename("Alicia")).happens([renamed("Alicia")]);
    alice().when(service(), rename("Alicia")).happens([renamed("Alicia")]);
    alice().when(import(), rename("Alicia")).happens([renamed("Alicia")]);
    alice().when(sign_in(), rename("Alicia")).rejected(Rejection::NotYours);
    alice().when(BOB, rename("Alicia")).rejected(Rejection::NotYours);
    alice().when(reactor(), rename("Alicia")).rejected(Rejection::NotYours);
}

#[test]
fn an_account_says_something_of_itself_until_it_does_not() {
    let bio = |text| BioText::parse(text).expect("a bio");
    let says = |bio, present: &Profile| Command::ChangeProfile {
        name: None,
        bio: Some(bio),
        present: present.clone(),
        read_from: None,
    };
    let (silent, talking) = (called_alice(None), called_alice(Some("Down the rabbit hole")));
    let changed = |profile: &Profile| {
        let profile = Sealed::open(ALICE, profile.clone());
        Event::ProfileChanged(ProfileChanged { profile })
    };
    let story = alice();
    story
        .when(ALICE, says(Some(bio("Down the rabbit hole")), &silent))
        .happens([changed(&talking)]);
    let story = story.given([changed(&talking)]);
    story.when(ALICE, says(None, &talking)).happens([changed(&silent)]);
    let renamed = Command::ChangeProfile {
        name: Some(name("Alice")),
        bio: None,
        present: talking.clone(),
        read_from: None,
    };
    story.when(ALICE, renamed).happens([changed(&talking)]);
}

#[test]
fn of_two_changes_at_one_moment_the_second_looks_again() {
    let change = |read_from: &str| Command::ChangeProfile {
        name: None,
        bio: Some(None),
        present: called_alice(None),
        read_from: Some(profile(read_from)),
    };
    let story = alice().given([renamed("Alicia")]);
    story.when(ALICE, change("Alice")).rejected(Rejection::ProfileChanged);
    story.when(ALICE, change("Alicia")).happens([renamed("Alice")]);
}

#[test]
fn what_an_account_is_called_may_be_looked_at() {
    let story = alice().given([renamed("Alicia")]);
    assert_eq!(story.state.profile(), Some(&profile("Alicia")));
}

#[test]
fn names_are_lines_of_at_most_64_code_points() {
    assert_eq!(NameText::parse(&"a".repeat(64)).map(|name| name.as_str().len()), Ok(64));
    assert_eq!(NameText::parse(&"a".repeat(65)), Err(InvalidText::TooLong(64)));
    assert_eq!(DeviceNameText::parse(&"a".repeat(65)), Err(InvalidText::TooLong(64)));
    assert_eq!(BioText::parse(&"a".repeat(141)), Err(InvalidText::TooLong(140)));
    assert_eq!(NameText::parse(" "), Err(InvalidText::Blank));
}

#[test]
fn what_is_drawn_anew_for_a_repeated_command_is_no_part_of_its_payload() {
    let payload = |token: &str| {
        let mut command = authorise();
        if let Command::AuthoriseDevice { token: hash, .. } = &mut command {
            *hash = TokenHash(token.repeat(64));
        }
        serde_json::to_string(&command).expect("a command is JSON")
    };
    assert_eq!(payload("1"), payload("2"));
}

#[test]
fn what_was_asked_before_commands_grew_is_the_same_payload_today() {
    for (command, payload) in [
        (register(false), r#"{"Register":{"bot":false,"name":"Alice"}}"#),
        (rename("Alicia"), r#"{"Rename":{"name":"Alicia"}}"#),
        (authorise(), r#"{"AuthoriseDevice":{"name":"phone"}}"#),
        (end(1), r#"{"EndDevice":{"device":1}}"#),
    ] {
        assert_eq!(serde_json::to_string(&command).expect("a command is JSON"), payload);
    }
}
