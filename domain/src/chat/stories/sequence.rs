//! A group that outgrows the devices' sequences.

use super::*;
use crate::chat::event::SequenceBegun;
use crate::chat::{MEMBERS_MAX, Rejection, TOLD_MAX};
use crate::testing::{ALICE, BOB, account};

/// Alice's group of so many.
fn crowd(members: usize) -> Story<Chat> {
    let others = (1_000i64..).take(members - 1).map(|number| joined(account(number)));
    given(std::iter::once(created(ALICE)).chain(others))
}

fn begun() -> Event {
    Event::SequenceBegun(SequenceBegun {})
}

#[test]
fn who_is_one_too_many_begins_the_groups_own_sequence() {
    crowd(TOLD_MAX - 1).when(ALICE, add(BOB)).happens([added(BOB, 1, 1_000)]);
    let story = crowd(TOLD_MAX);
    story.when(ALICE, add(BOB)).happens([added(BOB, 1, 1_001), begun()]);
    assert!(!story.state.own_sequence);
    let story = story.given([joined(BOB), begun()]);
    assert!(story.state.own_sequence);
    story.when(ALICE, add(account(9))).happens([added(account(9), 1, 1_002)]);
}

#[test]
fn a_sequence_that_was_begun_stays() {
    let story = crowd(TOLD_MAX + 1).given([begun(), left(account(1_000)), left(account(1_001))]);
    story.when(ALICE, add(BOB)).happens([added(BOB, 1, 1_000)]);
}

#[test]
fn a_group_has_so_many_members() {
    let story = crowd(MEMBERS_MAX).given([begun()]);
    story.when(ALICE, add(BOB)).rejected(Rejection::TooManyMembers);
}

#[test]
fn a_group_begins_with_no_more_than_devices_are_told_of() {
    let others = |count| (1_000i64..).take(count).map(account).collect::<Vec<_>>();
    let group = Story::<Chat>::of(GROUP);
    assert!(group.when(ALICE, create(others(TOLD_MAX - 1))).0.is_ok());
    group.when(ALICE, create(others(TOLD_MAX))).rejected(Rejection::TooManyMembers);
}
