//! What holds whatever is asked, and whenever.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::aggregate::Aggregate;
use crate::sign_in::limits::{CLOCKS_APART_SECONDS, Rate};

/// Small figures, so that all of them are met.
const LIMITS: Limits = Limits {
    codes: Some(Rate {
        burst: 20,
        every_seconds: 2,
    }),
    tries: Some(Rate {
        burst: 3,
        every_seconds: 40,
    }),
    sends: Some(Rate {
        burst: 10,
        every_seconds: 5,
    }),
    tries_of_code: 2,
    code_seconds: 90,
    proof_seconds: 60,
    resend_seconds: 3,
};

/// What is asked, and how many seconds after (or before) the former.
type Asked = (Command, i64);

fn any_purpose() -> impl Strategy<Value = Purpose> {
    prop_oneof![4 => Just(Purpose::SignIn), 1 => Just(Purpose::Address(ALICE)), 1 => Just(Purpose::Recovery(BOB))]
}

fn any_command() -> impl Strategy<Value = Command> {
    let id = || prop_oneof![8 => 0..3u128, 1 => 3..40u128].prop_map(sign_in);
    let digits = || prop::sample::select(vec!["1", "2", "3"]).prop_map(code);
    let channel = || prop_oneof![Just(Channel::Devices), Just(Channel::Contact)];
    let (limits, now) = (LIMITS, NOON);
    prop_oneof![
        3 => (id(), any_purpose(), channel(), digits()).prop_map(move |(sign_in, purpose, channel, code)| Command::Begin {
            sign_in, purpose, channel, code, limits, now
        }),
        1 => (id(), channel(), digits()).prop_map(move |(sign_in, channel, code)| Command::Resend { sign_in, channel, code, limits, now }),
        4 => (id(), digits()).prop_map(move |(sign_in, code)| Command::Try { sign_in, code, limits, now }),
        2 => (id(), prop_oneof![Just(ALICE), Just(BOB)]).prop_map(move |(sign_in, account)| Command::Use { sign_in, account, now }),
    ]
}

/// Mostly soon after, sometimes long after.
fn forward() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 0..8i64, 2 => 8..200i64]
}

/// As a clock that is set goes, too.
fn any_step() -> impl Strategy<Value = i64> {
    prop_oneof![12 => forward(), 1 => -100..0i64, 1 => -100_000..100_000i64]
}

/// A command that was asked, when, and what came of it.
struct Turn {
    command: Command,
    at: Timestamp,
    events: Vec<Event>,
}

/// Asks for everything; what is not refused happens.
fn live(asked: Vec<Asked>) -> (Story<SignIn>, Vec<Turn>) {
    let (mut story, mut turns, mut clock) = (given([]), Vec::new(), NOON);
    for (mut command, step) in asked {
        clock = clock.plus_seconds(step);
        match &mut command {
            Command::Begin { now, .. } | Command::Resend { now, .. } | Command::Try { now, .. } | Command::Use { now, .. } => *now = clock,
        }
        let events = story.when(doorkeeper(), command.clone()).0.unwrap_or_default();
        story = story.given(events.clone());
        turns.push(Turn {
            command,
            at: clock,
            events,
        });
    }
    (story, turns)
}

/// The newest code of a sign-in before this turn.
fn newest(turns: &[Turn], sign_in: SignInId) -> Option<&CodeMade> {
    let codes = turns.iter().flat_map(|turn| &turn.events).filter_map(|event| match event {
        Event::Begun(begun) => Some(&begun.code),
        Event::CodeMade(code) => Some(code),
        Event::Failed(_) | Event::Proved(_) | Event::Used(_) => None,
    });
    codes.rev().find(|code| code.sign_in == sign_in)
}

fn proofs(turns: &[Turn], sign_in: SignInId) -> usize {
    let is_proof = |event: &&Event| matches!(event, Event::Proved(proved) if proved.sign_in == sign_in);
    turns.iter().flat_map(|turn| &turn.events).filter(is_proof).count()
}

fn uses(turns: &[Turn], sign_in: SignInId) -> usize {
    let is_use = |event: &&Event| matches!(event, Event::Used(used) if used.sign_in == sign_in);
    turns.iter().flat_map(|turn| &turn.events).filter(is_use).count()
}

/// Wrong tries since the newest code of the sign-in was made.
fn wrong_since(turns: &[Turn], sign_in: SignInId) -> u32 {
    let events = turns.iter().flat_map(|turn| &turn.events);
    events.fold(0, |wrong, event| match event {
        Event::Begun(begun) if begun.code.sign_in == sign_in => 0,
        Event::CodeMade(code) if code.sign_in == sign_in => 0,
        Event::Failed(failed) if failed.sign_in == sign_in => wrong + 1,
        Event::Begun(_) | Event::CodeMade(_) | Event::Failed(_) | Event::Proved(_) | Event::Used(_) => wrong,
    })
}

