//! Who gives which role to whom.

use super::*;
use crate::chat::Rejection;
use crate::testing::{ALICE, BOB, CAROL, DAVE, account};

/// Alice owns the group; Bob is an admin who may promote and add; Carol is an admin; Dave a member.
fn town_hall() -> Story<Chat> {
    given([created(ALICE), joined(BOB), joined(CAROL), joined(DAVE)]).given([
        became(BOB, admin([Right::Promote, Right::AddMembers])),
        became(CAROL, admin([Right::ChangeInfo])),
    ])
}

#[test]
fn the_owner_gives_any_rights_and_takes_them() {
    let rights = || admin([Right::DeleteMessages, Right::Promote]);
    town_hall().when(ALICE, set_role(DAVE, rights())).happens([became(DAVE, rights())]);
    town_hall()
        .when(ALICE, set_role(CAROL, rights()))
        .happens([became(CAROL, rights())]);
    town_hall()
        .when(ALICE, set_role(CAROL, Role::Member))
        .happens([became(CAROL, Role::Member)]);
}

#[test]
fn the_same_role_again_changes_nothing() {
    town_hall().when(ALICE, set_role(DAVE, Role::Member)).changes_nothing();
    town_hall()
        .when(ALICE, set_role(CAROL, admin([Right::ChangeInfo])))
        .changes_nothing();
}

#[test]
fn an_admin_who_may_promote_gives_at_most_the_own_rights() {
    let less = || admin([Right::AddMembers]);
    town_hall().when(BOB, set_role(DAVE, less())).happens([became(DAVE, less())]);
    let more = admin([Right::AddMembers, Right::DeleteMessages]);
    town_hall()
        .when(BOB, set_role(DAVE, more))
        .rejected(Rejection::RightNotHeld(Right::DeleteMessages));
}

#[test]
fn an_admin_does_not_touch_other_admins_nor_the_owner() {
    town_hall()
        .when(BOB, set_role(CAROL, Role::Member))
        .rejected(Rejection::TargetIsAdmin);
    town_hall()
        .when(BOB, set_role(ALICE, Role::Member))
        .rejected(Rejection::TargetIsOwner);
}

#[test]
fn an_admin_may_step_back_but_not_up() {
    town_hall()
        .when(BOB, set_role(BOB, Role::Member))
        .happens([became(BOB, Role::Member)]);
    let more = admin([Right::Promote, Right::ChangeInfo]);
    town_hall()
        .when(BOB, set_role(BOB, more))
        .rejected(Rejection::RightNotHeld(Right::ChangeInfo));
}

#[test]
fn without_the_right_to_promote_nobody_changes_roles() {
    town_hall()
        .when(CAROL, set_role(DAVE, admin([])))
        .rejected(Rejection::MissingRight(Right::Promote));
    town_hall()
        .when(CAROL, set_role(CAROL, Role::Member))
        .rejected(Rejection::MissingRight(Right::Promote));
    town_hall()
        .when(DAVE, set_role(DAVE, admin([])))
        .rejected(Rejection::MissingRight(Right::Promote));
}

#[test]
fn ownership_is_neither_given_nor_laid_down() {
    town_hall()
        .when(ALICE, set_role(BOB, Role::Owner))
        .rejected(Rejection::OwnershipNotGiven);
    town_hall()
        .when(ALICE, set_role(ALICE, Role::Owner))
        .rejected(Rejection::OwnershipNotGiven);
    town_hall()
        .when(BOB, set_role(BOB, Role::Owner))
        .rejected(Rejection::OwnershipNotGiven);
    town_hall()
        .when(ALICE, set_role(ALICE, Role::Member))
        .rejected(Rejection::TargetIsOwner);
}

#[test]
fn a_role_needs_a_member() {
    given([created(ALICE)])
        .when(ALICE, set_role(DAVE, admin([])))
        .rejected(Rejection::MemberNotFound(DAVE));
}

#[test]
fn the_heir_of_an_owner_may_do_everything() {
    let group = given([created(ALICE), joined(BOB), joined(CAROL), left(ALICE), became(BOB, Role::Owner)]);
    group.when(BOB, remove(CAROL)).happens([Event::MemberRemoved(gone_as(CAROL, 1, 1))]);
}

#[test]
fn the_owner_passes_the_group_on_and_stays_an_admin() {
    let all = || admin(Right::ALL);
    town_hall()
        .when(ALICE, pass_on(DAVE))
        .happens([became(ALICE, all()), became(DAVE, Role::Owner)]);
    town_hall().when(ALICE, pass_on(ALICE)).changes_nothing();
    town_hall().when(BOB, pass_on(BOB)).rejected(Rejection::OwnerOnly);
    town_hall().when(DAVE, pass_on(BOB)).rejected(Rejection::OwnerOnly);
    let outsider = account(900);
    town_hall()
        .when(ALICE, pass_on(outsider))
        .rejected(Rejection::MemberNotFound(outsider));
    town_hall().when(outsider, pass_on(BOB)).rejected(Rejection::NotAMember);
}

#[test]
fn who_owned_the_group_takes_it_back_from_nobody() {
    let passed = town_hall().given([became(ALICE, admin(Right::ALL)), became(DAVE, Role::Owner)]);
    passed.when(ALICE, pass_on(ALICE)).rejected(Rejection::OwnerOnly);
    passed.when(ALICE, remove(DAVE)).rejected(Rejection::TargetIsOwner);
    passed
        .when(DAVE, pass_on(ALICE))
        .happens([became(DAVE, admin(Right::ALL)), became(ALICE, Role::Owner)]);
}
