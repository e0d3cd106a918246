//! Interactions' rules, told as stories.

use super::event::{Count, Counted, ReactionChanged};
use super::{COUNTED_MAX, Command, Event, Interactions, Rejection};
use crate::actor::{Actor, UPKEEP};
use crate::testing::{ALICE, CHANNEL, Story, admin, message, reactor, service};

fn channel() -> Story<Interactions> {
    Story::of(CHANNEL)
}

fn upkeep() -> Actor {
    Actor::Service(UPKEEP.to_owned())
}

fn seen(number: i64, views: u32) -> Count {
    Count {
        message: message(number),
        views: Some(views),
        reactions: None,
    }
}

fn react(reactions: &[&str], present: &[&str]) -> Command {
    let owned = |set: &[&str]| set.iter().map(|emoji| (*emoji).to_owned()).collect();
    Command::React {
        message: message(1),
        reactions: owned(reactions),
        present: owned(present),
        allowed: true,
    }
}

#[test]
fn the_installation_counts_what_was_seen_in_order() {
    let messages = vec![seen(2, 1), seen(1, 7)];
    let counted = Counted {
        messages: vec![seen(1, 7), seen(2, 1)],
    };
    channel()
        .when(upkeep(), Command::Count { messages })
        .happens([Event::Counted(counted)]);
    channel().when(upkeep(), Command::Count { messages: vec![] }).changes_nothing();
}

#[test]
fn nobody_else_counts() {
    for by in [service(), reactor(), admin(ALICE), Actor::Import(ALICE)] {
        let messages = vec![seen(1, 7)];
        channel().when(by, Command::Count { messages }).rejected(Rejection::NotYours);
    }
    let messages = vec![seen(1, 7)];
    channel().when(ALICE, Command::Count { messages }).rejected(Rejection::NotYours);
}

#[test]
fn so_many_are_counted_at_once() {
    let most = || (1i64..).take(COUNTED_MAX).map(|number| seen(number, 1));
    assert!(
        channel()
            .when(
                upkeep(),
                Command::Count {
                    messages: most().collect()
                }
            )
            .0
            .is_ok()
    );
    let messages = most().chain([seen(5_000, 1)]).collect();
    channel()
        .when(upkeep(), Command::Count { messages })
        .rejected(Rejection::TooManyMessages);
}

#[test]
fn an_account_reacts_with_a_whole_set() {
    let changed = |reactions: &[&str]| {
        Event::ReactionChanged(ReactionChanged {
            message: message(1),
            account: ALICE,
            reactions: reactions.iter().map(|emoji| (*emoji).to_owned()).collect(),
        })
    };
    channel().when(ALICE, react(&["👍"], &[])).happens([changed(&["👍"])]);
    channel().when(ALICE, react(&[], &["👍"])).happens([changed(&[])]);
    channel().when(ALICE, react(&["👍"], &["👍"])).changes_nothing();
    channel().when(ALICE, react(&["👍", "👍"], &[])).happens([changed(&["👍"])]);
    channel()
        .when(ALICE, react(&["👍", "🎉", "🔥", "👀"], &[]))
        .rejected(Rejection::TooManyReactions);
    channel().when(upkeep(), react(&["👍"], &[])).rejected(Rejection::NotYours);
}

#[test]
fn who_may_not_does_not_react() {
    let mut wanted = react(&["👍"], &[]);
    if let Command::React { allowed, .. } = &mut wanted {
        *allowed = false;
    }
    channel().when(ALICE, wanted).rejected(Rejection::NotAllowed);
}
