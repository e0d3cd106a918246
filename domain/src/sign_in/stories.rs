//! A contact's rules, told as stories.

mod laws;
mod limits;

use super::event::{Begun, Channel, CodeMade, Failed, Proved, Purpose, Used};
use super::{Attempt, CodeHash, Command, Event, Limits, OPEN_MAX, Rejection, SignIn};
use crate::id::{AccountId, SignInId};
use crate::testing::{ALICE, BOB, NOON, Story, admin, doorkeeper, name_key, reactor, service};
use crate::time::Timestamp;

fn given(events: impl IntoIterator<Item = Event>) -> Story<SignIn> {
    Story::of(name_key('c')).given(events)
}

/// So many seconds after noon.
const fn after(seconds: i64) -> Timestamp {
    NOON.plus_seconds(seconds)
}

fn sign_in(number: u128) -> SignInId {
    SignInId(uuid::Uuid::from_u128(number))
}

/// The hash of this code.
fn code(digits: &str) -> CodeHash {
    CodeHash(format!("hash of {digits}"))
}

// What happened.

/// A code, when others were made lately so that all are there again at `full`.
fn made(number: u128, digits: &str, at: i64, full: i64) -> CodeMade {
    CodeMade {
        sign_in: sign_in(number),
        channel: Channel::Devices,
        code: code(digits),
        at: after(at),
        until: after(at + 300),
        resend_at: after(at + 30),
        codes_full_at: after(full),
        sends_full_at: None,
    }
}

fn begun_for(purpose: Purpose, number: u128, digits: &str, at: i64) -> Event {
    let code = made(number, digits, at, at + 30);
    Event::Begun(Begun { purpose, code })
}

/// At noon.
fn begun(number: u128, digits: &str) -> Event {
    begun_for(Purpose::SignIn, number, digits, 0)
}

fn failed(number: u128, at: i64, full: i64) -> Event {
    Event::Failed(Failed {
        sign_in: sign_in(number),
        at: after(at),
        tries_full_at: after(full),
    })
}

fn proved(number: u128, at: i64) -> Event {
    Event::Proved(Proved {
        sign_in: sign_in(number),
        at: after(at),
        until: after(at + 600),
    })
}

fn used(number: u128, account: AccountId) -> Event {
    Event::Used(Used {
        sign_in: sign_in(number),
        account,
    })
}

// What is asked.

fn begin_by(channel: Channel, number: u128, digits: &str, at: i64) -> Command {
    Command::Begin {
        sign_in: sign_in(number),
        purpose: Purpose::SignIn,
        channel,
        code: code(digits),
        limits: Limits::default(),
        now: after(at),
    }
}

fn begin(number: u128, digits: &str, at: i64) -> Command {
    begin_by(Channel::Devices, number, digits, at)
}

fn resend(number: u128, digits: &str, at: i64) -> Command {
    Command::Resend {
        sign_in: sign_in(number),
        channel: Channel::Devices,
        code: code(digits),
        limits: Limits::default(),
        now: after(at),
    }
}

fn show(number: u128, digits: &str, at: i64) -> Command {
    Command::Try {
        sign_in: sign_in(number),
        code: code(digits),
        limits: Limits::default(),
        now: after(at),
    }
}

fn use_for(account: AccountId, number: u128, at: i64) -> Command {
    Command::Use {
        sign_in: sign_in(number),
        account,
        now: after(at),
    }
}

fn attempt(story: &Story<SignIn>, number: u128) -> &Attempt {
    story.state.attempt(sign_in(number)).expect("it is remembered")
}

#[test]
fn a_code_is_made_shown_and_used() {
    given([]).when(doorkeeper(), begin(1, "123456", 0)).happens([begun(1, "123456")]);
    let story = given([begun(1, "123456")]);
    assert!(attempt(&story, 1).awaits_code(after(299)) && !attempt(&story, 1).awaits_code(after(300)));
    story.when(doorkeeper(), show(1, "123456", 9)).happens([proved(1, 9)]);
    let story = story.given([proved(1, 9)]);
    assert!(attempt(&story, 1).is_proved(after(608)) && !attempt(&story, 1).is_proved(after(609)));
    assert_eq!(attempt(&story, 1).proved_until(), Some(after(609)));
    assert!(!attempt(&story, 1).awaits_code(after(9)));
    story.when(doorkeeper(), use_for(ALICE, 1, 10)).happens([used(1, ALICE)]);
    let story = story.given([used(1, ALICE)]);
    assert_eq!(attempt(&story, 1).used_by(), Some(ALICE));
    assert!(!attempt(&story, 1).is_proved(after(10)));
}

