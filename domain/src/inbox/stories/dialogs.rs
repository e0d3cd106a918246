//! Muting, pinning, archiving, drafts.

use super::*;
use crate::chat::Body;
use crate::inbox::command::Draft;
use crate::inbox::event::{Archived, DraftChanged, Muted, PinsChanged};
use crate::inbox::{MUTED_FOR_EVER, PINNED_MAX};
use crate::sealed::Sealed;
use crate::testing::NOON;
use crate::time::Timestamp;

const DIRECT: ChatId = ChatId::Direct(ALICE, BOB);

fn mute(until: Option<Timestamp>) -> Command {
    Command::Mute {
        chat: GROUP,
        until,
        member: true,
    }
}

fn muted(until: Option<Timestamp>) -> Event {
    Event::Muted(Muted { chat: GROUP, until })
}

fn pin(chat: ChatId, pinned: bool) -> Command {
    Command::Pin {
        chat,
        pinned,
        member: true,
    }
}

fn pins(chats: impl IntoIterator<Item = ChatId>) -> Event {
    let chats = chats.into_iter().collect();
    Event::PinsChanged(PinsChanged { chats })
}

fn about_to_say(text: &str) -> (Command, Event) {
    let body = Body::parse(text, Vec::new()).expect("stories say what can be said");
    let happened = Event::DraftChanged(DraftChanged {
        chat: GROUP,
        reply_to: Some(message(7)),
        entities: Vec::new(),
        text: Some(Sealed::open(ALICE, body.text().clone())),
    });
    let draft = Some(Box::new(Draft {
        body,
        reply_to: Some(message(7)),
    }));
    let member = true;
    (
        Command::Draft {
            chat: GROUP,
            draft,
            member,
        },
        happened,
    )
}

#[test]
fn a_chat_is_muted_until_a_time_or_for_ever() {
    let later = Some(NOON.plus_seconds(60));
    given([]).when(ALICE, mute(later)).happens([muted(later)]);
    given([])
        .when(ALICE, mute(Some(Timestamp(i64::MAX))))
        .happens([muted(Some(MUTED_FOR_EVER))]);
    given([muted(later)]).when(ALICE, mute(later)).changes_nothing();
    given([muted(later)]).when(ALICE, mute(None)).happens([muted(None)]);
    given([]).when(ALICE, mute(None)).changes_nothing();
}

#[test]
fn what_is_over_mutes_nothing() {
    given([]).when(ALICE, mute(Some(NOON))).changes_nothing();
    let later = Some(NOON.plus_seconds(60));
    given([muted(later)]).when(ALICE, mute(Some(NOON))).happens([muted(None)]);
}

#[test]
fn the_chat_pinned_last_comes_first() {
    given([]).when(ALICE, pin(GROUP, true)).happens([pins([GROUP])]);
    given([pins([GROUP])])
        .when(ALICE, pin(DIRECT, true))
        .happens([pins([DIRECT, GROUP])]);
    given([pins([GROUP])]).when(ALICE, pin(GROUP, true)).changes_nothing();
    given([pins([DIRECT, GROUP])])
        .when(ALICE, pin(DIRECT, false))
        .happens([pins([GROUP])]);
    given([]).when(ALICE, pin(GROUP, false)).changes_nothing();
}

#[test]
fn pinned_chats_are_put_in_order_and_none_is_lost() {
    let saved = ChatId::direct(ALICE, ALICE);
    let three = || given([pins([GROUP, DIRECT, saved])]);
    let order = |chats: &[ChatId]| Command::Reorder { chats: chats.to_vec() };
    three().when(ALICE, order(&[saved, GROUP])).happens([pins([saved, GROUP, DIRECT])]);
    three().when(ALICE, order(&[GROUP])).changes_nothing();
    three()
        .when(ALICE, order(&[ChatId::direct(ALICE, CAROL), saved, saved]))
        .happens([pins([saved, GROUP, DIRECT])]);
}

#[test]
fn pins_have_an_end() {
    let chat = |number: usize| ChatId::direct(ALICE, crate::testing::account(i64::try_from(number).expect("a small number")));
    let full = given([pins((1..=PINNED_MAX).map(chat))]);
    full.when(ALICE, pin(GROUP, true)).rejected(Rejection::TooManyPinned);
}

#[test]
fn a_chat_is_put_away_and_taken_out() {
    let archive = |archived| Command::Archive {
        chat: GROUP,
        archived,
        member: true,
    };
    let archived = |archived| Event::Archived(Archived { chat: GROUP, archived });
    given([]).when(ALICE, archive(true)).happens([archived(true)]);
    given([archived(true)]).when(ALICE, archive(true)).changes_nothing();
    given([archived(true)]).when(ALICE, archive(false)).happens([archived(false)]);
    given([]).when(ALICE, archive(false)).changes_nothing();
}

#[test]
fn a_draft_is_kept_until_it_is_ended() {
    let (keep, kept) = about_to_say("well");
    given([]).when(ALICE, keep).happens([kept.clone()]);
    let end = Command::Draft {
        chat: GROUP,
        draft: None,
        member: false,
    };
    let ended = Event::DraftChanged(DraftChanged {
        chat: GROUP,
        reply_to: None,
        entities: Vec::new(),
        text: None,
    });
    given([kept]).when(ALICE, end.clone()).happens([ended]);
    given([]).when(ALICE, end).changes_nothing();
}

#[test]
fn in_one_commit_only_the_last_draft_and_the_last_order_are_recorded() {
    let (_, one) = about_to_say("w");
    let (_, other) = about_to_say("well");
    assert!(Inbox::supersedes(&other, &one));
    assert!(Inbox::supersedes(&pins([]), &pins([GROUP])));
    assert!(!Inbox::supersedes(&pins([]), &one));
    assert!(!Inbox::supersedes(&read(GROUP, 4), &muted(None)));
}

#[test]
fn who_is_not_in_a_chat_does_nothing_with_it_but_undoes_what_was_done() {
    let mute = |until| Command::Mute {
        chat: GROUP,
        until,
        member: false,
    };
    let later = Some(NOON.plus_seconds(60));
    given([]).when(ALICE, mute(later)).rejected(Rejection::NotAMember);
    given([muted(later)]).when(ALICE, mute(None)).happens([muted(None)]);
    let pin = |pinned| Command::Pin {
        chat: GROUP,
        pinned,
        member: false,
    };
    given([]).when(ALICE, pin(true)).rejected(Rejection::NotAMember);
    given([pins([GROUP])]).when(ALICE, pin(false)).happens([pins([])]);
}
