//! The second factor: set, changed and removed by whoever shows the present one.

use super::*;
use crate::account::factor::Kind;
use crate::testing::{BOB, reactor, service};

fn remove_totp(shown: Option<Shown>) -> Command {
    Command::RemoveTotp { shown, tries: TRIES }
}

fn make_codes(shown: Option<Shown>) -> Command {
    Command::MakeRecoveryCodes {
        codes: codes(),
        shown,
        tries: TRIES,
    }
}

fn totp_removed() -> Event {
    Event::TotpRemoved(FactorRemoved { recovered_by: None })
}

/// Alice with a password: its revision is 1.
fn with_password() -> Story<Account> {
    alice().given([password_set()])
}

/// Alice with a time-based one-time password and recovery codes, of revision 2; its step 7 is used.
fn with_totp() -> Story<Account> {
    alice().given([totp_set(7), codes_made()])
}

#[test]
fn the_first_factor_is_set_without_another() {
    alice().when(ALICE, set_password(None)).happens([password_set()]);
    alice().when(ALICE, set_totp(7, None)).happens([totp_set(7), codes_made()]);
}

#[test]
fn nobody_sets_an_accounts_factors_but_itself() {
    for command in [
        set_password(None),
        remove_password(None),
        set_totp(7, None),
        remove_totp(None),
        make_codes(None),
    ] {
        alice().when(BOB, command.clone()).rejected(Rejection::NotYours);
        for by in [service(), sign_in(), reactor()] {
            alice().when(by, command.clone()).rejected(Rejection::NotYours);
        }
    }
}

#[test]
fn another_password_is_set_by_who_shows_the_present_one() {
    with_password().when(ALICE, set_password(None)).rejected(Rejection::FactorNeeded);
    with_password()
        .when(ALICE, set_password(Some(right(1))))
        .happens([passed(right(1), None), password_set()]);
    with_password()
        .when(ALICE, set_password(Some(wrong(right(1)))))
        .happens([failed(Factor::Password, None)]);
}

#[test]
fn a_factor_is_changed_by_who_shows_that_one_where_two_are_set() {
    let both = with_totp().given([password_set()]);
    both.when(ALICE, set_password(Some(step(3, 8)))).rejected(Rejection::FactorNeeded);
    both.when(ALICE, remove_password(Some(step(3, 8))))
        .rejected(Rejection::FactorNeeded);
    both.when(ALICE, remove_totp(Some(right(3)))).rejected(Rejection::FactorNeeded);
    both.when(ALICE, remove_totp(Some(step(3, 8))))
        .happens([passed(step(3, 8), None), totp_removed()]);
}

#[test]
fn a_further_factor_is_set_by_who_shows_the_one_there_is() {
    with_password().when(ALICE, set_totp(7, None)).rejected(Rejection::FactorNeeded);
    with_password()
        .when(ALICE, set_totp(7, Some(right(1))))
        .happens([passed(right(1), None), totp_set(7), codes_made()]);
    with_totp()
        .when(ALICE, set_password(Some(step(2, 8))))
        .happens([passed(step(2, 8), None), password_set()]);
}

#[test]
fn a_secret_that_no_code_proves_is_not_set() {
    let mut unproved = set_totp(7, None);
    if let Command::SetTotp { step, .. } = &mut unproved {
        *step = None;
    }
    alice().when(ALICE, unproved).rejected(Rejection::WrongCode);
}

#[test]
fn another_secret_is_another_command_and_what_is_drawn_or_shown_anew_is_not() {
    let payload = |command: &Command| serde_json::to_string(command).expect("a command is JSON");
    assert_eq!(payload(&set_totp(7, None)), payload(&set_totp(8, None)));
    for mut command in [set_password(None), set_totp(7, None)] {
        let first = payload(&command);
        if let Command::SetPassword { print, .. } | Command::SetTotp { print, .. } = &mut command {
            *print = Print("another".to_owned());
        }
        assert_ne!(payload(&command), first);
        for secret in [password().phc, totp().secret] {
            assert!(!first.contains(&secret), "{first}");
        }
    }
}

#[test]
fn a_factor_that_is_not_set_can_not_be_shown() {
    with_password()
        .when(ALICE, set_totp(7, Some(step(1, 8))))
        .rejected(Rejection::FactorNotSet);
    with_totp()
        .when(ALICE, set_password(Some(right(2))))
        .rejected(Rejection::FactorNotSet);
    with_password()
        .when(sign_in(), show(by(1), step(1, 8)))
        .rejected(Rejection::FactorNotSet);
}

#[test]
fn removing_a_factor_that_is_not_set_changes_nothing() {
    with_totp().when(ALICE, remove_password(None)).changes_nothing();
    with_password().when(ALICE, remove_totp(None)).changes_nothing();
}

#[test]
fn a_removed_factor_is_not_asked_for() {
    with_password()
        .when(ALICE, remove_password(Some(right(1))))
        .happens([passed(right(1), None), password_removed(None)]);
    let story = with_password().given([password_removed(None)]);
    assert_eq!(story.state.factors().set().count(), 0);
    story.when(ALICE, set_password(None)).happens([password_set()]);
}

#[test]
fn a_time_step_is_used_once() {
    for old in [6, 7] {
        with_totp()
            .when(ALICE, remove_totp(Some(step(2, old))))
            .happens([failed(Factor::Totp, None)]);
    }
    let story = with_totp().given([passed(step(2, 8), Some(by(1)))]);
    story
        .when(ALICE, remove_totp(Some(step(2, 8))))
        .happens([failed(Factor::Totp, None)]);
    story
        .when(ALICE, remove_totp(Some(step(2, 9))))
        .happens([passed(step(2, 9), None), totp_removed()]);
}

