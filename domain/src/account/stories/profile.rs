//! Registering and renaming an account.

use super::*;
use crate::account::{Rejection, UsernameText};
use crate::testing::{BOB, name_key, reactor, service};
use crate::text::InvalidText;

#[test]
fn a_service_registers_an_account_for_a_person_or_a_bot() {
    given([]).when(service(), register(false)).happens([registered("Alice")]);
    given([]).when(service(), register(true)).happens([Event::Registered(Registered {
        bot: true,
        profile: profile("Alice"),
    })]);
}

#[test]
fn an_account_is_registered_once() {
    alice().when(service(), register(false)).rejected(Rejection::AlreadyExists);
}

#[test]
fn nobody_registers_accounts_but_services() {
    given([]).when(reactor(), register(false)).rejected(Rejection::NotYours);
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
fn an_account_renames_itself_or_is_renamed_by_a_service() {
    alice().when(ALICE, rename("Alicia")).happens([renamed("Alicia")]);
    alice().when(service(), rename("Alicia")).happens([renamed("Alicia")]);
    alice().when(BOB, rename("Alicia")).rejected(Rejection::NotYours);
    alice().when(reactor(), rename("Alicia")).rejected(Rejection::NotYours);
}

#[test]
fn names_are_lines_of_at_most_64_code_points() {
    assert_eq!(NameText::parse(&"a".repeat(64)).map(|name| name.as_str().len()), Ok(64));
    assert_eq!(NameText::parse(&"a".repeat(65)), Err(InvalidText::TooLong(64)));
    assert_eq!(DeviceNameText::parse(&"a".repeat(65)), Err(InvalidText::TooLong(64)));
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
