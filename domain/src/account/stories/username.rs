//! An account's username: asked for, then had or refused.

use super::*;
use crate::account::UsernameText;
use crate::account::event::{Username, UsernameChanged, UsernameRefused, UsernameRequested};
use crate::sealed::Closed;
use crate::testing::{BOB, reactor, service};

fn request(digit: char) -> Command {
    Command::RequestUsername {
        name: name_key(digit),
        username: UsernameText::parse("Alice").expect("a username"),
    }
}

fn requested(digit: char) -> Event {
    Event::UsernameRequested(UsernameRequested {
        name: name_key(digit),
        username: Sealed::open(
            ALICE,
            Username {
                username: "Alice".to_owned(),
            },
        ),
    })
}

fn sealed() -> Closed {
    Closed {
        of: ALICE,
        cipher: "AQ".to_owned(),
    }
}

fn adopt(digit: char) -> Command {
    Command::AdoptUsername {
        name: name_key(digit),
        username: sealed(),
    }
}

fn adopted(digit: char, former: Option<char>) -> Event {
    Event::UsernameChanged(UsernameChanged {
        name: Some(name_key(digit)),
        former: former.map(name_key),
        username: Some(Sealed::Closed(sealed())),
    })
}

fn refuse(digit: char) -> Command {
    Command::RefuseUsername { name: name_key(digit) }
}

fn refused(digit: char) -> Event {
    Event::UsernameRefused(UsernameRefused { name: name_key(digit) })
}

fn dropped(former: Option<char>) -> Event {
    Event::UsernameChanged(UsernameChanged {
        name: None,
        former: former.map(name_key),
        username: None,
    })
}

#[test]
fn an_account_asks_for_a_username_itself() {
    alice().when(ALICE, request('a')).happens([requested('a')]);
    alice().when(BOB, request('a')).rejected(Rejection::NotYours);
    alice().when(service(), request('a')).rejected(Rejection::NotYours);
    alice().when(reactor(), request('a')).rejected(Rejection::NotYours);
}

#[test]
fn asking_again_for_the_same_name_changes_nothing() {
    alice().given([requested('a')]).when(ALICE, request('a')).changes_nothing();
    alice()
        .given([requested('a'), adopted('a', None)])
        .when(ALICE, request('a'))
        .changes_nothing();
}

#[test]
fn a_newer_request_replaces_the_one_before() {
    let story = alice().given([requested('a')]);
    story.when(ALICE, request('b')).happens([requested('b')]);
    let story = story.given([requested('b')]);
    story.when(reactor(), adopt('a')).rejected(Rejection::NotRequested);
    story.when(reactor(), adopt('b')).happens([adopted('b', None)]);
}

#[test]
fn asking_for_the_name_in_use_calls_off_another_request() {
    let story = alice().given([requested('a'), adopted('a', None), requested('b')]);
    story.when(ALICE, request('a')).happens([requested('a')]);
    let story = story.given([requested('a')]);
    story.when(reactor(), adopt('b')).rejected(Rejection::NotRequested);
    story.when(reactor(), adopt('a')).happens([adopted('a', None)]);
}

#[test]
fn a_name_had_sets_the_former_one_free() {
    let story = alice().given([requested('a'), adopted('a', None), requested('b')]);
    story.when(reactor(), adopt('b')).happens([adopted('b', Some('a'))]);
}

#[test]
fn a_name_that_nobody_asked_for_is_not_adopted() {
    alice().when(reactor(), adopt('a')).rejected(Rejection::NotRequested);
}

#[test]
fn a_reactor_asks_whether_a_name_is_wanted() {
    let want = |digit| Command::WantUsername { name: name_key(digit) };
    let story = alice().given([requested('a'), adopted('a', None), requested('b')]);
    for wanted in ['a', 'b'] {
        story.when(reactor(), want(wanted)).changes_nothing();
    }
    story.when(reactor(), want('c')).rejected(Rejection::NotRequested);
    story.when(ALICE, want('a')).rejected(Rejection::NotYours);
}

#[test]
fn a_name_in_use_is_adopted_again_without_a_word_so_that_nobody_releases_it() {
    let story = alice().given([requested('a'), adopted('a', None)]);
    story.when(reactor(), adopt('a')).changes_nothing();
    story.given([requested('b')]).when(reactor(), adopt('a')).changes_nothing();
}

#[test]
fn only_reactors_say_what_became_of_a_request() {
    let story = alice().given([requested('a')]);
    for command in [adopt('a'), refuse('a')] {
        story.when(ALICE, command.clone()).rejected(Rejection::NotYours);
        story.when(service(), command).rejected(Rejection::NotYours);
    }
}

#[test]
fn a_refused_request_is_over_and_the_name_in_use_stays() {
    let story = alice().given([requested('a'), adopted('a', None), requested('b')]);
    story.when(reactor(), refuse('b')).happens([refused('b')]);
    let story = story.given([refused('b')]);
    story.when(reactor(), adopt('b')).rejected(Rejection::NotRequested);
    story.when(ALICE, Command::DropUsername).happens([dropped(Some('a'))]);
}

#[test]
fn refusing_what_is_not_asked_for_changes_nothing() {
    alice().when(reactor(), refuse('a')).changes_nothing();
    let story = alice().given([requested('a'), requested('b')]);
    story.when(reactor(), refuse('a')).changes_nothing();
    story
        .given([refused('a')])
        .when(reactor(), adopt('b'))
        .happens([adopted('b', None)]);
}

#[test]
fn a_refused_name_may_be_asked_for_again() {
    alice()
        .given([requested('a'), refused('a')])
        .when(ALICE, request('a'))
        .happens([requested('a')]);
}

#[test]
fn a_dropped_username_is_free_and_a_request_is_called_off() {
    let story = alice().given([requested('a')]);
    story.when(ALICE, Command::DropUsername).happens([dropped(None)]);
    story
        .given([dropped(None)])
        .when(reactor(), adopt('a'))
        .rejected(Rejection::NotRequested);
    let story = alice().given([requested('a'), adopted('a', None)]);
    story.when(ALICE, Command::DropUsername).happens([dropped(Some('a'))]);
    story.when(service(), Command::DropUsername).rejected(Rejection::NotYours);
}

#[test]
fn dropping_no_username_changes_nothing() {
    alice().when(ALICE, Command::DropUsername).changes_nothing();
    let story = alice().given([requested('a'), adopted('a', None), dropped(Some('a'))]);
    story.when(ALICE, Command::DropUsername).changes_nothing();
}