/// When wrong codes were tried, a list for each time that the clock was set back.
fn failures(turns: &[Turn]) -> Vec<Vec<i64>> {
    let (mut runs, mut last) = (vec![Vec::new()], NOON);
    for turn in turns {
        if turn.at < last {
            runs.push(Vec::new());
        }
        last = turn.at;
        if turn.events.iter().any(|event| matches!(event, Event::Failed(_))) {
            let run: &mut Vec<i64> = runs.last_mut().expect("there is one");
            run.push(turn.at.0 / 1_000_000);
        }
    }
    runs
}

proptest! {
    #[test]
    fn only_the_newest_unexpired_code_proves_and_once(asked in vec((any_command(), any_step()), 0..120)) {
        let (_, turns) = live(asked);
        for (index, turn) in turns.iter().enumerate() {
            let (before, now) = (&turns[..index], turn.at);
            for event in &turn.events {
                let Event::Proved(proved) = event else { continue };
                let Command::Try { sign_in, code, .. } = &turn.command else { panic!("only a try proves") };
                let newest = newest(before, *sign_in).expect("a code was made");
                prop_assert_eq!((proved.sign_in, &newest.code), (*sign_in, code));
                prop_assert!(now < newest.until && newest.at <= now.plus_seconds(CLOCKS_APART_SECONDS));
                prop_assert!(wrong_since(before, *sign_in) < LIMITS.tries_of_code);
                prop_assert_eq!(proofs(before, *sign_in), 0);
            }
        }
    }

    #[test]
    fn what_is_used_was_proved_shortly_before_and_is_used_once(asked in vec((any_command(), any_step()), 0..120)) {
        let (_, turns) = live(asked);
        for (index, turn) in turns.iter().enumerate() {
            for event in &turn.events {
                let Event::Used(used) = event else { continue };
                let before = &turns[..index];
                let Command::Use { sign_in, account, .. } = &turn.command else { panic!("only who asks for it uses it") };
                prop_assert_eq!((used.sign_in, used.account), (*sign_in, *account));
                prop_assert_eq!((proofs(before, *sign_in), uses(before, *sign_in)), (1, 0));
            }
        }
    }

    #[test]
    fn there_are_never_more_wrong_tries_than_the_rate_allows(asked in vec((any_command(), any_step()), 0..160)) {
        let (_, turns) = live(asked);
        let Rate { burst, every_seconds } = LIMITS.tries.expect("there is a limit");
        for run in failures(&turns) {
            for (first, from) in run.iter().enumerate() {
                for (last, to) in run.iter().enumerate().skip(first) {
                    let allowed = i64::from(burst) + (to - from) / i64::from(every_seconds);
                    prop_assert!(i64::try_from(last - first + 1).expect("a few") <= allowed, "{run:?}");
                }
            }
        }
    }

    #[test]
    fn whatever_the_clock_did_a_code_can_be_had_and_shown_soon(asked in vec((any_command(), any_step()), 0..120), jump in -1_000_000..1_000_000i64) {
        let (story, turns) = live(asked);
        let now = turns.last().map_or(NOON, |turn| turn.at).plus_seconds(jump);
        // The longest that any limit makes somebody wait, and what clocks may be apart.
        let patience = 40 + CLOCKS_APART_SECONDS;
        let (id, limits) = (sign_in(99), LIMITS);
        let at = now.plus_seconds(patience);
        let command = Command::Begin { sign_in: id, purpose: Purpose::SignIn, channel: Channel::Contact, code: code("9"), limits, now: at };
        let begun = story.when(doorkeeper(), command).0;
        prop_assert!(begun.is_ok(), "{begun:?}");
        let story = story.given(begun.expect("it was"));
        let proved = story.when(doorkeeper(), Command::Try { sign_in: id, code: code("9"), limits, now: at }).0;
        prop_assert!(matches!(proved.as_deref(), Ok([Event::Proved(_)])), "{proved:?}");
    }

    #[test]
    fn a_state_is_small_and_the_same_from_a_snapshot_and_the_tail(
        asked in vec((any_command(), any_step()), 0..120),
        cut in any::<prop::sample::Index>(),
    ) {
        let (story, turns) = live(asked);
        prop_assert!(story.state.attempts.len() <= OPEN_MAX);
        let history: Vec<Event> = turns.into_iter().flat_map(|turn| turn.events).collect();
        let (head, tail) = history.split_at(cut.index(history.len() + 1));
        let snapshot = serde_json::to_string(&given(head.to_vec()).state).expect("a state is stored as JSON");
        let mut again: SignIn = serde_json::from_str(&snapshot).expect("and read back");
        for event in tail {
            again.evolve(event);
        }
        prop_assert_eq!(again, story.state);
    }
}
