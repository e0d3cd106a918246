//! Sending, answering, editing and deleting messages.

use super::*;
use crate::aggregate::Aggregate;
use crate::chat::event::MessageEdited;
use crate::chat::{DELETE_MAX, Rejection};
use crate::id::MessageId;
use crate::testing::{ALICE, BOB, CAROL, NOON};

fn three_said() -> Story<Chat> {
    given([
        created(ALICE),
        joined(BOB),
        said(1, ALICE, "one"),
        said(2, BOB, "two"),
        said(3, BOB, "three"),
    ])
}

fn rewritten(number: i64, by: AccountId, text: &str) -> Event {
    Event::MessageEdited(MessageEdited {
        message: message(number),
        length: body(text).length(),
        entities: Vec::new(),
        mentions: Vec::new(),
        text: Sealed::open(by, body(text).text()),
    })
}

#[test]
fn messages_are_numbered_from_one() {
    given([created(ALICE)]).when(ALICE, say("hi")).happens([said(1, ALICE, "hi")]);
    three_said().when(ALICE, say("four")).happens([said(4, ALICE, "four")]);
}

#[test]
fn a_deleted_messages_number_is_not_given_again() {
    three_said()
        .given([deleted([3])])
        .when(ALICE, say("four"))
        .happens([said(4, ALICE, "four")]);
}

#[test]
fn only_members_say_something() {
    three_said().when(CAROL, say("hi")).rejected(Rejection::NotAMember);
}

#[test]
fn lengths_are_utf_16_code_units() {
    let Ok(events) = three_said().when(ALICE, say("a👍")).0 else {
        panic!("a member may say that")
    };
    assert!(matches!(&events[..], [Event::MessageSent(sent)] if sent.length == 3));
}

#[test]
fn an_answer_names_the_message_that_it_answers() {
    let Ok(events) = three_said().when(ALICE, answer(2, "yes")).0 else {
        panic!("a member may answer")
    };
    assert!(matches!(&events[..], [Event::MessageSent(sent)] if sent.reply_to == Some(message(2))));
}

#[test]
fn what_is_answered_must_be_there() {
    three_said()
        .when(ALICE, answer(4, "what?"))
        .rejected(Rejection::MessageNotFound(message(4)));
    three_said()
        .given([deleted([2])])
        .when(ALICE, answer(2, "what?"))
        .rejected(Rejection::MessageDeleted(message(2)));
}

#[test]
fn one_edits_ones_own_messages() {
    three_said().when(BOB, edit(2, "zwei")).happens([rewritten(2, BOB, "zwei")]);
    three_said()
        .when(ALICE, edit(2, "zwei"))
        .rejected(Rejection::NotYourMessage(message(2)));
}

#[test]
fn what_is_edited_must_be_there() {
    three_said()
        .when(BOB, edit(9, "neun"))
        .rejected(Rejection::MessageNotFound(message(9)));
    three_said()
        .given([deleted([2])])
        .when(BOB, edit(2, "zwei"))
        .rejected(Rejection::MessageDeleted(message(2)));
}

#[test]
fn who_left_edits_and_deletes_nothing() {
    let without_bob = three_said().given([left(BOB)]);
    without_bob.when(BOB, edit(2, "zwei")).rejected(Rejection::NotAMember);
    without_bob.when(BOB, delete([2])).rejected(Rejection::NotAMember);
}

#[test]
fn one_deletes_ones_own_messages_in_ascending_order_and_once() {
    three_said().when(BOB, delete([3, 2, 3])).happens([deleted([2, 3])]);
}

#[test]
fn others_messages_are_deleted_by_who_may() {
    three_said().when(ALICE, delete([2])).happens([deleted([2])]);
    three_said()
        .when(BOB, delete([1, 2]))
        .rejected(Rejection::MissingRight(Right::DeleteMessages));
    three_said()
        .given([became(BOB, admin([Right::DeleteMessages]))])
        .when(BOB, delete([1]))
        .happens([deleted([1])]);
}

#[test]
fn what_is_deleted_already_is_passed_over() {
    let story = three_said().given([deleted([1, 2])]);
    story.when(BOB, delete([1, 2, 3])).happens([deleted([3])]);
    story.when(BOB, delete([1, 2])).changes_nothing();
    story.when(BOB, delete([])).changes_nothing();
}

#[test]
fn what_never_was_is_not_deleted() {
    three_said()
        .when(ALICE, delete([1, 4]))
        .rejected(Rejection::MessageNotFound(message(4)));
}

#[test]
fn a_hundred_messages_are_deleted_at_once_and_no_more() {
    let story = given([created(ALICE)]).given((1..=101).map(|number| said(number, ALICE, "again")));
    story.when(ALICE, delete(1..=100)).happens([deleted(1..=100)]);
    story.when(ALICE, delete(1..=101)).rejected(Rejection::TooManyMessages);
    let too_many = delete((0..=DELETE_MAX).map(|_| 1));
    assert_eq!(Chat::asks(&too_many), []);
}

#[test]
fn a_chat_takes_its_last_message_and_no_more() {
    let last = MessageId::MAX.get();
    let story = given([created(ALICE), said(last - 1, ALICE, "nearly")]);
    story.when(ALICE, say("last")).happens([said(last, ALICE, "last")]);
    story
        .given([said(last, ALICE, "last")])
        .when(ALICE, say("more"))
        .rejected(Rejection::Full);
}

#[test]
fn what_is_asked_about_is_what_is_looked_up() {
    assert_eq!(Chat::asks(&say("hi")), []);
    assert_eq!(Chat::asks(&answer(2, "hi")), [message(2)]);
    assert_eq!(Chat::asks(&edit(2, "hi")), [message(2)]);
    assert_eq!(Chat::asks(&delete([3, 1])), [message(3), message(1)]);
    assert_eq!(Chat::asks(&Command::Leave), []);
}

#[test]
fn looked_up_messages_take_in_what_is_newer() {
    let known = three_said().given([deleted([2, 7])]).known.messages;
    let facts: Vec<_> = known.iter().map(|(id, found)| (id.get(), found.from, found.deleted)).collect();
    assert_eq!(facts, [(1, ALICE, false), (2, BOB, true), (3, BOB, false)]);
    assert!(known.values().all(|found| found.sent_at == NOON));
}
