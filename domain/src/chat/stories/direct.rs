//! Direct chats and saved messages.

use super::*;
use crate::chat::Rejection;
use crate::testing::{ALICE, BOB, CAROL};

fn begun(members: impl IntoIterator<Item = AccountId>) -> Event {
    Event::Created(Created {
        members: members.into_iter().map(|account| member(account, Role::Member)).collect(),
        title: None,
    })
}

#[test]
fn a_direct_chat_comes_into_being_with_its_first_message() {
    between(ALICE, BOB)
        .when(BOB, say("hi"))
        .happens([begun([ALICE, BOB]), said(1, BOB, "hi")]);
    between(ALICE, BOB)
        .given([begun([ALICE, BOB]), said(1, BOB, "hi")])
        .when(ALICE, say("hello"))
        .happens([said(2, ALICE, "hello")]);
}

#[test]
fn saved_messages_are_the_direct_chat_with_oneself() {
    between(ALICE, ALICE)
        .when(ALICE, say("milk"))
        .happens([begun([ALICE]), said(1, ALICE, "milk")]);
    between(ALICE, ALICE).when(BOB, say("hi")).rejected(Rejection::NotAMember);
}

#[test]
fn nobody_else_acts_in_a_direct_chat() {
    let chat = between(ALICE, BOB).given([begun([ALICE, BOB]), said(1, BOB, "hi")]);
    for command in [say("hi"), answer(1, "hi"), edit(1, "hi"), delete([1])] {
        chat.when(CAROL, command).rejected(Rejection::NotAMember);
    }
}

#[test]
fn a_direct_chat_has_no_title_and_the_same_two_sides_for_ever() {
    let chat = between(ALICE, BOB).given([begun([ALICE, BOB])]);
    for command in [
        create([]),
        rename(),
        add(CAROL),
        remove(BOB),
        Command::Leave,
        set_role(BOB, admin([])),
    ] {
        chat.when(ALICE, command).rejected(Rejection::NotAGroup);
    }
}

#[test]
fn either_side_deletes_what_the_other_said_but_edits_only_its_own() {
    let chat = between(ALICE, BOB).given([begun([ALICE, BOB]), said(1, BOB, "hi")]);
    chat.when(ALICE, delete([1])).happens([deleted([1])]);
    chat.when(ALICE, edit(1, "bye")).rejected(Rejection::NotYourMessage(message(1)));
}

#[test]
fn before_the_first_message_there_is_nothing_to_answer_edit_or_delete() {
    for command in [answer(1, "what?"), edit(1, "what?"), delete([1])] {
        between(ALICE, BOB)
            .when(ALICE, command)
            .rejected(Rejection::MessageNotFound(message(1)));
    }
    between(ALICE, BOB).when(ALICE, delete([])).changes_nothing();
}
