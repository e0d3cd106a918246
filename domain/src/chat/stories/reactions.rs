//! Reacting to messages.

use std::collections::BTreeSet;

use super::*;
use crate::account::Wishes;
use crate::aggregate::Aggregate;
use crate::chat::event::{MemberBanned, PermissionsChanged, ReactionChanged};
use crate::chat::{Emoji, REACTIONS_MAX, Rejection};
use crate::testing::{ALICE, BOB, CAROL, CHANNEL, NOON};

fn emoji(text: &str) -> Emoji {
    Emoji::parse(text).expect("stories react with emoji")
}

fn react(number: i64, reactions: &[&str]) -> Command {
    Command::React {
        message: message(number),
        reactions: reactions.iter().map(|text| emoji(text)).collect(),
    }
}

fn reacted(number: i64, account: AccountId, reactions: &[&str]) -> Event {
    Event::ReactionChanged(ReactionChanged {
        message: message(number),
        account,
        reactions: reactions.iter().map(|text| emoji(text)).collect(),
    })
}

fn one_said() -> Story<Chat> {
    given([created(ALICE), joined(BOB), said(1, ALICE, "one")])
}

#[test]
fn a_member_reacts_with_a_whole_set() {
    one_said()
        .when(BOB, react(1, &["👍", "🎉"]))
        .happens([reacted(1, BOB, &["👍", "🎉"])]);
    one_said().when(ALICE, react(1, &["👍"])).happens([reacted(1, ALICE, &["👍"])]);
    one_said().when(BOB, react(1, &["👍", "👍"])).happens([reacted(1, BOB, &["👍"])]);
}

#[test]
fn a_reaction_is_taken_back_by_an_empty_set() {
    let reacted_to = one_said().given([reacted(1, BOB, &["👍"])]);
    reacted_to.when(BOB, react(1, &[])).happens([reacted(1, BOB, &[])]);
}

#[test]
fn a_set_has_an_end() {
    let many = &["👍", "🎉", "🔥", "👏"];
    assert!(many.len() > REACTIONS_MAX);
    one_said().when(BOB, react(1, many)).rejected(Rejection::TooManyReactions);
}

#[test]
fn only_members_react_to_what_is_there() {
    one_said().when(CAROL, react(1, &["👍"])).rejected(Rejection::NotAMember);
    one_said()
        .when(BOB, react(2, &["👍"]))
        .rejected(Rejection::MessageNotFound(message(2)));
    let gone = one_said().given([deleted([1])]);
    gone.when(BOB, react(1, &["👍"])).rejected(Rejection::MessageDeleted(message(1)));
}

#[test]
fn who_is_not_to_write_does_not_react_but_takes_reactions_back() {
    let blocked = Wishes {
        blocked: true,
        ..Wishes::default()
    };
    let chat = between(ALICE, BOB).given([said(1, ALICE, "one")]).wished(ALICE, BOB, blocked);
    chat.when(BOB, react(1, &["👍"])).rejected(Rejection::CannotWrite(ALICE));
    chat.when(BOB, react(1, &[])).happens([reacted(1, BOB, &[])]);
}

#[test]
fn where_many_follow_the_same_people_may() {
    let mut group = Chat::new(GROUP);
    for event in [created(ALICE), joined(BOB)] {
        group.evolve(&event);
    }
    assert_eq!(group.lets_react(BOB, NOON), Ok(()));
    assert_eq!(group.lets_react(CAROL, NOON), Err(Rejection::NotAMember));
    group.evolve(&Event::PermissionsChanged(PermissionsChanged {
        denied: BTreeSet::from([Permission::React]),
    }));
    assert_eq!(group.lets_react(BOB, NOON), Err(Rejection::NotPermitted(Permission::React)));
    assert_eq!(group.lets_react(ALICE, NOON), Ok(()));
    let mut channel = Chat::new(CHANNEL);
    assert_eq!(channel.lets_react(CAROL, NOON), Ok(()));
    channel.evolve(&Event::MemberBanned(MemberBanned {
        account: CAROL,
        until: None,
    }));
    assert_eq!(channel.lets_react(CAROL, NOON), Err(Rejection::Banned(CAROL)));
}
