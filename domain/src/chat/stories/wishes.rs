//! What others wish of who writes to them, or adds them to groups.

use super::*;
use crate::account::Wishes;
use crate::account::privacy::{Allowed, Privacy};
use crate::actor::Actor;
use crate::aggregate::Aggregate;
use crate::chat::Rejection;
use crate::testing::{ALICE, Asks, BOB, CAROL, account};

const BLOCKED: Wishes = Wishes { blocked: true, ..NOTHING };
const NOTHING: Wishes = Wishes {
    blocked: false,
    contact: false,
    privacy: Privacy {
        find_by_phone: Allowed::Everybody,
        write: Allowed::Everybody,
        last_seen: Allowed::Everybody,
        add_to_groups: Allowed::Everybody,
        forwards: Allowed::Everybody,
    },
};

/// Of a contact, or of anybody else: these may write, and those add to groups.
fn wishes(contact: bool, write: Allowed, add_to_groups: Allowed) -> Wishes {
    let privacy = Privacy {
        write,
        add_to_groups,
        ..NOTHING.privacy
    };
    Wishes {
        contact,
        privacy,
        ..NOTHING
    }
}

#[test]
fn nobody_writes_to_whom_they_blocked_or_who_blocked_them() {
    for (owner, of) in [(ALICE, BOB), (BOB, ALICE)] {
        let chat = between(ALICE, BOB).given([said(1, BOB, "hi")]).wished(owner, of, BLOCKED);
        chat.when(BOB, say("hi")).rejected(Rejection::CannotWrite(ALICE));
        chat.when(ALICE, say("hi")).rejected(Rejection::CannotWrite(BOB));
        chat.when(BOB, edit(1, "hello")).rejected(Rejection::CannotWrite(ALICE));
        chat.when(BOB, delete([1])).happens([deleted([1])]);
    }
}

#[test]
fn who_may_write_is_for_who_is_written_to_to_say() {
    for (contact, allowed, may) in [
        (false, Allowed::Everybody, true),
        (false, Allowed::Contacts, false),
        (true, Allowed::Contacts, true),
        (true, Allowed::Nobody, false),
    ] {
        let chat = between(ALICE, BOB).wished(ALICE, BOB, wishes(contact, allowed, Allowed::Nobody));
        assert_eq!(chat.when(BOB, say("hi")).0.is_ok(), may, "{allowed:?}");
        assert!(chat.when(ALICE, say("hi")).0.is_ok(), "who wishes is not bound by it");
    }
}

#[test]
fn what_one_keeps_for_oneself_is_nobody_elses() {
    between(ALICE, ALICE)
        .wished(ALICE, ALICE, wishes(false, Allowed::Nobody, Allowed::Nobody))
        .when(ALICE, say("milk"))
        .0
        .expect("it is written down");
}

#[test]
fn in_a_group_a_block_changes_nothing() {
    given([created(ALICE), joined(BOB)])
        .wished(ALICE, BOB, BLOCKED)
        .when(BOB, say("hi"))
        .happens([said(1, BOB, "hi")]);
}

#[test]
fn who_may_add_one_to_groups_is_for_oneself_to_say() {
    for (contact, allowed, may) in [
        (false, Allowed::Everybody, true),
        (false, Allowed::Contacts, false),
        (true, Allowed::Contacts, true),
        (true, Allowed::Nobody, false),
    ] {
        let town = given([created(ALICE)]).wished(BOB, ALICE, wishes(contact, Allowed::Nobody, allowed));
        let new = given([]).wished(BOB, ALICE, wishes(contact, Allowed::Nobody, allowed));
        for outcome in [town.when(ALICE, add(BOB)), new.when(ALICE, create([ALICE, CAROL, BOB]))] {
            if may {
                assert!(outcome.0.is_ok(), "{allowed:?}");
            } else {
                outcome.rejected(Rejection::CannotAdd(BOB));
            }
        }
    }
}

#[test]
fn nobody_adds_whom_they_blocked_or_who_blocked_them() {
    for (owner, of) in [(ALICE, BOB), (BOB, ALICE)] {
        let town = given([created(ALICE)]).wished(owner, of, BLOCKED);
        town.when(ALICE, add(BOB)).rejected(Rejection::CannotAdd(BOB));
        town.when(ALICE, add(CAROL)).happens([added(CAROL, 1, 2)]);
    }
}

#[test]
fn who_is_a_member_stays_one_whoever_blocks_whom() {
    let town = given([created(ALICE), joined(BOB)]).wished(BOB, ALICE, BLOCKED);
    town.when(ALICE, add(BOB)).changes_nothing();
}

#[test]
fn what_happened_elsewhere_is_not_asked_about() {
    let told = Actor::Import(ALICE);
    let chat = between(ALICE, BOB).wished(BOB, ALICE, BLOCKED);
    assert!(chat.when(told.clone(), say("hi")).0.is_ok());
    given([created(ALICE)])
        .wished(BOB, ALICE, BLOCKED)
        .when(told.clone(), add(BOB))
        .happens([Event::MemberAdded(MemberAdded {
            count: Some(2),
            ..member(BOB, Role::Member)
        })]);
    assert!(given([]).wished(BOB, ALICE, BLOCKED).when(told, create([BOB])).0.is_ok());
}

#[test]
fn too_many_are_refused_without_asking_each() {
    let asked = |others: i64| {
        let command = create((1..=others).flat_map(|number| [account(1_000 + number); 2]));
        Chat::concerns(&GROUP, &ALICE.actor(), &command).len()
    };
    assert_eq!((asked(999), asked(1_000)), (999, 0));
}
