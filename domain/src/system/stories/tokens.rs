//! Whom the operators let in, told as stories.

use super::super::event::{TokenEnded, TokenIssued};
use super::super::{Command, Event, Rejection, Scope, TOKENS_MAX};
use super::given;
use crate::account::event::TokenHash;
use crate::id::ServiceTokenId;
use crate::testing::{ALICE, NOON, admin, reactor, service};
use crate::time::Timestamp;

fn token(number: i64) -> ServiceTokenId {
    ServiceTokenId::new(number).expect("stories use numbers that are ids")
}

fn hash() -> TokenHash {
    TokenHash("ab".repeat(32))
}

fn issue_until(expires_at: Option<Timestamp>) -> Command {
    Command::IssueToken {
        hash: hash(),
        name: "analytics".parse().expect("a name"),
        scopes: [Scope::EventsRead].into(),
        expires_at,
    }
}

fn issued(number: i64) -> Event {
    issued_until(number, None)
}

fn issued_until(number: i64, expires_at: Option<Timestamp>) -> Event {
    Event::TokenIssued(TokenIssued {
        token: token(number),
        name: "analytics".parse().expect("a name"),
        scopes: [Scope::EventsRead].into(),
        hash: hash(),
        expires_at,
    })
}

fn end(number: i64) -> Command {
    Command::EndToken { token: token(number) }
}

fn ended(number: i64) -> Event {
    Event::TokenEnded(TokenEnded { token: token(number) })
}

#[test]
fn tokens_are_numbered_and_a_number_is_never_given_again() {
    given([]).when(service(), issue_until(None)).happens([issued(1)]);
    given([issued(1), ended(1)]).when(service(), issue_until(None)).happens([issued(2)]);
}

#[test]
fn a_token_is_ended_once() {
    given([issued(1)]).when(service(), end(1)).happens([ended(1)]);
    given([issued(1), ended(1)]).when(service(), end(1)).changes_nothing();
    given([issued(1)])
        .when(service(), end(2))
        .rejected(Rejection::TokenNotFound(token(2)));
    given([]).when(service(), end(1)).rejected(Rejection::TokenNotFound(token(1)));
}

#[test]
fn a_token_expires_in_the_future() {
    let later = NOON.plus_seconds(1);
    given([])
        .when(service(), issue_until(Some(later)))
        .happens([issued_until(1, Some(later))]);
    given([])
        .when(service(), issue_until(Some(NOON)))
        .rejected(Rejection::ExpiresInThePast);
}

#[test]
fn a_name_that_is_kept_back_is_given_to_nobody_and_a_recorded_one_stands() {
    let named = |name: &str| Command::IssueToken {
        hash: hash(),
        name: name.parse().expect("a name"),
        scopes: [Scope::EventsRead].into(),
        expires_at: None,
    };
    for name in ["admin", "import", "sign-in", "upkeep"] {
        given([]).when(service(), named(name)).rejected(Rejection::ReservedName);
    }
    let Event::TokenIssued(before) = issued(1) else { panic!("a token") };
    let name = "import".parse().expect("a name");
    given([Event::TokenIssued(TokenIssued { name, ..before })])
        .when(service(), issue_until(None))
        .happens([issued(2)]);
}

#[test]
fn only_operators_say_who_is_let_in() {
    for command in [issue_until(None), end(1)] {
        given([issued(1)]).when(ALICE, command.clone()).rejected(Rejection::OperatorsOnly);
        given([issued(1)])
            .when(reactor(), command.clone())
            .rejected(Rejection::OperatorsOnly);
        given([issued(1)]).when(admin(ALICE), command).rejected(Rejection::OperatorsOnly);
    }
}

#[test]
fn there_are_only_so_many_tokens_at_a_time() {
    let most = i64::try_from(TOKENS_MAX).expect("a few");
    let full = || (1..=most).map(issued);
    given(full()).when(service(), issue_until(None)).rejected(Rejection::TooManyTokens);
    given(full().chain([ended(7)]))
        .when(service(), issue_until(None))
        .happens([issued(most + 1)]);
}
