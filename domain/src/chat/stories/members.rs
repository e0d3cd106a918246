//! A group's coming into being, its title and members.

use super::*;
use crate::actor::{Actor, UPKEEP};
use crate::chat::content::Description;
use crate::chat::event::{Described, Renamed};
use crate::chat::{DescriptionText, MEMBERS_MAX, Rejection};
use crate::testing::{ALICE, BOB, CAROL, DAVE, account, reactor, service};

#[test]
fn who_creates_a_group_owns_it_and_nobody_is_in_it_twice() {
    given([])
        .when(ALICE, create([BOB, ALICE, CAROL, BOB]))
        .happens([Event::Created(Created {
            members: vec![member(ALICE, Role::Owner), member(BOB, Role::Member), member(CAROL, Role::Member)],
            title: Some(title(ALICE, "Town")),
        })]);
}

#[test]
fn a_group_may_begin_with_its_owner_alone() {
    given([]).when(ALICE, create([])).happens([created(ALICE)]);
}

#[test]
fn a_group_is_created_once() {
    given([created(ALICE)]).when(ALICE, create([])).rejected(Rejection::AlreadyExists);
    given([created(ALICE), left(ALICE)])
        .when(BOB, create([]))
        .rejected(Rejection::AlreadyExists);
}

#[test]
fn services_reactors_and_admins_as_such_may_do_nothing_in_a_chat() {
    for by in [service(), reactor(), crate::testing::admin(ALICE)] {
        given([]).when(by.clone(), create([])).rejected(Rejection::DevicesOnly);
        given([created(ALICE)]).when(by, say("hi")).rejected(Rejection::DevicesOnly);
    }
}

#[test]
fn who_is_gone_leaves_as_it_would_itself() {
    let vacate = |account| Command::Vacate { account };
    let upkeep = || Actor::Service(UPKEEP.to_owned());
    let story = given([created(ALICE), joined(BOB)]);
    for by in [reactor(), upkeep()] {
        let passed = [Event::MemberLeft(gone_as(ALICE, 1, 1)), became(BOB, Role::Owner)];
        story.when(by.clone(), vacate(ALICE)).happens(passed);
        story.when(by.clone(), vacate(BOB)).happens([Event::MemberLeft(gone_as(BOB, 1, 1))]);
        story.when(by, vacate(CAROL)).rejected(Rejection::NotAMember);
    }
    for by in [service(), crate::testing::admin(ALICE)] {
        story.when(by, vacate(BOB)).rejected(Rejection::DevicesOnly);
    }
    story.when(ALICE, vacate(BOB)).rejected(Rejection::DevicesOnly);
}

#[test]
fn a_group_may_say_of_itself_what_it_is_from_the_beginning() {
    let description = DescriptionText::parse("all of us").expect("a description");
    let create = Command::Create(Create {
        title: TitleText::parse("Town").expect("a title"),
        members: Vec::new(),
        description: Some(description),
    });
    let described = Event::Described(Described {
        description: Some(Sealed::open(
            ALICE,
            Description {
                description: "all of us".to_owned(),
            },
        )),
    });
    given([]).when(ALICE, create).happens([created(ALICE), described]);
}

#[test]
fn nobody_is_a_member_of_a_group_that_was_never_created() {
    for command in [
        say("hi"),
        rename(),
        add(BOB),
        remove(BOB),
        Command::Leave,
        set_role(BOB, Role::Member),
    ] {
        given([]).when(ALICE, command).rejected(Rejection::NotAMember);
    }
}

#[test]
fn who_may_change_the_title_renames_the_group() {
    let renamed = |by| {
        [Event::Renamed(Renamed {
            message: Some(message(1)),
            title: title(by, "Town"),
        })]
    };
    let group = given([created(ALICE), joined(BOB), joined(CAROL), became(BOB, admin([Right::ChangeInfo]))]);
    group.when(ALICE, rename()).happens(renamed(ALICE));
    group.when(BOB, rename()).happens(renamed(BOB));
    group.when(CAROL, rename()).rejected(Rejection::MissingRight(Right::ChangeInfo));
    group.when(DAVE, rename()).rejected(Rejection::NotAMember);
}

#[test]
fn who_may_add_members_adds_them_behind_the_newest_message() {
    let group = given([created(ALICE), joined(BOB), said(1, ALICE, "hi")]);
    group.when(ALICE, add(CAROL)).happens([added(CAROL, 2, 3)]);
    group.when(BOB, add(CAROL)).rejected(Rejection::MissingRight(Right::AddMembers));
}