#[test]
fn only_who_lets_people_in_asks() {
    let story = given([begun(1, "123456"), proved(1, 1)]);
    for command in [begin(2, "1", 9), resend(1, "2", 99), show(1, "3", 9), use_for(ALICE, 1, 9)] {
        story.when(ALICE, command.clone()).rejected(Rejection::NotYours);
        for by in [service(), reactor(), admin(ALICE)] {
            story.when(by, command.clone()).rejected(Rejection::NotYours);
        }
    }
}

#[test]
fn a_wrong_code_proves_nothing() {
    let story = given([begun(1, "123456")]);
    story.when(doorkeeper(), show(1, "654321", 9)).happens([failed(1, 9, 129)]);
    let story = story.given([failed(1, 9, 129)]);
    story.when(doorkeeper(), use_for(ALICE, 1, 10)).rejected(Rejection::NotProved);
    story.when(doorkeeper(), show(1, "123456", 10)).happens([proved(1, 10)]);
}

#[test]
fn a_code_is_of_its_own_sign_in() {
    let story = given([begun(1, "111111"), begun(2, "222222")]);
    story.when(doorkeeper(), show(1, "222222", 9)).happens([failed(1, 9, 129)]);
    story.when(doorkeeper(), show(2, "222222", 9)).happens([proved(2, 9)]);
    story.when(doorkeeper(), show(3, "111111", 9)).rejected(Rejection::NotFound);
    story.when(doorkeeper(), resend(3, "111111", 9)).rejected(Rejection::NotFound);
    story.when(doorkeeper(), use_for(ALICE, 3, 9)).rejected(Rejection::NotFound);
}

#[test]
fn a_sign_in_is_begun_once() {
    given([begun(1, "123456")])
        .when(doorkeeper(), begin(1, "654321", 60))
        .rejected(Rejection::AlreadyExists);
}

#[test]
fn a_code_is_good_until_it_expires() {
    let story = given([begun(1, "123456")]);
    story.when(doorkeeper(), show(1, "123456", 299)).happens([proved(1, 299)]);
    story.when(doorkeeper(), show(1, "123456", 300)).rejected(Rejection::Expired);
}

#[test]
fn a_newer_code_takes_the_place_of_the_former() {
    let again = |digits| {
        Event::CodeMade(CodeMade {
            resend_at: after(30 + 60),
            ..made(1, digits, 30, 60)
        })
    };
    let story = given([begun(1, "111111")]);
    story.when(doorkeeper(), resend(1, "222222", 30)).happens([again("222222")]);
    let story = story.given([again("222222")]);
    story.when(doorkeeper(), show(1, "111111", 40)).happens([failed(1, 40, 160)]);
    story.when(doorkeeper(), show(1, "222222", 329)).happens([proved(1, 329)]);
}

#[test]
fn an_expired_code_is_followed_by_another() {
    let story = given([begun(1, "111111")]);
    let Ok(events) = story.when(doorkeeper(), resend(1, "222222", 9_000)).0 else {
        panic!("it may be had")
    };
    story
        .given(events)
        .when(doorkeeper(), show(1, "222222", 9_001))
        .happens([proved(1, 9_001)]);
}

#[test]
fn a_code_is_shown_once() {
    let story = given([begun(1, "123456"), proved(1, 9)]);
    for story in [story.clone(), story.given([used(1, ALICE)])] {
        story.when(doorkeeper(), show(1, "123456", 10)).rejected(Rejection::CodeUsed);
        story.when(doorkeeper(), show(1, "654321", 10)).rejected(Rejection::CodeUsed);
        story.when(doorkeeper(), resend(1, "654321", 60)).rejected(Rejection::CodeUsed);
    }
}

