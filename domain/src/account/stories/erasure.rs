//! The end of an account.

use super::*;
use crate::account::Erasure;
use crate::account::event::{Blocked, Erased, ErasureBegun, ErasureCalledOff, ErasureScheduled, UsernameChanged};
use crate::testing::{Asks, BOB, reactor, service};
use crate::time::Timestamp;

const DUE: Timestamp = NOON.plus_seconds(7 * 86_400);

fn schedule(shown: Option<Shown>) -> Command {
    Command::ScheduleErasure {
        due_at: DUE,
        shown,
        tries: TRIES,
    }
}

fn scheduled() -> Event {
    Event::ErasureScheduled(ErasureScheduled { due_at: DUE })
}

fn begun() -> Event {
    Event::ErasureBegun(ErasureBegun {})
}

fn erased() -> Event {
    Event::Erased(Erased {})
}

#[test]
fn an_account_asks_to_be_erased_and_may_think_better_of_it() {
    let called_off = Event::ErasureCalledOff(ErasureCalledOff {});
    alice().when(ALICE, schedule(None)).happens([scheduled()]);
    alice().when(ALICE, Command::CallOffErasure).changes_nothing();
    let story = alice().given([scheduled()]);
    assert_eq!(story.state.erasure(), Some(Erasure::Scheduled(DUE)));
    story.when(ALICE, Command::CallOffErasure).happens([called_off.clone()]);
    assert_eq!(story.given([called_off]).state.erasure(), None);
    for by in [BOB.actor(), service(), upkeep(), sign_in(), reactor()] {
        alice().when(by.clone(), schedule(None)).rejected(Rejection::NotYours);
        alice().when(by, Command::CallOffErasure).rejected(Rejection::NotYours);
    }
}

#[test]
fn asked_for_again_it_comes_no_later() {
    let later = Command::ScheduleErasure {
        due_at: DUE.plus_seconds(1),
        shown: None,
        tries: None,
    };
    alice().given([scheduled()]).when(ALICE, later).changes_nothing();
}

#[test]
fn who_has_a_second_factor_shows_it_to_be_erased_but_not_to_stay() {
    let story = alice().given([password_set()]);
    story.when(ALICE, schedule(None)).rejected(Rejection::FactorNeeded);
    story
        .when(ALICE, schedule(Some(wrong(right(1)))))
        .happens([failed(Factor::Password, None)]);
    story
        .when(ALICE, schedule(Some(right(1))))
        .happens([passed(right(1), None), scheduled()]);
    story
        .given([scheduled()])
        .when(ALICE, Command::CallOffErasure)
        .happens([Event::ErasureCalledOff(ErasureCalledOff {})]);
}

#[test]
fn upkeep_begins_it_once_it_is_due() {
    alice().when(upkeep(), Command::BeginErasure).rejected(Rejection::ErasureNotDue);
    let story = given([registered("Alice"), scheduled()]);
    story.when(upkeep(), Command::BeginErasure).rejected(Rejection::ErasureNotDue);
    let due = story.at(DUE);
    due.when(upkeep(), Command::BeginErasure).happens([begun()]);
    for by in [BOB.actor(), sign_in(), reactor(), Actor::Admin(BOB, device(1))] {
        due.when(by, Command::BeginErasure).rejected(Rejection::NotYours);
    }
}

#[test]
fn the_operator_begins_it_at_any_time() {
    given([registered("Alice")])
        .when(service(), Command::BeginErasure)
        .happens([begun()]);
}

#[test]
fn it_ends_all_devices_and_sets_all_names_free() {
    let key = name_key('9');
    let username = |name, former| {
        let username = None;
        Event::UsernameChanged(UsernameChanged { name, former, username })
    };
    let story = given([registered("Alice"), authorised(1), authorised(2), username(Some(key.clone()), None)]);
    let story = story.given([reached(AddressUse::Phone, 'a'), reached(AddressUse::Recovery, 'c')]);
    story.when(service(), Command::BeginErasure).happens([
        ended_for(1, Some(EndReason::Erasure)),
        ended_for(2, Some(EndReason::Erasure)),
        not_reached(AddressUse::Phone, 'a'),
        not_reached(AddressUse::Recovery, 'c'),
        username(None, Some(key)),
        begun(),
    ]);
}

#[test]
fn then_nothing_happens_to_the_account_but_its_end() {
    let story = alice().given([ended(1), begun()]);
    let refused = [
        register(false),
        rename("Alicia"),
        authorise(),
        let_in_by(Some(by(1))),
        end(1),
        show(by(1), right(0)),
        Command::Suspend,
        Command::Promote,
        Command::BeginErasure,
        Command::WantUsername { name: name_key('a') },
    ];
    for command in refused {
        for by in [service(), sign_in(), reactor(), ALICE.actor()] {
            story.when(by, command.clone()).rejected(Rejection::Erased);
        }
    }
    story.when(reactor(), Command::FinishErasure).happens([erased()]);
    let story = story.given([erased()]);
    story.when(reactor(), Command::FinishErasure).changes_nothing();
    assert_eq!(story.state.erasure(), Some(Erasure::Finished));
    story.when(service(), authorise()).rejected(Rejection::Erased);
}

#[test]
fn only_a_reactor_finishes_what_was_begun() {
    let story = alice().given([ended(1), begun()]);
    for by in [service(), upkeep(), sign_in(), import()] {
        story.when(by, Command::FinishErasure).rejected(Rejection::NotYours);
    }
    alice().when(reactor(), Command::FinishErasure).rejected(Rejection::ErasureNotDue);
    alice()
        .given([scheduled()])
        .when(reactor(), Command::FinishErasure)
        .rejected(Rejection::ErasureNotDue);
}

#[test]
fn nothing_of_it_is_remembered_but_that_it_was() {
    let full = alice().given([
        reached(AddressUse::Phone, 'a'),
        password_set(),
        Event::Blocked(Blocked { account: BOB }),
        ended(1),
        begun(),
    ]);
    let bare = alice().given([ended(1), begun()]);
    assert_eq!(full.state, bare.state);
    assert!(full.state.exists() && full.state.is_erased() && full.state.profile().is_none());
}
