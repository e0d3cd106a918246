//! The installation's rules, told as stories.

mod tokens;

use super::event::{FactParked, FactReleased};
use super::{Command, ERROR_MAX, Event, Parked, Rejection, System};
use crate::id::Position;
use crate::testing::{ALICE, Story, admin, reactor, service};

fn given(events: impl IntoIterator<Item = Event>) -> Story<System> {
    Story::of(()).given(events)
}

fn fact(index: u32) -> Parked {
    Parked {
        projection: "timeline".to_owned(),
        position: Position::MIN,
        index,
    }
}

fn parked(index: u32) -> Event {
    Event::FactParked(FactParked {
        projection: "timeline".to_owned(),
        position: Position::MIN,
        index,
        error: "no such chat".to_owned(),
    })
}

fn released(index: u32) -> Event {
    Event::FactReleased(FactReleased {
        projection: "timeline".to_owned(),
        position: Position::MIN,
        index,
    })
}

fn park(index: u32) -> Command {
    Command::Park {
        fact: fact(index),
        error: "no such chat".to_owned(),
    }
}

fn release(index: u32) -> Command {
    Command::Release { fact: fact(index) }
}

#[test]
fn a_fact_is_parked_then_released_then_parked_again() {
    given([]).when(reactor(), park(0)).happens([parked(0)]);
    given([parked(0)]).when(service(), release(0)).happens([released(0)]);
    given([parked(0), released(0)]).when(reactor(), park(0)).happens([parked(0)]);
}

#[test]
fn parking_a_parked_fact_changes_nothing() {
    given([parked(0)]).when(reactor(), park(0)).changes_nothing();
    given([parked(0)]).when(reactor(), park(1)).happens([parked(1)]);
}

#[test]
fn only_what_is_parked_is_released() {
    given([]).when(service(), release(0)).rejected(Rejection::NotParked);
    given([parked(0), released(0)])
        .when(service(), release(0))
        .rejected(Rejection::NotParked);
    given([parked(0)]).when(service(), release(1)).rejected(Rejection::NotParked);
}

#[test]
fn devices_neither_park_nor_release() {
    given([]).when(ALICE, park(0)).rejected(Rejection::OperatorsOnly);
    given([parked(0)]).when(ALICE, release(0)).rejected(Rejection::OperatorsOnly);
    given([parked(0)]).when(admin(ALICE), release(0)).rejected(Rejection::OperatorsOnly);
}

#[test]
fn of_a_long_error_the_beginning_is_kept() {
    let command = Command::Park {
        fact: fact(0),
        error: "é".repeat(ERROR_MAX + 1),
    };
    let Ok(events) = given([]).when(reactor(), command).0 else {
        panic!("a reactor may park")
    };
    assert!(matches!(&events[..], [Event::FactParked(parked)] if parked.error.chars().count() == ERROR_MAX));
}

#[test]
fn what_is_parked_is_stored_and_read_back() {
    let system = given([parked(0), parked(1)]).state;
    let stored = serde_json::to_string(&system).expect("a state is JSON");
    assert_eq!(serde_json::from_str::<System>(&stored).expect("and read back"), system);
}
