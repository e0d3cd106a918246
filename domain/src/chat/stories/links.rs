//! Invite links, and who comes by them.

use std::num::NonZeroU32;

use super::*;
use crate::chat::content::{LinkLabel, LinkSecret};
use crate::chat::event::{JoinDeclined, JoinRequested, LinkChanged, LinkMade, LinkRevoked, MemberBanned};
use crate::chat::{LINKS_MAX, REQUESTS_MAX, Rejection};
use crate::id::LinkId;
use crate::testing::{ALICE, BOB, CAROL, DAVE, NOON, account, reactor};

fn link(number: i64) -> LinkId {
    LinkId::new(number).expect("a link's number")
}

fn made(number: i64, digit: char, terms: Terms) -> Event {
    let secret = LinkSecret {
        token: TOKEN.to_owned(),
        name: None,
    };
    Event::LinkMade(LinkMade {
        link: link(number),
        key: name_key(digit),
        terms,
        secret: Sealed::open(ALICE, secret),
    })
}

fn asked(account: AccountId) -> Event {
    Event::JoinRequested(JoinRequested { account, link: link(1) })
}

fn declined(account: AccountId) -> Event {
    Event::JoinDeclined(JoinDeclined { account })
}

fn came(account: AccountId, number: i64, count: u32) -> Event {
    match added(account, number, count) {
        Event::MemberAdded(added) => Event::MemberAdded(MemberAdded {
            link: Some(link(1)),
            ..added
        }),
        other => other,
    }
}

fn once() -> Terms {
    Terms {
        uses_max: NonZeroU32::new(1),
        ..Terms::default()
    }
}

fn by_request() -> Terms {
    Terms {
        requests: true,
        ..Terms::default()
    }
}

/// Alice owns the group, Bob is an admin who may manage links and answer requests.
fn town(terms: Terms) -> Story<Chat> {
    let rights = [Right::ManageLinks, Right::RestrictMembers];
    given([created(ALICE), joined(BOB), became(BOB, admin(rights)), made(1, 'a', terms)])
}

#[test]
fn who_has_a_links_token_joins() {
    let town = town(Terms::default());
    town.when(CAROL, join('a')).happens([came(CAROL, 1, 3)]);
    town.when(CAROL, join('b')).rejected(Rejection::LinkNotValid);
    town.when(BOB, join('a')).changes_nothing();
    town.when(BOB, join('b')).changes_nothing();
}

#[test]
fn a_link_lets_in_as_many_as_it_says_until_then() {
    let end = NOON.plus_seconds(60);
    let once = town(once()).given([came(CAROL, 1, 3), Event::MemberLeft(gone_as(CAROL, 2, 2))]);
    once.when(DAVE, join('a')).rejected(Rejection::LinkNotValid);
    let timed = town(Terms {
        until: Some(end),
        ..Terms::default()
    });
    assert!(timed.when(DAVE, join('a')).0.is_ok());
    timed.at(end).when(DAVE, join('a')).rejected(Rejection::LinkNotValid);
}

#[test]
fn a_revoked_link_lets_nobody_in() {
    let revoke = |number| Command::RevokeLink { link: link(number) };
    let revoked = || Event::LinkRevoked(LinkRevoked { link: link(1) });
    town(Terms::default()).when(BOB, revoke(1)).happens([revoked()]);
    let without = town(Terms::default()).given([revoked()]);
    without.when(CAROL, join('a')).rejected(Rejection::LinkNotValid);
    without.when(BOB, revoke(1)).changes_nothing();
    without.when(BOB, revoke(2)).rejected(Rejection::LinkNotFound(link(2)));
    without
        .when(ALICE, make_link('a', Terms::default()))
        .happens([made(2, 'a', Terms::default())]);
}

#[test]
fn a_link_is_changed_while_it_is_not_revoked() {
    let change = |number, terms| Command::ChangeLink {
        link: link(number),
        terms,
        name: None,
    };
    let label = |by| Sealed::open(by, LinkLabel { name: None });
    let changed = |by, terms| {
        Event::LinkChanged(LinkChanged {
            link: link(1),
            terms,
            label: label(by),
        })
    };
    town(once())
        .when(BOB, change(1, Terms::default()))
        .happens([changed(BOB, Terms::default())]);
    town(once())
        .when(BOB, change(2, Terms::default()))
        .rejected(Rejection::LinkNotFound(link(2)));
    let past = Terms {
        until: Some(NOON),
        ..Terms::default()
    };
    town(once()).when(BOB, change(1, past)).rejected(Rejection::UntilInThePast);
    // How often it was used it remembers.
    let used = town(once()).given([came(CAROL, 1, 3), changed(BOB, by_request()), changed(BOB, once())]);
    used.when(DAVE, join('a')).rejected(Rejection::LinkNotValid);
}

