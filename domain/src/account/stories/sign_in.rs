//! Who signs in shows all factors that are set, then gets a device.

use super::*;
use crate::account::{DEVICES_MAX, PASS_SECONDS, PASSES_MAX};
use crate::testing::service;

fn enter(sign_in: SignInId) -> Command {
    let_in_by(Some(sign_in))
}

fn recover(digit: char) -> Command {
    Command::RecoverPassword {
        sign_in: by(1),
        address: name_key(digit),
    }
}

/// Alice with a password and a one-time password, of revision 3; its step 7 is used.
fn guarded() -> Story<Account> {
    alice().given([totp_set(7), codes_made(), password_set()])
}

#[test]
fn without_a_second_factor_the_code_is_enough() {
    alice().when(sign_in(), enter(by(1))).happens([let_in(2, by(1))]);
}

#[test]
fn a_sign_in_shows_every_factor_that_is_set() {
    let story = guarded();
    story.when(sign_in(), enter(by(1))).rejected(Rejection::FactorNeeded);
    story
        .when(sign_in(), show(by(1), right(3)))
        .happens([passed(right(3), Some(by(1)))]);
    let story = story.given([passed(right(3), Some(by(1)))]);
    story.when(sign_in(), enter(by(1))).rejected(Rejection::FactorNeeded);
    let story = story.given([passed(step(3, 8), Some(by(1)))]);
    story.when(sign_in(), enter(by(1))).happens([let_in(2, by(1))]);
}

#[test]
fn a_recovery_code_stands_for_the_one_time_password() {
    guarded()
        .given([passed(right(3), Some(by(1))), passed(code(3, 0), Some(by(1)))])
        .when(sign_in(), enter(by(1)))
        .happens([let_in(2, by(1))]);
}

#[test]
fn a_wrong_factor_is_told_and_opens_nothing() {
    let story = guarded();
    story
        .when(sign_in(), show(by(1), wrong(right(3))))
        .happens([failed(Factor::Password, Some(by(1)))]);
    let story = story.given([failed(Factor::Password, Some(by(1))), passed(step(3, 8), Some(by(1)))]);
    story.when(sign_in(), enter(by(1))).rejected(Rejection::FactorNeeded);
}

#[test]
fn what_another_sign_in_or_a_device_showed_is_of_no_use() {
    let story = alice().given([password_set(), passed(right(1), Some(by(1))), passed(right(1), None)]);
    story.when(sign_in(), enter(by(2))).rejected(Rejection::FactorNeeded);
    story.when(sign_in(), enter(by(1))).happens([let_in(2, by(1))]);
}

#[test]
fn what_was_shown_ten_minutes_ago_is_shown_again() {
    let story = alice().given([password_set(), passed(right(1), Some(by(1)))]);
    let last = story.at(NOON.plus_seconds(PASS_SECONDS));
    last.when(sign_in(), enter(by(1))).happens([let_in(2, by(1))]);
    let late = last.at(NOON.plus_seconds(PASS_SECONDS + 1));
    late.when(sign_in(), enter(by(1))).rejected(Rejection::FactorNeeded);
    assert_eq!(late.when(sign_in(), show(by(1), right(1))).0.map(|events| events.len()), Ok(1));
}

#[test]
fn what_was_shown_need_not_be_shown_again() {
    guarded()
        .given([passed(step(3, 8), Some(by(1)))])
        .when(sign_in(), show(by(1), step(3, 8)))
        .changes_nothing();
}

#[test]
fn what_was_shown_of_a_former_secret_is_of_no_use() {
    let shown = guarded().given([passed(right(3), Some(by(1))), passed(step(3, 8), Some(by(1)))]);
    for changed in [password_set(), totp_set(9)] {
        let story = shown.clone().given([changed]);
        story.when(sign_in(), enter(by(1))).rejected(Rejection::FactorNeeded);
    }
    let story = shown.given([codes_made()]);
    story.when(sign_in(), enter(by(1))).happens([let_in(2, by(1))]);
}

#[test]
fn what_was_shown_lets_one_device_in() {
    alice()
        .given([password_set(), passed(right(1), Some(by(1))), let_in(2, by(1))])
        .when(sign_in(), enter(by(1)))
        .rejected(Rejection::FactorNeeded);
}

#[test]
fn the_newest_sign_ins_are_remembered() {
    let most = u128::try_from(PASSES_MAX).expect("a small number");
    let story = alice()
        .given([password_set()])
        .given((0..=most).map(|number| passed(right(1), Some(by(number)))));
    story.when(sign_in(), enter(by(0))).rejected(Rejection::FactorNeeded);
    for remembered in [1, most] {
        story.when(sign_in(), enter(by(remembered))).happens([let_in(2, by(remembered))]);
    }
}

#[test]
fn the_operator_shows_no_factor() {
    guarded().when(service(), authorise()).happens([authorised(2)]);
}

#[test]
fn nobody_shows_factors_for_a_sign_in_but_the_sign_in() {
    for by_whom in [service(), upkeep(), import()] {
        guarded().when(by_whom, show(by(1), right(3))).rejected(Rejection::NotYours);
    }
    guarded().when(ALICE, show(by(1), right(3))).rejected(Rejection::NotYours);
}

#[test]
fn that_an_account_is_suspended_is_told_to_who_has_shown_all_factors() {
    let story = alice().given([password_set(), suspended()]);
    story.when(sign_in(), enter(by(1))).rejected(Rejection::FactorNeeded);
    story
        .when(sign_in(), show(by(1), right(1)))
        .happens([passed(right(1), Some(by(1)))]);
    story
        .given([passed(right(1), Some(by(1)))])
        .when(sign_in(), enter(by(1)))
        .rejected(Rejection::Suspended);
}

#[test]
fn a_sign_in_gets_no_more_devices_than_there_may_be() {
    let most = i64::try_from(DEVICES_MAX).expect("a small number");
    given([registered("Alice")])
        .given((1..=most).map(authorised))
        .when(sign_in(), enter(by(1)))
        .rejected(Rejection::TooManyDevices);
}

#[test]
fn a_forgotten_password_is_removed_for_who_holds_the_recovery_address() {
    let story = guarded().given([reached(AddressUse::Recovery, 'c')]);
    story.when(sign_in(), recover('c')).happens([password_removed(Some(by(1)))]);
    for by_whom in [service(), import()] {
        story.when(by_whom, recover('c')).rejected(Rejection::NotYours);
    }
    story.when(ALICE, recover('c')).rejected(Rejection::NotYours);
    let story = story.given([password_removed(Some(by(1)))]);
    story.when(sign_in(), recover('c')).changes_nothing();
    story.when(sign_in(), enter(by(1))).rejected(Rejection::FactorNeeded);
}

#[test]
fn a_former_recovery_address_recovers_nothing() {
    guarded().when(sign_in(), recover('c')).rejected(Rejection::NoRecovery);
    guarded()
        .given([reached(AddressUse::Email, 'c'), reached(AddressUse::Recovery, 'd')])
        .when(sign_in(), recover('c'))
        .rejected(Rejection::NoRecovery);
}
