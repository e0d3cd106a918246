//! What everybody in a group should see of what happened, in the place where it happened.

use super::*;
use crate::aggregate::Aggregate;
use crate::chat::{Rejection, Service};
use crate::testing::{ALICE, BOB, CAROL, NOON};

#[test]
fn who_comes_and_goes_takes_the_chats_next_message() {
    let town = given([created(ALICE), said(1, ALICE, "hi")]);
    town.when(ALICE, add(BOB)).happens([added(BOB, 2, 2)]);
    let town = town.given([added(BOB, 2, 2)]);
    town.when(BOB, say("hello")).happens([said(3, BOB, "hello")]);
    town.when(BOB, Command::Leave).happens([Event::MemberLeft(gone_as(BOB, 3, 1))]);
    town.when(ALICE, remove(BOB)).happens([Event::MemberRemoved(gone_as(BOB, 3, 1))]);
}

#[test]
fn what_happened_before_there_were_service_messages_is_none() {
    assert_eq!(joined(BOB).service(), None);
    assert_eq!(left(BOB).service(), None);
    let town = given([created(ALICE), joined(BOB), left(BOB)]);
    town.when(ALICE, say("alone")).happens([said(1, ALICE, "alone")]);
}

#[test]
fn a_service_message_is_who_acted_and_else_who_it_is_about() {
    let came = Service::MemberAdded {
        account: BOB,
        by_link: false,
    };
    assert_eq!((came.author(Some(ALICE)), came.author(None)), (Some(ALICE), Some(BOB)));
    let went = Service::MemberLeft { account: BOB };
    assert_eq!((went.author(Some(BOB)), went.author(None)), (Some(BOB), Some(BOB)));
    assert_eq!(Service::Renamed.author(Some(ALICE)), Some(ALICE));
}

#[test]
fn it_is_answered_and_deleted_but_not_edited() {
    let mut town = given([created(ALICE), joined(CAROL), added(BOB, 1, 3)]);
    Chat::amend(&mut town.known.messages, &added(BOB, 1, 3), Some(ALICE), NOON);
    town.when(ALICE, edit(1, "no")).rejected(Rejection::ServiceMessage(message(1)));
    town.when(CAROL, edit(1, "no")).rejected(Rejection::NotYourMessage(message(1)));
    assert!(town.when(CAROL, answer(1, "welcome")).0.is_ok());
    town.when(CAROL, delete([1]))
        .rejected(Rejection::MissingRight(Right::DeleteMessages));
    town.when(ALICE, delete([1])).happens([deleted([1])]);
}

#[test]
fn a_chat_that_can_hold_no_further_message_says_nothing_of_who_leaves() {
    let full = given([created(ALICE), joined(BOB), said(crate::id::MessageId::MAX.get(), ALICE, "last")]);
    full.when(BOB, Command::Leave).happens([Event::MemberLeft(MemberGone {
        count: Some(1),
        ..gone(BOB)
    })]);
}
