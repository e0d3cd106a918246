//! An account's devices.

use super::*;
use crate::account::{DEVICES_MAX, Rejection};
use crate::actor::Actor;
use crate::id::DeviceId;
use crate::testing::{BOB, reactor, service};

#[test]
fn a_service_authorises_devices_numbered_from_one() {
    given([registered("Alice")]).when(service(), authorise()).happens([authorised(1)]);
    alice().when(service(), authorise()).happens([authorised(2)]);
}

#[test]
fn an_ended_devices_number_is_not_given_again() {
    alice().given([ended(1)]).when(service(), authorise()).happens([authorised(2)]);
}

#[test]
fn nobody_authorises_devices_but_services() {
    alice().when(ALICE, authorise()).rejected(Rejection::NotYours);
    alice().when(reactor(), authorise()).rejected(Rejection::NotYours);
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
fn an_account_or_a_service_ends_any_of_its_devices() {
    let two = alice().given([authorised(2)]);
    two.when(ALICE, end(2)).happens([ended(2)]);
    two.when(ALICE, end(1)).happens([ended(1)]);
    two.when(service(), end(1)).happens([ended(1)]);
    two.when(BOB, end(1)).rejected(Rejection::NotYours);
    two.when(reactor(), end(1)).rejected(Rejection::NotYours);
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
