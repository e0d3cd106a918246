//! Admins, and accounts that are kept from acting.

use super::*;
use crate::account::event::{Demoted, Promoted, Restored};
use crate::testing::{Asks, BOB, reactor, service};

fn promoted() -> Event {
    Event::Promoted(Promoted {})
}

fn restored() -> Event {
    Event::Restored(Restored {})
}

/// Bob, in his role.
fn admin() -> Actor {
    Actor::Admin(BOB, device(1))
}

#[test]
fn the_operator_promotes_and_demotes() {
    let demoted = Event::Demoted(Demoted {});
    alice().when(service(), Command::Promote).happens([promoted()]);
    alice().when(service(), Command::Demote).changes_nothing();
    let story = alice().given([promoted()]);
    assert!(story.state.is_admin());
    story.when(service(), Command::Promote).changes_nothing();
    story.when(service(), Command::Demote).happens([demoted.clone()]);
    assert!(!story.given([demoted]).state.is_admin());
}

#[test]
fn nobody_else_does_no_admin_either() {
    for command in [Command::Promote, Command::Demote] {
        for by in [admin(), ALICE.actor(), BOB.actor(), sign_in(), upkeep(), reactor()] {
            alice().when(by, command.clone()).rejected(Rejection::NotYours);
        }
    }
}

#[test]
fn the_operator_or_an_admin_suspends_and_restores() {
    for by in [service(), admin()] {
        alice().when(by.clone(), Command::Suspend).happens([suspended()]);
        alice().when(by.clone(), Command::Restore).changes_nothing();
        let story = alice().given([suspended()]);
        story.when(by.clone(), Command::Suspend).changes_nothing();
        story.when(by, Command::Restore).happens([restored()]);
    }
    for by in [ALICE.actor(), BOB.actor(), sign_in(), upkeep(), reactor()] {
        alice().when(by.clone(), Command::Suspend).rejected(Rejection::NotYours);
        alice().when(by, Command::Restore).rejected(Rejection::NotYours);
    }
}

#[test]
fn an_admin_is_suspended_by_the_operator_only() {
    let story = alice().given([promoted()]);
    story.when(admin(), Command::Suspend).rejected(Rejection::IsAdmin);
    story
        .when(Actor::Admin(ALICE, device(1)), Command::Suspend)
        .rejected(Rejection::IsAdmin);
    story.when(service(), Command::Suspend).happens([suspended()]);
}

#[test]
fn an_admin_is_restored_by_the_operator_only() {
    let story = alice().given([promoted(), suspended()]);
    story.when(admin(), Command::Restore).rejected(Rejection::IsAdmin);
    story.when(service(), Command::Restore).happens([restored()]);
    alice().given([promoted()]).when(admin(), Command::Restore).changes_nothing();
}

#[test]
fn a_suspended_account_does_nothing_until_it_is_restored() {
    let story = alice().given([authorised(2), suspended()]);
    let commands = [
        rename("Alicia"),
        end(2),
        Command::DropUsername,
        set_password(None),
        Command::CallOffErasure,
    ];
    for command in commands {
        story.when(ALICE, command).rejected(Rejection::Suspended);
    }
    story.given([restored()]).when(ALICE, end(2)).happens([ended(2)]);
}

#[test]
fn a_suspended_accounts_ended_device_hears_that_it_has_ended() {
    let story = alice().given([authorised(2), ended(2), suspended()]);
    story
        .when(Actor::Device(ALICE, device(2)), rename("Alicia"))
        .rejected(Rejection::DeviceEnded);
}

#[test]
fn an_admin_does_nothing_else_with_another_account() {
    for command in [rename("Alicia"), end(1), authorise(), Command::BeginErasure] {
        alice().when(admin(), command).rejected(Rejection::NotYours);
    }
}
