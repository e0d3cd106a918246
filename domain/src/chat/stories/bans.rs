//! Who may do less in a group than others, or not be in it.

use super::*;
use crate::chat::event::{MemberBanned, MemberRestricted, MemberUnbanned};
use crate::chat::{BANS_MAX, Rejection};
use crate::testing::{ALICE, BOB, CAROL, DAVE, NOON, account};

/// Alice owns the group; Bob is an admin who may restrict; Carol an admin who may not; Dave a member.
fn town() -> Story<Chat> {
    given([created(ALICE), joined(BOB), joined(CAROL), joined(DAVE)])
        .given([became(BOB, admin([Right::RestrictMembers])), became(CAROL, admin([]))])
}

fn restricted(account: AccountId, denied: impl IntoIterator<Item = Permission>, until: Option<Timestamp>) -> Event {
    let denied = denied.into_iter().collect();
    Event::MemberRestricted(MemberRestricted { account, denied, until })
}

fn banned(account: AccountId, until: Option<Timestamp>) -> Event {
    Event::MemberBanned(MemberBanned { account, until })
}

fn unbanned(account: AccountId) -> Event {
    Event::MemberUnbanned(MemberUnbanned { account })
}

#[test]
fn a_restricted_member_may_do_less_until_then() {
    let end = Some(NOON.plus_seconds(60));
    let muted = || restricted(DAVE, [Permission::Write], end);
    town().when(BOB, restrict(DAVE, [Permission::Write], end)).happens([muted()]);
    let town = town().given([muted()]);
    town.when(BOB, restrict(DAVE, [Permission::Write], end)).changes_nothing();
    town.when(DAVE, say("hi")).rejected(Rejection::NotPermitted(Permission::Write));
    town.when(BOB, restrict(DAVE, [], None)).happens([restricted(DAVE, [], None)]);
    let later = town.at(NOON.plus_seconds(60));
    later.when(DAVE, say("hi")).happens([said(1, DAVE, "hi")]);
}

#[test]
fn a_lifted_restriction_denies_nothing_and_is_lifted_once() {
    let free = town().given([restricted(DAVE, [Permission::Write], None), restricted(DAVE, [], None)]);
    free.when(DAVE, say("hi")).happens([said(1, DAVE, "hi")]);
    free.when(BOB, restrict(DAVE, [], None)).changes_nothing();
}

#[test]
fn a_restriction_outlives_leaving() {
    town()
        .given([restricted(DAVE, [Permission::Write], None), left(DAVE), joined(DAVE)])
        .when(DAVE, say("hi"))
        .rejected(Rejection::NotPermitted(Permission::Write));
}

#[test]
fn members_are_restricted_and_those_who_lead_are_not() {
    let write = [Permission::Write];
    town().when(BOB, restrict(CAROL, write, None)).rejected(Rejection::TargetIsAdmin);
    town().when(ALICE, restrict(CAROL, write, None)).rejected(Rejection::TargetIsAdmin);
    town().when(BOB, restrict(ALICE, write, None)).rejected(Rejection::TargetIsOwner);
    town()
        .when(BOB, restrict(account(900), write, None))
        .rejected(Rejection::MemberNotFound(account(900)));
    town()
        .when(CAROL, restrict(DAVE, write, None))
        .rejected(Rejection::MissingRight(Right::RestrictMembers));
    town()
        .when(BOB, restrict(DAVE, write, Some(NOON)))
        .rejected(Rejection::UntilInThePast);
}

#[test]
fn who_is_banned_is_removed_and_not_let_in_again_until_then() {
    let end = NOON.plus_seconds(60);
    town()
        .when(BOB, ban(DAVE, Some(end)))
        .happens([Event::MemberRemoved(gone_as(DAVE, 1, 3)), banned(DAVE, Some(end))]);
    let without = town().given([removed(DAVE), banned(DAVE, Some(end))]);
    without.when(ALICE, add(DAVE)).rejected(Rejection::Banned(DAVE));
    without.when(BOB, ban(DAVE, Some(end))).changes_nothing();
    without.when(BOB, ban(DAVE, None)).happens([banned(DAVE, None)]);
    without.clone().at(end).when(ALICE, add(DAVE)).happens([added(DAVE, 1, 4)]);
    without.when(BOB, unban(DAVE)).happens([unbanned(DAVE)]);
    let free = without.given([unbanned(DAVE)]);
    free.when(BOB, unban(DAVE)).changes_nothing();
    free.when(ALICE, add(DAVE)).happens([added(DAVE, 1, 4)]);
}

#[test]
fn who_never_was_in_it_is_banned_too() {
    town().when(BOB, ban(account(900), None)).happens([banned(account(900), None)]);
}

#[test]
fn nobody_bans_the_owner_nor_oneself_and_only_the_owner_bans_admins() {
    town().when(BOB, ban(ALICE, None)).rejected(Rejection::TargetIsOwner);
    town().when(BOB, ban(CAROL, None)).rejected(Rejection::TargetIsAdmin);
    town().when(BOB, ban(BOB, None)).rejected(Rejection::RemovingOneself);
    town()
        .when(CAROL, ban(DAVE, None))
        .rejected(Rejection::MissingRight(Right::RestrictMembers));
    town().when(BOB, ban(DAVE, Some(NOON))).rejected(Rejection::UntilInThePast);
    assert!(town().when(ALICE, ban(CAROL, None)).0.is_ok());
}

#[test]
fn a_ban_that_has_ended_makes_room_for_another() {
    let count = i64::try_from(BANS_MAX).expect("a small number");
    let end = NOON.plus_seconds(60);
    let crowd = (0..count).map(|number| banned(account(1_000 + number), (number == 7).then_some(end)));
    let full = town().given(crowd);
    full.when(BOB, ban(account(900), None)).rejected(Rejection::TooManyBans);
    full.at(end)
        .when(BOB, ban(account(900), None))
        .happens([unbanned(account(1_007)), banned(account(900), None)]);
}
