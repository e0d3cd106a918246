//! Pinning messages, and taking them down.

use super::*;
use crate::account::Wishes;
use crate::chat::event::{MessagePinned, MessagesUnpinned};
use crate::chat::{PINS_MAX, Rejection};
use crate::testing::{ALICE, BOB, CAROL};

fn pin(number: i64) -> Command {
    Command::Pin { message: message(number) }
}

fn unpin(number: i64) -> Command {
    Command::Unpin { message: message(number) }
}

fn pinned(number: i64) -> Event {
    Event::MessagePinned(MessagePinned {
        message: message(number),
        service: None,
    })
}

/// As it happens in a group today.
fn pinned_as(number: i64, service: i64) -> Event {
    Event::MessagePinned(MessagePinned {
        message: message(number),
        service: Some(message(service)),
    })
}

fn unpinned(numbers: impl IntoIterator<Item = i64>) -> Event {
    let messages = numbers.into_iter().map(message).collect();
    Event::MessagesUnpinned(MessagesUnpinned { messages })
}

fn two_said() -> Story<Chat> {
    given([created(ALICE), joined(BOB), said(1, ALICE, "one"), said(2, BOB, "two")])
}

#[test]
fn who_has_the_right_pins_a_message_once() {
    two_said().when(ALICE, pin(2)).happens([pinned_as(2, 3)]);
    two_said().given([pinned(2)]).when(ALICE, pin(2)).changes_nothing();
    two_said().when(BOB, pin(2)).rejected(Rejection::MissingRight(Right::PinMessages));
    let promoted = two_said().given([became(BOB, admin([Right::PinMessages]))]);
    promoted.when(BOB, pin(1)).happens([pinned_as(1, 3)]);
}

#[test]
fn what_is_pinned_is_taken_down_one_by_one_or_at_once() {
    let both = two_said().given([pinned(2), pinned(1)]);
    both.when(ALICE, unpin(2)).happens([unpinned([2])]);
    both.when(ALICE, Command::UnpinAll).happens([unpinned([1, 2])]);
    both.when(BOB, unpin(2)).rejected(Rejection::MissingRight(Right::PinMessages));
    let none = both.given([unpinned([1, 2])]);
    none.when(ALICE, unpin(2)).changes_nothing();
    none.when(ALICE, Command::UnpinAll).changes_nothing();
}

#[test]
fn a_deleted_message_is_down() {
    let gone = two_said().given([pinned(2), pinned(1), deleted([2])]);
    gone.when(ALICE, Command::UnpinAll).happens([unpinned([1])]);
    gone.when(ALICE, pin(2)).rejected(Rejection::MessageDeleted(message(2)));
}

#[test]
fn either_side_of_a_direct_chat_pins_unless_not_to_write() {
    let chat = between(ALICE, BOB).given([said(1, ALICE, "one")]);
    chat.when(BOB, pin(1)).happens([pinned(1)]);
    chat.when(CAROL, pin(1)).rejected(Rejection::NotAMember);
    let blocked = Wishes {
        blocked: true,
        ..Wishes::default()
    };
    let shut = chat.given([pinned(1), said(2, BOB, "two")]).wished(ALICE, BOB, blocked);
    shut.when(BOB, pin(2)).rejected(Rejection::CannotWrite(ALICE));
    shut.when(BOB, unpin(1)).happens([unpinned([1])]);
}

#[test]
fn pins_have_an_end() {
    let max = i64::try_from(PINS_MAX).expect("a small number");
    let full = given([created(ALICE)])
        .given((1..=max + 1).map(|number| said(number, ALICE, "hi")))
        .given((1..=max).map(pinned));
    full.when(ALICE, pin(max + 1)).rejected(Rejection::TooManyPins);
}
