//! How often codes are made, sent and tried; and what becomes of limits when a clock jumps.

use super::*;

/// What happens when somebody asks for this, one after the other.
fn live(mut story: Story<SignIn>, commands: impl IntoIterator<Item = Command>) -> (Story<SignIn>, Vec<Option<Rejection>>) {
    let mut answers = Vec::new();
    for command in commands {
        match story.when(doorkeeper(), command).0 {
            Ok(events) => {
                story = story.given(events);
                answers.push(None);
            }
            Err(rejection) => answers.push(Some(rejection)),
        }
    }
    (story, answers)
}

/// Begins one sign-in after the other.
fn begin_at(channel: Channel, times: impl IntoIterator<Item = i64>) -> Vec<Command> {
    let numbered = (1..).zip(times);
    numbered.map(|(number, at)| begin_by(channel, number, "123456", at)).collect()
}

#[test]
fn codes_are_made_so_often_for_all_sign_ins_together() {
    let (_, answers) = live(given([]), begin_at(Channel::Devices, [0, 0, 0, 0, 0, 0, 0, 29, 30, 30]));
    let retry_at = after(30);
    let enough = || Some(Rejection::TooManyCodes { retry_at });
    assert_eq!(answers[..6], [const { None }; 6]);
    assert_eq!(answers[6..9], [enough(), enough(), None]);
    assert_eq!(answers[9], Some(Rejection::TooManyCodes { retry_at: after(60) }));
}

#[test]
fn codes_are_sent_to_the_contact_less_often() {
    let (story, answers) = live(given([]), begin_at(Channel::Contact, (0..7).map(|turn| turn * 60)));
    assert_eq!(answers[..6], [const { None }; 6]);
    assert_eq!(answers[6], Some(Rejection::TooManySends { retry_at: after(1_800) }));
    // To its devices it is sent all the same.
    let (_, answers) = live(story, [begin(9, "1", 360), begin_by(Channel::Contact, 10, "1", 1_800)]);
    assert_eq!(answers, [None, None]);
}

#[test]
fn another_code_is_waited_for_longer_each_time() {
    let too_soon = |seconds| Some(Rejection::TooSoon { retry_at: after(seconds) });
    let times = [29, 30, 89, 90, 209, 210];
    let (story, answers) = live(given([begun(1, "1")]), times.map(|at| resend(1, "2", at)));
    assert_eq!(answers, [too_soon(30), None, too_soon(90), None, too_soon(210), None]);
    assert_eq!(attempt(&story, 1).resend_at(), after(210 + 240));
}

#[test]
fn wrong_codes_of_all_sign_ins_together_are_limited_and_then_nothing_is_compared() {
    let wrong = |number, at| show(number, "000000", at);
    let (story, answers) = live(
        given([begun(1, "111111"), begun(2, "222222")]),
        [wrong(1, 0), wrong(2, 0), wrong(1, 0), wrong(2, 0), wrong(1, 0), wrong(2, 1)],
    );
    let retry_at = after(120);
    let enough = Rejection::TooManyTries { retry_at };
    assert_eq!(answers[..5], [const { None }; 5]);
    assert_eq!(answers[5], Some(enough.clone()));
    assert_eq!(enough.retry_at(), Some(retry_at));
    story.when(doorkeeper(), show(2, "222222", 119)).rejected(enough);
    story.when(doorkeeper(), show(2, "222222", 120)).happens([proved(2, 120)]);
}

#[test]
fn the_right_code_takes_no_try() {
    let story = given([begun(1, "1"), failed(1, 0, 480), proved(1, 1), begun(2, "2"), proved(2, 1)]);
    assert_eq!(story.state.tries_full_at, Some(after(480)));
}

#[test]
fn so_many_wrong_codes_make_a_code_useless_and_another_is_good_again() {
    let limits = Limits {
        tries: None,
        codes: None,
        ..Limits::default()
    };
    let try_it = |digits: &str| Command::Try {
        sign_in: sign_in(1),
        code: code(digits),
        limits,
        now: after(1),
    };
    let (story, answers) = live(given([begun(1, "111111")]), (0..5).map(|_| try_it("000000")));
    assert_eq!(answers, [const { None }; 5]);
    story.when(doorkeeper(), try_it("111111")).rejected(Rejection::Spent);
    let (story, _) = live(story, [resend(1, "222222", 30)]);
    story.when(doorkeeper(), try_it("222222")).happens([proved(1, 1)]);
}

#[test]
fn a_clock_that_went_back_shuts_nobody_out() {
    let year = 365 * 86_400;
    let (story, _) = live(given([]), begin_at(Channel::Contact, [year; 6]));
    let (story, _) = live(story, (0..5).map(|_| show(6, "000000", year)));
    let codes = [begin_by(Channel::Contact, 7, "777777", 0), resend(6, "666666", 30)];
    let (story, answers) = live(story, codes);
    assert_eq!(answers, [None, None]);
    let (_, answers) = live(story, [show(6, "000000", 31), show(7, "777777", 31), show(7, "777777", 151)]);
    assert_eq!(answers, [None, Some(Rejection::TooManyTries { retry_at: after(151) }), None]);
}

#[test]
fn a_clock_that_went_back_makes_no_code_last_longer() {
    let day = 86_400;
    let story = given([begun_for(Purpose::SignIn, 1, "123456", day)]);
    story.when(doorkeeper(), show(1, "123456", 0)).rejected(Rejection::Expired);
    story.when(doorkeeper(), show(1, "123456", day - 61)).rejected(Rejection::Expired);
    // Clocks of processes may be a little apart.
    story.when(doorkeeper(), show(1, "123456", day - 60)).happens([proved(1, day - 60)]);
    let story = given([begun(1, "123456"), proved(1, day)]);
    story.when(doorkeeper(), use_for(ALICE, 1, 0)).rejected(Rejection::TooLate);
}

#[test]
fn without_limits_there_is_no_end_of_codes() {
    let limits = Limits {
        codes: None,
        tries: None,
        sends: None,
        ..Limits::default()
    };
    let command = |number| Command::Begin {
        sign_in: sign_in(number),
        purpose: Purpose::SignIn,
        channel: Channel::Contact,
        code: code("123456"),
        limits,
        now: NOON,
    };
    let (_, answers) = live(given([]), (0..50).map(command));
    assert_eq!(answers, [const { None }; 50]);
}
