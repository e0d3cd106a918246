//! Reading, hiding, clearing, marking as unread.

use super::*;
use crate::inbox::HIDE_MAX;
use crate::inbox::event::{Cleared, MarkedUnread, MessagesHidden};

fn hide(numbers: impl IntoIterator<Item = i64>) -> Command {
    Command::Hide {
        chat: GROUP,
        messages: numbers.into_iter().map(message).collect(),
        top: Some(message(10)),
    }
}

fn hidden(numbers: impl IntoIterator<Item = i64>) -> Event {
    let messages = numbers.into_iter().map(message).collect();
    Event::MessagesHidden(MessagesHidden { chat: GROUP, messages })
}

/// Clears the group, whose newest message is the tenth.
fn clear(up_to: Option<i64>) -> Command {
    Command::Clear {
        chat: GROUP,
        up_to: up_to.map(message),
        top: Some(message(10)),
    }
}

fn cleared(up_to: i64) -> Event {
    Event::Cleared(Cleared {
        chat: GROUP,
        up_to: message(up_to),
    })
}

fn mark_unread(unread: bool) -> Command {
    Command::MarkUnread {
        chat: GROUP,
        unread,
        member: true,
    }
}

fn marked(unread: bool) -> Event {
    Event::MarkedUnread(MarkedUnread { chat: GROUP, unread })
}

#[test]
fn messages_are_hidden_in_order_and_once_each() {
    given([]).when(ALICE, hide([7, 4, 7])).happens([hidden([4, 7])]);
    given([]).when(ALICE, hide([])).changes_nothing();
    given([]).when(BOB, hide([4])).rejected(Rejection::NotYours);
}

#[test]
fn what_was_not_sent_is_not_hidden_nor_cleared() {
    given([]).when(ALICE, hide([4, 11])).rejected(Rejection::NotSentYet(message(11)));
    given([]).when(ALICE, clear(Some(11))).rejected(Rejection::NotSentYet(message(11)));
    let many = 1..=i64::try_from(HIDE_MAX).expect("a small number") + 1;
    given([]).when(ALICE, hide(many)).rejected(Rejection::TooManyMessages);
}

#[test]
fn a_chat_is_cleared_up_to_a_message_or_as_a_whole() {
    given([]).when(ALICE, clear(Some(3))).happens([cleared(3)]);
    given([]).when(ALICE, clear(None)).happens([cleared(10)]);
    given([cleared(3)]).when(ALICE, clear(Some(3))).changes_nothing();
    given([cleared(10)]).when(ALICE, clear(None)).changes_nothing();
    let empty = Command::Clear {
        chat: GROUP,
        up_to: None,
        top: None,
    };
    given([]).when(ALICE, empty).changes_nothing();
}

#[test]
fn what_is_cleared_is_not_hidden_one_by_one() {
    given([cleared(5)]).when(ALICE, hide([4, 7])).happens([hidden([7])]);
    given([cleared(5)]).when(ALICE, hide([4, 5])).changes_nothing();
}

#[test]
fn a_chat_is_marked_as_unread_until_it_is_read() {
    given([]).when(ALICE, mark_unread(true)).happens([marked(true)]);
    given([marked(true)]).when(ALICE, mark_unread(false)).happens([marked(false)]);
    given([]).when(ALICE, mark_unread(false)).changes_nothing();
    let read_on = given([read(GROUP, 3), marked(true), read(GROUP, 4)]);
    read_on.when(ALICE, mark_unread(false)).changes_nothing();
}

#[test]
fn reading_what_was_read_already_ends_the_mark() {
    given([read(GROUP, 3), marked(true)]).when(ALICE, mark(3)).happens([marked(false)]);
}

#[test]
fn who_wrote_since_may_mark_a_chat_again() {
    given([marked(true)]).when(ALICE, mark_unread(true)).happens([marked(true)]);
}