#[test]
fn links_are_made_by_who_may_and_there_is_an_end_to_them() {
    let make = || make_link('c', Terms::default());
    let town = town(Terms::default()).given([joined(CAROL), became(CAROL, admin([Right::AddMembers]))]);
    town.when(CAROL, make()).rejected(Rejection::MissingRight(Right::ManageLinks));
    town.when(DAVE, make()).rejected(Rejection::NotAMember);
    let past = Terms {
        until: Some(NOON),
        ..Terms::default()
    };
    town.when(ALICE, make_link('c', past)).rejected(Rejection::UntilInThePast);
    let count = i64::try_from(LINKS_MAX).expect("a small number");
    let full = town.given((2..=count).map(|number| made(number, 'b', Terms::default())));
    full.when(ALICE, make()).rejected(Rejection::TooManyLinks);
}

#[test]
fn by_a_link_for_requests_one_asks_and_who_may_restrict_answers() {
    let town = town(by_request());
    town.when(CAROL, join('a')).happens([asked(CAROL)]);
    let town = town.given([asked(CAROL)]);
    town.when(CAROL, join('a')).changes_nothing();
    town.when(BOB, approve(CAROL)).happens([came(CAROL, 1, 3)]);
    town.when(BOB, decline(CAROL)).happens([declined(CAROL)]);
    town.when(CAROL, decline(CAROL)).happens([declined(CAROL)]);
    town.when(CAROL, approve(CAROL)).rejected(Rejection::NotAMember);
    town.when(DAVE, decline(CAROL)).rejected(Rejection::NotAMember);
    town.when(BOB, approve(DAVE)).rejected(Rejection::RequestNotFound(DAVE));
    let answered = town.given([declined(CAROL)]);
    answered.when(BOB, approve(CAROL)).rejected(Rejection::RequestNotFound(CAROL));
    answered.when(CAROL, join('a')).happens([asked(CAROL)]);
}

#[test]
fn who_became_a_member_or_was_banned_asks_no_more() {
    let town = town(by_request()).given([asked(CAROL), asked(DAVE)]);
    let town = town.given([
        joined(CAROL),
        Event::MemberBanned(MemberBanned {
            account: DAVE,
            until: None,
        }),
    ]);
    town.when(BOB, approve(CAROL)).changes_nothing();
    town.when(BOB, approve(DAVE)).rejected(Rejection::RequestNotFound(DAVE));
    town.when(DAVE, join('a')).rejected(Rejection::Banned(DAVE));
}

#[test]
fn who_is_gone_asks_no_more() {
    let town = town(by_request()).given([asked(CAROL)]);
    let vacate = |account| Command::Vacate { account };
    town.when(reactor(), vacate(CAROL)).happens([declined(CAROL)]);
    town.given([declined(CAROL)])
        .when(reactor(), vacate(CAROL))
        .rejected(Rejection::NotAMember);
}

#[test]
fn so_many_ask_at_once_and_no_more() {
    let count = i64::try_from(REQUESTS_MAX).expect("a small number");
    let crowd = (0..count).map(|number| asked(account(1_000 + number)));
    let full = town(by_request()).given(crowd);
    full.when(CAROL, join('a')).rejected(Rejection::TooManyJoinRequests);
    full.when(account(1_000), join('a')).changes_nothing();
}

#[test]
fn nobody_comes_back_to_a_group_that_everybody_has_left() {
    town(Terms::default())
        .given([left(BOB), left(ALICE)])
        .when(ALICE, join('a'))
        .rejected(Rejection::LinkNotValid);
}

#[test]
fn a_links_token_is_no_part_of_the_payload_and_is_shown_nowhere() {
    let payload = |digit| serde_json::to_string(&make_link(digit, Terms::default())).expect("a command is JSON");
    assert_eq!(payload('a'), payload('b'));
    let shown = format!("{:?}{:?}", make_link('a', Terms::default()), made(1, 'a', Terms::default()));
    assert!(!shown.contains(TOKEN), "{shown}");
}