#[test]
fn adding_a_member_again_changes_nothing() {
    given([created(ALICE), joined(BOB)]).when(ALICE, add(BOB)).changes_nothing();
}

#[test]
fn a_full_group_takes_nobody_but_who_is_in_it_already() {
    let others = (2..=MEMBERS_MAX).map(|number| joined(account(1_000 + i64::try_from(number).expect("a small number"))));
    let full = given([created(ALICE)]).given(others);
    full.when(ALICE, add(BOB)).rejected(Rejection::TooManyMembers);
    full.when(ALICE, add(account(1_002))).changes_nothing();
    assert!(full.given([left(account(1_002))]).when(ALICE, add(BOB)).0.is_ok());
}

#[test]
fn who_may_remove_members_removes_them() {
    let group = given([created(ALICE), joined(BOB), joined(CAROL)]).given([became(BOB, admin([Right::RemoveMembers]))]);
    group
        .when(ALICE, remove(CAROL))
        .happens([Event::MemberRemoved(gone_as(CAROL, 1, 2))]);
    group.when(BOB, remove(CAROL)).happens([Event::MemberRemoved(gone_as(CAROL, 1, 2))]);
    group
        .when(CAROL, remove(BOB))
        .rejected(Rejection::MissingRight(Right::RemoveMembers));
    group.when(ALICE, remove(DAVE)).rejected(Rejection::MemberNotFound(DAVE));
}

#[test]
fn nobody_removes_the_owner_and_only_the_owner_removes_admins() {
    let powers = || admin([Right::RemoveMembers]);
    let group = given([
        created(ALICE),
        joined(BOB),
        joined(CAROL),
        became(BOB, powers()),
        became(CAROL, powers()),
    ]);
    group.when(BOB, remove(ALICE)).rejected(Rejection::TargetIsOwner);
    group.when(BOB, remove(CAROL)).rejected(Rejection::TargetIsAdmin);
    group
        .when(ALICE, remove(CAROL))
        .happens([Event::MemberRemoved(gone_as(CAROL, 1, 2))]);
}

#[test]
fn one_leaves_and_is_not_removed_by_oneself() {
    let group = given([created(ALICE), joined(BOB)]);
    group.when(ALICE, remove(ALICE)).rejected(Rejection::RemovingOneself);
    group.when(BOB, remove(BOB)).rejected(Rejection::RemovingOneself);
    group.when(BOB, Command::Leave).happens([Event::MemberLeft(gone_as(BOB, 1, 1))]);
}

#[test]
fn who_left_or_was_removed_is_a_member_no_more() {
    given([created(ALICE), joined(BOB), left(BOB)])
        .when(BOB, say("hi"))
        .rejected(Rejection::NotAMember);
    given([created(ALICE), joined(BOB), removed(BOB)])
        .when(BOB, say("hi"))
        .rejected(Rejection::NotAMember);
    given([created(ALICE), joined(BOB), left(BOB)])
        .when(BOB, Command::Leave)
        .rejected(Rejection::NotAMember);
}

#[test]
fn a_leaving_owners_place_goes_to_the_longest_serving_admin() {
    given([created(ALICE), joined(DAVE), joined(CAROL), joined(BOB)])
        .given([became(BOB, admin([])), became(CAROL, admin([Right::AddMembers]))])
        .when(ALICE, Command::Leave)
        .happens([Event::MemberLeft(gone_as(ALICE, 1, 3)), became(CAROL, Role::Owner)]);
}

#[test]
fn without_admins_a_leaving_owners_place_goes_to_the_longest_serving_member() {
    given([created(ALICE), joined(DAVE), joined(BOB)])
        .when(ALICE, Command::Leave)
        .happens([Event::MemberLeft(gone_as(ALICE, 1, 2)), became(DAVE, Role::Owner)]);
}

#[test]
fn who_leaves_and_comes_back_has_served_from_the_second_time() {
    given([created(ALICE), joined(BOB), joined(CAROL), left(BOB), joined(BOB)])
        .when(ALICE, Command::Leave)
        .happens([Event::MemberLeft(gone_as(ALICE, 1, 2)), became(CAROL, Role::Owner)]);
}

#[test]
fn the_last_to_leave_passes_nothing_on() {
    given([created(ALICE)])
        .when(ALICE, Command::Leave)
        .happens([Event::MemberLeft(gone_as(ALICE, 1, 0))]);
}
