//! What an import may tell of a group.

use super::*;
use crate::actor::Actor;
use crate::chat::Rejection;
use crate::testing::{ALICE, BOB, CAROL};

/// One more member, of which no message tells.
fn untold(account: AccountId, count: u32) -> Event {
    Event::MemberAdded(MemberAdded {
        count: Some(count),
        ..member(account, Role::Member)
    })
}

fn told_of(account: AccountId) -> Actor {
    Actor::Import(account)
}

#[test]
fn who_joined_elsewhere_joins_without_being_let_in() {
    given([created(ALICE)]).when(told_of(BOB), add(BOB)).happens([untold(BOB, 2)]);
    given([created(ALICE), joined(BOB)]).when(told_of(BOB), add(BOB)).changes_nothing();
}

#[test]
fn what_never_was_is_joined_by_nobody() {
    given([]).when(told_of(BOB), add(BOB)).rejected(Rejection::NotAMember);
}

#[test]
fn an_owner_is_not_removed_by_what_is_told() {
    let town = || given([created(ALICE), joined(BOB), joined(CAROL)]);
    town().when(told_of(BOB), remove(CAROL)).happens([Event::MemberRemoved(MemberGone {
        count: Some(2),
        ..gone(CAROL)
    })]);
    town().when(told_of(BOB), remove(ALICE)).rejected(Rejection::TargetIsOwner);
}

#[test]
fn only_members_speak_in_an_import_too() {
    given([created(ALICE)])
        .when(told_of(BOB), say("hi"))
        .rejected(Rejection::NotAMember);
    given([created(ALICE), joined(BOB)])
        .when(told_of(BOB), say("hi"))
        .happens([said(1, BOB, "hi")]);
}
