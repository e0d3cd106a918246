//! A unique name's rules, told as stories.

use super::event::{Claimed, Held};
use super::{Command, Event, Name, Rejection};
use crate::id::AccountId;
use crate::testing::{ALICE, BOB, NOON, Story, name_key, reactor, service};
use crate::time::Timestamp;

const ONE: Timestamp = NOON.plus_seconds(3_600);
const TWO: Timestamp = NOON.plus_seconds(7_200);

fn given(events: impl IntoIterator<Item = Event>) -> Story<Name> {
    Story::of(name_key('a')).given(events)
}

fn claimed(account: AccountId, until: Timestamp) -> Event {
    Event::Claimed(Claimed { account, until })
}

fn taken(account: AccountId) -> Event {
    Event::Taken(Held { account })
}

fn released(account: AccountId) -> Event {
    Event::Released(Held { account })
}

fn claim(account: AccountId, until: Timestamp) -> Command {
    Command::Claim { account, until }
}

fn take(account: AccountId) -> Command {
    Command::Take { account }
}

fn release(account: AccountId) -> Command {
    Command::Release { account }
}

#[test]
fn a_free_name_is_claimed_then_taken_then_released() {
    given([]).when(reactor(), claim(ALICE, ONE)).happens([claimed(ALICE, ONE)]);
    let story = given([claimed(ALICE, ONE)]);
    story.when(reactor(), take(ALICE)).happens([taken(ALICE)]);
    let story = story.given([taken(ALICE)]);
    story.when(reactor(), release(ALICE)).happens([released(ALICE)]);
    let story = story.given([released(ALICE)]);
    story.when(reactor(), claim(BOB, ONE)).happens([claimed(BOB, ONE)]);
}

#[test]
fn only_reactors_ask_for_names() {
    for command in [claim(ALICE, ONE), take(ALICE), release(ALICE)] {
        given([]).when(ALICE, command.clone()).rejected(Rejection::ReactorsOnly);
        given([]).when(service(), command).rejected(Rejection::ReactorsOnly);
    }
}

#[test]
fn a_claimed_or_taken_name_is_not_anothers() {
    for story in [given([claimed(ALICE, ONE)]), given([claimed(ALICE, ONE), taken(ALICE)])] {
        story.when(reactor(), claim(BOB, TWO)).rejected(Rejection::Taken);
        story.when(reactor(), take(BOB)).rejected(Rejection::Taken);
        story.when(reactor(), release(BOB)).changes_nothing();
    }
}

#[test]
fn a_claim_is_renewed_by_who_has_it_and_never_shortened() {
    let story = given([claimed(ALICE, ONE)]);
    story.when(reactor(), claim(ALICE, TWO)).happens([claimed(ALICE, TWO)]);
    story.when(reactor(), claim(ALICE, ONE)).changes_nothing();
    given([claimed(ALICE, TWO)]).when(reactor(), claim(ALICE, ONE)).changes_nothing();
}

#[test]
fn an_expired_claim_leaves_the_name_free() {
    let story = given([claimed(ALICE, ONE)]);
    story
        .clone()
        .at(Timestamp(ONE.0 - 1))
        .when(reactor(), claim(BOB, TWO))
        .rejected(Rejection::Taken);
    story.at(ONE).when(reactor(), claim(BOB, TWO)).happens([claimed(BOB, TWO)]);
}

#[test]
fn an_expired_claim_still_takes_the_name_while_nobody_else_wants_it() {
    given([claimed(ALICE, ONE)])
        .at(TWO)
        .when(reactor(), take(ALICE))
        .happens([taken(ALICE)]);
    given([claimed(ALICE, ONE), claimed(BOB, TWO)])
        .when(reactor(), take(ALICE))
        .rejected(Rejection::Taken);
}

#[test]
fn a_name_in_use_does_not_expire() {
    let story = given([claimed(ALICE, ONE), taken(ALICE)]).at(TWO);
    story.when(reactor(), claim(BOB, TWO)).rejected(Rejection::Taken);
}

#[test]
fn who_has_the_name_already_changes_nothing_by_asking_again() {
    let story = given([claimed(ALICE, ONE), taken(ALICE)]);
    story.when(reactor(), claim(ALICE, TWO)).changes_nothing();
    story.when(reactor(), take(ALICE)).changes_nothing();
}

#[test]
fn a_name_is_not_taken_without_a_claim() {
    given([]).when(reactor(), take(ALICE)).rejected(Rejection::NotClaimed);
    given([claimed(ALICE, ONE), released(ALICE)])
        .when(reactor(), take(ALICE))
        .rejected(Rejection::NotClaimed);
}

#[test]
fn an_unused_claim_is_released() {
    given([claimed(ALICE, ONE)])
        .when(reactor(), release(ALICE))
        .happens([released(ALICE)]);
    given([]).when(reactor(), release(ALICE)).changes_nothing();
}

#[test]
fn when_a_claim_expires_is_no_part_of_the_payload() {
    let payload = |until| serde_json::to_string(&claim(ALICE, until)).expect("a command is JSON");
    assert_eq!(payload(ONE), payload(TWO));
}

#[test]
fn a_name_is_stored_and_read_back() {
    for name in [given([]), given([claimed(ALICE, ONE)]), given([taken(ALICE)])].map(|story| story.state) {
        let stored = serde_json::to_string(&name).expect("a state is JSON");
        assert_eq!(serde_json::from_str::<Name>(&stored).expect("and read back"), name);
    }
}
