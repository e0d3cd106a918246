//! An account's devices.

use super::*;
use crate::account::event::DeviceRenamed;
use crate::account::{DEVICES_MAX, PlatformText};
use crate::id::DeviceId;
use crate::testing::{Asks, BOB, reactor, service};

fn rename_device(number: i64) -> Command {
    Command::RenameDevice {
        device: device(number),
        name: device_name("tablet"),
        platform: PlatformText::parse("Android 16").ok(),
    }
}

fn end_idle(number: i64) -> Command {
    Command::EndIdleDevice { device: device(number) }
}

#[test]
fn the_operator_authorises_devices_numbered_from_one() {
    given([registered("Alice")]).when(service(), authorise()).happens([authorised(1)]);
    alice().when(service(), authorise()).happens([authorised(2)]);
}

#[test]
fn an_ended_devices_number_is_not_given_again() {
    alice().given([ended(1)]).when(service(), authorise()).happens([authorised(2)]);
}

#[test]
fn nobody_authorises_devices_but_the_operator_and_sign_ins() {
    let another = || Actor::Service("backup".to_owned());
    for by in [
        ALICE.actor(),
        reactor(),
        another(),
        import(),
        upkeep(),
        Actor::Admin(BOB, device(1)),
    ] {
        alice().when(by.clone(), authorise()).rejected(Rejection::NotYours);
        alice().when(by, let_in_by(Some(super::by(1)))).rejected(Rejection::NotYours);
    }
    alice().when(service(), let_in_by(Some(by(1)))).rejected(Rejection::NotYours);
    alice().when(sign_in(), authorise()).rejected(Rejection::NotYours);
}

#[test]
fn a_device_says_what_it_runs_on() {
    let command = Command::AuthoriseDevice {
        token: token(),
        name: device_name("tablet"),
        platform: PlatformText::parse("Android 16").ok(),
        sign_in: None,
    };
    let expected = Event::DeviceAuthorised(DeviceAuthorised {
        device: device(2),
        token: token(),
        sign_in: None,
        name: tablet(),
    });
    alice().when(service(), command).happens([expected]);
}

fn tablet() -> Sealed<DeviceName> {
    let (name, platform) = ("tablet".to_owned(), Some("Android 16".to_owned()));
    Sealed::open(ALICE, DeviceName { name, platform })
}

#[test]
fn an_account_calls_its_devices_something_else() {
    let renamed = |number| {
        let (device, name) = (device(number), tablet());
        Event::DeviceRenamed(DeviceRenamed { device, name })
    };
    let two = alice().given([authorised(2)]);
    two.when(ALICE, rename_device(1)).happens([renamed(1)]);
    two.when(ALICE, rename_device(2)).happens([renamed(2)]);
    two.when(BOB, rename_device(1)).rejected(Rejection::NotYours);
    two.when(service(), rename_device(1)).rejected(Rejection::NotYours);
}

#[test]
fn a_device_that_acts_no_more_is_not_renamed() {
    let story = alice().given([authorised(2), ended(2)]);
    for number in [2, 3] {
        story
            .when(ALICE, rename_device(number))
            .rejected(Rejection::DeviceNotFound(device(number)));
    }
}

#[test]
fn an_account_ends_all_its_devices_but_the_one_that_asks() {
    let three = alice().given([authorised(2), authorised(3)]);
    let others = [1, 3].map(|number| ended_for(number, Some(EndReason::Others)));
    three
        .when(Actor::Device(ALICE, device(2)), Command::EndOtherDevices)
        .happens(others);
    alice().when(ALICE, Command::EndOtherDevices).changes_nothing();
    three.when(service(), Command::EndOtherDevices).rejected(Rejection::NotYours);
}

#[test]
fn upkeep_ends_devices_that_were_not_seen_for_long() {
    alice().when(upkeep(), end_idle(1)).happens([ended_for(1, Some(EndReason::Idle))]);
    alice().given([ended(1)]).when(upkeep(), end_idle(1)).changes_nothing();
    for by in [service(), ALICE.actor(), sign_in(), reactor()] {
        alice().when(by, end_idle(1)).rejected(Rejection::NotYours);
    }
}

#[test]
fn an_account_has_at_most_a_hundred_devices_at_a_time() {
    let most = i64::try_from(DEVICES_MAX).expect("a small number");
    let full = given([registered("Alice")]).given((1..=most).map(authorised));
    full.when(service(), authorise()).rejected(Rejection::TooManyDevices);
    full.given([ended(7)]).when(service(), authorise()).happens([authorised(most + 1)]);
}

#[test]
fn device_numbers_come_to_an_end() {
    let last = DeviceId::MAX.get();
    let story = given([registered("Alice"), authorised(last), ended(last)]);
    story.when(service(), authorise()).rejected(Rejection::DeviceIdsExhausted);
}

#[test]
fn an_account_or_the_operator_ends_any_of_its_devices() {
    let two = alice().given([authorised(2)]);
    two.when(ALICE, end(2)).happens([ended(2)]);
    two.when(ALICE, end(1)).happens([ended(1)]);
    two.when(service(), end(1)).happens([ended(1)]);
    two.when(BOB, end(1)).rejected(Rejection::NotYours);
    two.when(reactor(), end(1)).rejected(Rejection::NotYours);
    two.when(sign_in(), end(1)).rejected(Rejection::NotYours);
}

#[test]
fn ending_an_ended_device_changes_nothing() {
    alice().given([authorised(2), ended(2)]).when(ALICE, end(2)).changes_nothing();
}

#[test]
fn a_device_that_never_was_can_not_be_ended() {
    alice().when(ALICE, end(2)).rejected(Rejection::DeviceNotFound(device(2)));
    given([registered("Alice")])
        .when(service(), end(1))
        .rejected(Rejection::DeviceNotFound(device(1)));
}

#[test]
fn an_ended_device_speaks_for_nobody() {
    let story = alice().given([authorised(2), ended(2)]);
    for command in [rename("Alicia"), end(1), end(2), Command::DropUsername] {
        story
            .when(Actor::Device(ALICE, device(2)), command)
            .rejected(Rejection::DeviceEnded);
    }
}

#[test]
fn a_device_that_never_was_speaks_for_nobody() {
    alice()
        .when(Actor::Device(ALICE, device(9)), rename("Alicia"))
        .rejected(Rejection::DeviceEnded);
}