#[test]
fn what_was_proved_is_used_once_and_in_time() {
    let story = given([begun(1, "123456"), proved(1, 9)]);
    story.when(doorkeeper(), use_for(ALICE, 1, 608)).happens([used(1, ALICE)]);
    story.when(doorkeeper(), use_for(ALICE, 1, 609)).rejected(Rejection::TooLate);
    let story = story.given([used(1, ALICE)]);
    story.when(doorkeeper(), use_for(BOB, 1, 10)).rejected(Rejection::AlreadyUsed);
    // Who asks again, late as it may be, is told the same.
    story.when(doorkeeper(), use_for(ALICE, 1, 9_000)).changes_nothing();
}

#[test]
fn what_was_begun_for_an_account_is_used_for_no_other() {
    for purpose in [Purpose::Address(ALICE), Purpose::Recovery(ALICE)] {
        let story = given([begun_for(purpose, 1, "123456", 0), proved(1, 9)]);
        assert_eq!(attempt(&story, 1).purpose(), purpose);
        story.when(doorkeeper(), use_for(BOB, 1, 10)).rejected(Rejection::OtherAccount);
        story.when(doorkeeper(), use_for(ALICE, 1, 10)).happens([used(1, ALICE)]);
    }
}

#[test]
fn of_too_many_sign_ins_the_oldest_goes() {
    let most = u128::try_from(OPEN_MAX).expect("a few");
    let story = given((1..=most).map(|number| begun(number, "123456")));
    story.when(doorkeeper(), show(1, "123456", 9)).happens([proved(1, 9)]);
    let story = story.given([begun(99, "123456")]);
    story.when(doorkeeper(), show(1, "123456", 9)).rejected(Rejection::NotFound);
    for number in [2, most, 99] {
        story.when(doorkeeper(), show(number, "123456", 9)).happens([proved(number, 9)]);
    }
}

#[test]
fn what_was_proved_outlasts_what_was_only_begun() {
    let most = u128::try_from(OPEN_MAX).expect("a few");
    let story = given([
        begun(1, "1"),
        proved(1, 1),
        begun(2, "2"),
        proved(2, 2),
        used(2, BOB),
        begun(3, "3"),
    ]);
    let story = story.given((4..=most + 3).map(|number| begun_for(Purpose::SignIn, number, "4", 20)));
    let gone: Vec<u128> = (1..=most + 3)
        .filter(|number| story.state.attempt(sign_in(*number)).is_none())
        .collect();
    assert_eq!(gone, [2, 3, 4]);
    story.when(doorkeeper(), use_for(ALICE, 1, 21)).happens([used(1, ALICE)]);
}

#[test]
fn by_the_limits_as_they_are_nobodys_code_is_voided_while_it_is_good() {
    let mut story = given([begun(1, "123456")]);
    for second in 0..300 {
        let number = 1_000 + u128::try_from(second).expect("it is positive");
        if let Ok(events) = story.when(doorkeeper(), begin(number, "0", second)).0 {
            story = story.given(events);
        }
    }
    story.when(doorkeeper(), show(1, "123456", 299)).happens([proved(1, 299)]);
}

#[test]
fn codes_limits_and_times_are_no_part_of_the_payload() {
    let payload = |command: Command| serde_json::to_string(&command).expect("a command is JSON");
    assert_eq!(payload(begin(1, "1", 0)), payload(begin(1, "2", 1)));
    assert_eq!(payload(resend(1, "1", 0)), payload(resend(1, "2", 1)));
    assert_eq!(payload(show(1, "1", 0)), payload(show(1, "1", 1)));
    assert_eq!(payload(use_for(ALICE, 1, 0)), payload(use_for(ALICE, 1, 1)));
    assert_ne!(payload(show(1, "1", 0)), payload(show(1, "2", 0)));
}

#[test]
fn a_contact_is_stored_and_read_back() {
    let contact = given([begun(1, "1"), failed(1, 1, 121), proved(1, 2), used(1, ALICE), begun(2, "2")]).state;
    let stored = serde_json::to_string(&contact).expect("a state is JSON");
    assert_eq!(serde_json::from_str::<SignIn>(&stored).expect("and read back"), contact);
}