#[test]
fn a_recovery_code_stands_for_the_one_time_password_once() {
    with_totp()
        .when(ALICE, remove_totp(Some(code(2, 1))))
        .happens([passed(code(2, 1), None), totp_removed()]);
    let story = with_totp().given([passed(code(2, 1), Some(by(1)))]);
    for useless in [1, 2] {
        story
            .when(ALICE, remove_totp(Some(code(2, useless))))
            .happens([failed(Factor::RecoveryCode, None)]);
    }
    story
        .when(ALICE, remove_totp(Some(code(2, 0))))
        .happens([passed(code(2, 0), None), totp_removed()]);
}

#[test]
fn new_recovery_codes_take_the_place_of_the_former() {
    let story = with_totp().given([passed(code(2, 1), None)]);
    story
        .when(ALICE, make_codes(Some(step(2, 8))))
        .happens([passed(step(2, 8), None), codes_made()]);
    story
        .given([codes_made()])
        .when(ALICE, make_codes(Some(code(3, 1))))
        .happens([passed(code(3, 1), None), codes_made()]);
    with_password()
        .when(ALICE, make_codes(Some(right(1))))
        .rejected(Rejection::FactorNotSet);
}

#[test]
fn what_was_compared_with_former_secrets_is_compared_again() {
    let story = with_password().given([password_set()]);
    assert_eq!(story.state.factors().revision(), 2);
    for former in [right(1), wrong(right(1))] {
        story.when(ALICE, set_password(Some(former))).rejected(Rejection::FactorsChanged);
        story.when(sign_in(), show(by(1), former)).rejected(Rejection::FactorsChanged);
    }
}

#[test]
fn the_revision_rises_with_every_change_of_a_secret() {
    let changes = [password_set(), totp_set(1), codes_made(), totp_removed(), password_removed(None)];
    let mut story = alice();
    for (revision, change) in (1..).zip(changes) {
        story = story.given([change]);
        assert_eq!(story.state.factors().revision(), revision);
    }
    assert_eq!(story.given([passed(right(5), None)]).state.factors().revision(), 5);
}

#[test]
fn after_five_wrong_factors_there_is_one_try_every_two_minutes() {
    let mut story = with_password();
    for nth in 1..=5 {
        let failed = Event::FactorFailed(FactorFailed {
            factor: Factor::Password,
            at: NOON,
            tries_full_at: NOON.plus_seconds(nth * 120),
            sign_in: None,
        });
        story.when(ALICE, remove_password(Some(wrong(right(1))))).happens([failed.clone()]);
        story = story.given([failed]);
    }
    let retry_at = NOON.plus_seconds(120);
    for shown in [right(1), wrong(right(1)), right(0)] {
        let refused = Rejection::TooManyTries { retry_at };
        story.when(ALICE, remove_password(Some(shown))).rejected(refused.clone());
        story.when(sign_in(), show(by(1), shown)).rejected(refused);
    }
    let then = Shown { now: retry_at, ..right(1) };
    assert!(story.at(retry_at).when(sign_in(), show(by(1), then)).0.is_ok());
}

/// The time of deciding does not go back: a wrong one was shown while the clock was ahead.
#[test]
fn a_clock_that_went_back_shuts_nobody_out() {
    let later = NOON.plus_seconds(86_400);
    let failed = |tries_full_at| {
        Event::FactorFailed(FactorFailed {
            factor: Factor::Password,
            at: later,
            tries_full_at,
            sign_in: None,
        })
    };
    let after = |seconds| Shown {
        now: NOON.plus_seconds(seconds),
        ..right(1)
    };
    let story = with_password().at(later).given([failed(later.plus_seconds(600))]);
    let one = failed(NOON.plus_seconds(600));
    story.when(ALICE, remove_password(Some(wrong(after(0))))).happens([one.clone()]);
    let story = story.given([one]);
    let retry_at = NOON.plus_seconds(120);
    let refused = Rejection::TooManyTries { retry_at };
    story.when(ALICE, remove_password(Some(after(1)))).rejected(refused);
    assert!(story.when(ALICE, remove_password(Some(after(120)))).0.is_ok());
}

#[test]
fn a_server_for_trying_out_counts_no_tries() {
    let command = Command::RemovePassword {
        shown: Some(wrong(right(1))),
        tries: None,
    };
    let failed = Event::FactorFailed(FactorFailed {
        factor: Factor::Password,
        at: NOON,
        tries_full_at: NOON,
        sign_in: None,
    });
    with_password().when(ALICE, command).happens([failed]);
}

#[test]
fn what_is_kept_may_be_looked_at() {
    let story = with_totp().given([password_set(), passed(code(3, 1), None)]);
    let factors = story.state.factors();
    assert_eq!(factors.set().collect::<Vec<_>>(), [Kind::Password, Kind::Totp]);
    assert_eq!(factors.password().and_then(Sealed::content), Some(&password()));
    let kept = factors.totp().expect("one is set");
    let kept_codes = kept.codes.as_ref().expect("there are some");
    assert_eq!((kept.secret.content(), kept.last_step), (Some(&totp()), 7));
    assert_eq!((kept_codes.count, kept_codes.used.len()), (2, 1));
}

#[test]
fn secrets_say_nothing_of_themselves_where_they_are_printed() {
    let printed = format!("{:?}{:?}{:?}", set_password(None), set_totp(7, None), with_totp().state);
    for secret in ["argon2id", "JBSWY3DPEHPK3PXP", "\"a\""] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
