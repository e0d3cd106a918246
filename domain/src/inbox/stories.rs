//! An inbox's rules, told as stories.

mod dialogs;
mod marks;

use super::event::{Read, Subscribed, Unsubscribed};
use super::{Command, Event, Inbox, Rejection, SUBSCRIPTIONS_MAX, UNSUBSCRIBED_AT_ONCE};
use crate::aggregate::Aggregate;
use crate::id::{ChatId, RoomId};
use crate::testing::{ALICE, BOB, CAROL, CHANNEL, GROUP, Story, admin, message, reactor, service};

fn given(events: impl IntoIterator<Item = Event>) -> Story<Inbox> {
    Story::of(ALICE).given(events)
}

fn read(chat: ChatId, up_to: i64) -> Event {
    Event::Read(Read {
        chat,
        up_to: message(up_to),
    })
}

/// Reads the group, whose newest message is the tenth.
fn mark(up_to: i64) -> Command {
    Command::Read {
        chat: GROUP,
        up_to: message(up_to),
        top: Some(message(10)),
    }
}

#[test]
fn an_account_reads_a_chat_up_to_a_message() {
    given([]).when(ALICE, mark(3)).happens([read(GROUP, 3)]);
    given([]).when(ALICE, mark(10)).happens([read(GROUP, 10)]);
}

#[test]
fn a_mark_only_rises() {
    given([read(GROUP, 3)]).when(ALICE, mark(4)).happens([read(GROUP, 4)]);
    given([read(GROUP, 3)]).when(ALICE, mark(3)).changes_nothing();
    given([read(GROUP, 3)]).when(ALICE, mark(2)).changes_nothing();
}

#[test]
fn each_chat_has_its_own_mark() {
    let direct = ChatId::direct(ALICE, BOB);
    given([read(direct, 9)]).when(ALICE, mark(3)).happens([read(GROUP, 3)]);
}

#[test]
fn what_has_not_been_sent_is_not_read() {
    given([]).when(ALICE, mark(11)).rejected(Rejection::NotSentYet(message(11)));
    let empty = Command::Read {
        chat: GROUP,
        up_to: message(1),
        top: None,
    };
    given([]).when(ALICE, empty).rejected(Rejection::NotSentYet(message(1)));
}

#[test]
fn what_is_read_stays_read_for_who_can_not_look_any_more() {
    let left = |up_to| Command::Read {
        chat: GROUP,
        up_to: message(up_to),
        top: None,
    };
    given([read(GROUP, 3)]).when(ALICE, left(3)).changes_nothing();
    given([read(GROUP, 3)])
        .when(ALICE, left(4))
        .rejected(Rejection::NotSentYet(message(4)));
}

#[test]
fn nobody_reads_for_another() {
    given([]).when(CAROL, mark(3)).rejected(Rejection::NotYours);
    given([]).when(service(), mark(3)).rejected(Rejection::NotYours);
    given([]).when(admin(ALICE), mark(3)).rejected(Rejection::NotYours);
}

#[test]
fn in_one_commit_a_later_mark_says_all_that_an_earlier_one_of_the_same_chat_said() {
    let direct = ChatId::direct(ALICE, BOB);
    assert!(Inbox::supersedes(&read(GROUP, 4), &read(GROUP, 3)));
    assert!(!Inbox::supersedes(&read(GROUP, 4), &read(direct, 3)));
}

#[test]
fn a_chats_newest_message_is_no_part_of_the_payload() {
    let payload = |top| {
        let up_to = message(1);
        serde_json::to_string(&Command::Read { chat: GROUP, up_to, top }).expect("a command is JSON")
    };
    assert_eq!(payload(Some(message(1))), payload(Some(message(2))));
}

#[test]
fn an_inbox_is_stored_and_read_back() {
    let inbox = given([read(GROUP, 3), read(ChatId::direct(ALICE, BOB), 9)]).state;
    let stored = serde_json::to_string(&inbox).expect("a state is JSON");
    assert_eq!(serde_json::from_str::<Inbox>(&stored).expect("and read back"), inbox);
}

fn subscribed(chat: ChatId) -> Event {
    Event::Subscribed(Subscribed {
        chat,
        after: Some(message(10)),
    })
}

fn subscribe(chat: ChatId) -> Command {
    Command::Subscribe {
        chat,
        top: Some(message(10)),
    }
}

#[test]
fn a_channel_is_followed_and_followed_no_more() {
    let gone = || Event::Unsubscribed(Unsubscribed { chat: CHANNEL });
    given([]).when(ALICE, subscribe(CHANNEL)).happens([subscribed(CHANNEL)]);
    given([subscribed(CHANNEL)]).when(ALICE, subscribe(CHANNEL)).changes_nothing();
    let leave = || Command::Unsubscribe { chat: CHANNEL };
    given([]).when(ALICE, leave()).changes_nothing();
    given([subscribed(CHANNEL)]).when(ALICE, leave()).happens([gone()]);
    given([subscribed(CHANNEL)]).when(reactor(), leave()).happens([gone()]);
    given([subscribed(CHANNEL), gone()])
        .when(ALICE, subscribe(CHANNEL))
        .happens([subscribed(CHANNEL)]);
}

#[test]
fn only_channels_are_followed_and_nobody_follows_for_another() {
    given([]).when(ALICE, subscribe(GROUP)).rejected(Rejection::NotAChannel);
    given([]).when(BOB, subscribe(CHANNEL)).rejected(Rejection::NotYours);
    given([]).when(reactor(), subscribe(CHANNEL)).rejected(Rejection::NotYours);
    given([])
        .when(BOB, Command::Unsubscribe { chat: CHANNEL })
        .rejected(Rejection::NotYours);
}

#[test]
fn an_account_follows_so_many_channels() {
    let channel = |number| ChatId::Channel(RoomId::new(number).expect("a channel's number"));
    let story = given((2i64..).take(SUBSCRIPTIONS_MAX).map(|number| subscribed(channel(number))));
    story.when(ALICE, subscribe(CHANNEL)).rejected(Rejection::TooManySubscriptions);
}

#[test]
fn who_is_gone_follows_nothing_any_more_step_by_step() {
    let channel = |number| ChatId::Channel(RoomId::new(number).expect("a channel's number"));
    let gone = |number| Event::Unsubscribed(Unsubscribed { chat: channel(number) });
    let story = given((1i64..).take(UNSUBSCRIBED_AT_ONCE + 1).map(|number| subscribed(channel(number))));
    let all = || Command::UnsubscribeAll;
    let first: Vec<_> = (1i64..).take(UNSUBSCRIBED_AT_ONCE).map(gone).collect();
    story.when(reactor(), all()).happens(first.clone());
    let story = story.given(first);
    let last = i64::try_from(UNSUBSCRIBED_AT_ONCE + 1).expect("a small number");
    story.when(reactor(), all()).happens([gone(last)]);
    story.given([gone(last)]).when(reactor(), all()).changes_nothing();
    given([subscribed(CHANNEL)]).when(BOB, all()).rejected(Rejection::NotYours);
    given([subscribed(CHANNEL)]).when(service(), all()).rejected(Rejection::NotYours);
}

#[test]
fn of_a_channel_nothing_is_superseded_but_marks() {
    assert!(!Inbox::supersedes(&subscribed(CHANNEL), &subscribed(CHANNEL)));
    assert!(!Inbox::supersedes(&read(CHANNEL, 4), &subscribed(CHANNEL)));
}
