//! How long, and into what, messages may be edited.

use super::*;
use crate::actor::Actor;
use crate::chat::Rejection;
use crate::chat::command::EditWindow;
use crate::chat::content::Location;
use crate::testing::{ALICE, BOB, NOON};

const HOUR: i64 = 3_600;

fn edited_within(hours: u32) -> Command {
    Command::Edit(Edit {
        window: EditWindow::hours(hours),
        ..Edit::plain(message(1), body("eins"))
    })
}

#[test]
fn a_message_is_edited_until_so_many_hours_after_it_was_sent() {
    let town = given([created(ALICE), said(1, ALICE, "one")]);
    let last = NOON.plus_seconds(48 * HOUR);
    assert!(town.clone().at(last).when(ALICE, edited_within(48)).0.is_ok());
    let late = town.at(last.plus_seconds(1));
    late.when(ALICE, edited_within(48)).rejected(Rejection::EditTooLate(message(1)));
    assert!(late.when(ALICE, edited_within(0)).0.is_ok(), "0 hours: for ever");
}

#[test]
fn what_one_keeps_for_oneself_or_an_import_tells_is_edited_at_any_time() {
    let late = NOON.plus_seconds(100 * HOUR);
    let notebook = between(ALICE, ALICE).given([said(1, ALICE, "one")]).at(late);
    assert!(notebook.when(ALICE, edited_within(48)).0.is_ok());
    let town = given([created(ALICE), said(1, ALICE, "one")]).at(late);
    assert!(town.when(Actor::Import(ALICE), edited_within(48)).0.is_ok());
}

#[test]
fn a_place_moves_and_a_text_stays_a_text() {
    let here = Location::parse(52.5, 13.4, None).expect("a place");
    let there = Location::parse(48.1, 11.6, Some(10)).expect("a place");
    let place = Command::Send(Send::plain(Body::location(here)));
    let town = given([created(ALICE), joined(BOB)]);
    let sent = town.when(ALICE, place).0.expect("a member may send a place");
    let town = town.given(sent);
    let Ok(moved) = town.when(ALICE, Command::Edit(Edit::plain(message(1), Body::location(there)))).0 else {
        panic!("a place may move")
    };
    assert!(matches!(&moved[..], [Event::MessageEdited(edited)] if edited.text.content().is_some_and(|text| text.location == Some(there))));
    town.when(ALICE, edit(1, "Munich")).rejected(Rejection::OtherKind(message(1)));
    given([created(ALICE), said(1, ALICE, "Munich")])
        .when(ALICE, Command::Edit(Edit::plain(message(1), Body::location(there))))
        .rejected(Rejection::OtherKind(message(1)));
}
