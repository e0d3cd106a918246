//! Where an account is reached.

use super::*;
use crate::testing::{BOB, reactor, service};

fn drop_address(purpose: AddressUse) -> Command {
    Command::DropAddress {
        purpose,
        shown: None,
        tries: TRIES,
    }
}

/// Alice, who signs in with a phone number.
fn with_phone() -> Story<Account> {
    alice().given([reached(AddressUse::Phone, 'a')])
}

#[test]
fn an_account_is_reached_where_it_says_itself() {
    let command = || set_address(AddressUse::Email, 'b', None);
    with_phone().when(ALICE, command()).happens([reached(AddressUse::Email, 'b')]);
    with_phone().when(BOB, command()).rejected(Rejection::NotYours);
    for by in [service(), sign_in(), reactor()] {
        with_phone().when(by, command()).rejected(Rejection::NotYours);
    }
}

#[test]
fn another_address_of_the_same_use_drops_the_former() {
    with_phone()
        .when(ALICE, set_address(AddressUse::Phone, 'b', None))
        .happens([not_reached(AddressUse::Phone, 'a'), reached(AddressUse::Phone, 'b')]);
    with_phone()
        .when(ALICE, set_address(AddressUse::Phone, 'a', None))
        .changes_nothing();
}

#[test]
fn a_former_address_that_is_dropped_late_leaves_the_present_one() {
    let story = with_phone().given([reached(AddressUse::Phone, 'b'), not_reached(AddressUse::Phone, 'a')]);
    let kept = story.state.address(AddressUse::Phone).expect("she is reached");
    assert_eq!(kept.name, name_key('b'));
}

#[test]
fn the_recovery_address_is_not_one_that_one_signs_in_with() {
    let story = with_phone().given([reached(AddressUse::Email, 'b')]);
    story
        .when(ALICE, set_address(AddressUse::Recovery, 'b', None))
        .rejected(Rejection::SameAddress);
    let story = story.given([reached(AddressUse::Recovery, 'c')]);
    story
        .when(ALICE, set_address(AddressUse::Email, 'c', None))
        .rejected(Rejection::SameAddress);
}

#[test]
fn the_last_address_that_one_signs_in_with_stays() {
    let story = with_phone().given([reached(AddressUse::Recovery, 'c')]);
    story.when(ALICE, drop_address(AddressUse::Phone)).rejected(Rejection::LastAddress);
    story
        .when(ALICE, drop_address(AddressUse::Recovery))
        .happens([not_reached(AddressUse::Recovery, 'c')]);
    let story = story.given([reached(AddressUse::Email, 'b')]);
    story
        .when(ALICE, drop_address(AddressUse::Phone))
        .happens([not_reached(AddressUse::Phone, 'a')]);
    story
        .when(ALICE, drop_address(AddressUse::Email))
        .happens([not_reached(AddressUse::Email, 'b')]);
}

#[test]
fn dropping_an_address_that_is_not_had_changes_nothing() {
    with_phone().when(ALICE, drop_address(AddressUse::Email)).changes_nothing();
}

#[test]
fn who_has_a_second_factor_shows_it_for_another_address() {
    let story = with_phone().given([password_set()]);
    story
        .when(ALICE, set_address(AddressUse::Email, 'b', None))
        .rejected(Rejection::FactorNeeded);
    story
        .when(ALICE, set_address(AddressUse::Email, 'b', Some(right(1))))
        .happens([passed(right(1), None), reached(AddressUse::Email, 'b')]);
    story
        .when(ALICE, set_address(AddressUse::Email, 'b', Some(wrong(right(1)))))
        .happens([failed(Factor::Password, None)]);
    story
        .given([reached(AddressUse::Email, 'b')])
        .when(ALICE, drop_address(AddressUse::Email))
        .rejected(Rejection::FactorNeeded);
}

#[test]
fn a_reactor_asks_whether_the_account_is_still_reached_there() {
    let want = |digit| Command::WantAddress { name: name_key(digit) };
    let story = with_phone().given([reached(AddressUse::Recovery, 'c')]);
    story.when(reactor(), want('a')).changes_nothing();
    story.when(reactor(), want('b')).rejected(Rejection::NotRequested);
    // Nobody signs in with a recovery address.
    story.when(reactor(), want('c')).rejected(Rejection::NotRequested);
    story.when(ALICE, want('a')).rejected(Rejection::NotYours);
    let dropped = with_phone().given([not_reached(AddressUse::Phone, 'a')]);
    dropped.when(reactor(), want('a')).rejected(Rejection::NotRequested);
}
