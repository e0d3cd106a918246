//! What holds whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::account::factor::Kind;
use crate::account::{PASS_SECONDS, event::ContactAdded};
use crate::aggregate::Aggregate;
use crate::event::Event as AnyEvent;
use crate::testing::{Asks, BOB, account, service};
use crate::time::Timestamp;

/// What somebody shows: right or wrong, of this revision or a former one.
fn any_shown() -> impl Strategy<Value = Shown> {
    let factor = prop_oneof![Just(Factor::Password), Just(Factor::Totp), Just(Factor::RecoveryCode)];
    (factor, 0..8u32, prop::bool::weighted(0.8), 0..20i64, 0..3u32).prop_map(|(factor, revision, right, step, code)| Shown {
        factor,
        revision,
        right,
        step: Some(step).filter(|_| factor == Factor::Totp),
        code: Some(code).filter(|_| factor == Factor::RecoveryCode),
    })
}

fn any_use() -> impl Strategy<Value = AddressUse> {
    prop_oneof![Just(AddressUse::Phone), Just(AddressUse::Email), Just(AddressUse::Recovery)]
}

fn any_sign_in() -> impl Strategy<Value = SignInId> {
    (1..4u128).prop_map(by)
}

fn of_factors() -> impl Strategy<Value = Command> {
    let shown = || prop::option::of(any_shown());
    prop_oneof![
        shown().prop_map(set_password),
        shown().prop_map(remove_password),
        (0..20i64, shown()).prop_map(|(step, shown)| set_totp(step, shown)),
        shown().prop_map(|shown| Command::RemoveTotp { shown, tries: TRIES }),
        shown().prop_map(|shown| Command::MakeRecoveryCodes {
            codes: codes(),
            shown,
            tries: TRIES
        }),
        (any_use(), prop::sample::select(vec!['a', 'b']), shown()).prop_map(|(purpose, digit, shown)| set_address(purpose, digit, shown)),
    ]
}

fn of_others() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(rename("Alicia")),
        Just(authorise()),
        (1..4i64).prop_map(end),
        Just(Command::EndOtherDevices),
        Just(Command::Suspend),
        Just(Command::Restore),
        (1..4i64).prop_map(|number| Command::Block { account: account(number) }),
        Just(Command::BeginErasure),
        Just(Command::FinishErasure),
        (0..9i64).prop_map(|days| Command::ScheduleErasure {
            due_at: NOON.plus_seconds(days * 86_400),
            shown: None,
            tries: TRIES,
        }),
    ]
}

fn of_sign_ins() -> impl Strategy<Value = Command> {
    prop_oneof![
        6 => (any_sign_in(), any_shown()).prop_map(|(sign_in, shown)| show(sign_in, shown)),
        6 => any_sign_in().prop_map(|sign_in| let_in_by(Some(sign_in))),
        1 => any_sign_in().prop_map(|sign_in| Command::RecoverPassword { sign_in, address: name_key('a') }),
    ]
}

/// A command, by somebody who might send it, so many seconds later.
fn any_step() -> impl Strategy<Value = (Actor, Command, i64)> {
    let others = prop_oneof![
        Just(ALICE.actor()),
        Just(service()),
        Just(upkeep()),
        Just(BOB.actor()),
        Just(crate::testing::reactor())
    ];
    let asked = prop_oneof![
        6 => of_factors().prop_map(|command| (ALICE.actor(), command)),
        8 => of_sign_ins().prop_map(|command| (sign_in(), command)),
        2 => (others, of_others()),
    ];
    let later = prop_oneof![8 => 0..60i64, 2 => 0..900i64];
    (asked, later).prop_map(|((by, command), later)| (by, command, later))
}

/// Lets everybody ask for everything, with what is shown compared with present secrets more often than not; what is not refused happens.
fn live(steps: Vec<(Actor, Command, i64)>) -> (Story<Account>, Vec<(Timestamp, Event)>) {
    let (mut story, mut history, mut now) = (alice(), Vec::new(), NOON);
    history.extend([registered("Alice"), authorised(1)].map(|event| (now, event)));
    for (by, mut command, later) in steps {
        now = now.plus_seconds(later);
        story = story.at(now);
        compare_anew(&mut command, story.state.factors().revision());
        if let Ok(events) = story.when(by, command).0 {
            history.extend(events.iter().map(|event| (now, event.clone())));
            story = story.given(events);
        }
    }
    (story, history)
}

/// Revisions of 2 and more stand for the present one.
fn compare_anew(command: &mut Command, revision: u32) {
    let shown = match command {
        Command::ShowFactor { shown, .. } => Some(shown),
        Command::SetPassword { shown, .. }
        | Command::RemovePassword { shown, .. }
        | Command::SetTotp { shown, .. }
        | Command::RemoveTotp { shown, .. }
        | Command::MakeRecoveryCodes { shown, .. }
        | Command::SetAddress { shown, .. } => shown.as_mut(),
        _ => None,
    };
    if let Some(shown) = shown.filter(|shown| shown.revision >= 2) {
        shown.revision = revision;
    }
}

/// The factors that are set, and when each sign-in has shown which, read off the events alone.
#[derive(Default)]
struct Told {
    set: BTreeSet<Kind>,
    shown: BTreeMap<(SignInId, Kind), Timestamp>,
}

impl Told {
    fn take(&mut self, event: &Event) {
        match event {
            Event::PasswordSet(_) => self.changed(Kind::Password, true),
            Event::PasswordRemoved(_) => self.changed(Kind::Password, false),
            Event::TotpSet(_) => self.changed(Kind::Totp, true),
            Event::TotpRemoved(_) => self.changed(Kind::Totp, false),
            Event::FactorPassed(passed) => {
                if let Some(sign_in) = passed.sign_in {
                    self.shown.insert((sign_in, passed.factor.kind()), passed.at);
                }
            }
            _ => {}
        }
    }

    fn changed(&mut self, kind: Kind, is_set: bool) {
        self.shown.retain(|(_, shown), _| *shown != kind);
        if is_set {
            self.set.insert(kind);
        } else {
            self.set.remove(&kind);
        }
    }

    fn lets_in(&self, sign_in: SignInId, now: Timestamp) -> bool {
        let of_late = |at: &Timestamp| now <= at.plus_seconds(PASS_SECONDS);
        self.set.iter().all(|kind| self.shown.get(&(sign_in, *kind)).is_some_and(of_late))
    }
}

/// As the log holds it.
fn closed(event: &Event) -> Event {
    let mut event = event.clone();
    for part in event.sealed_parts_mut() {
        part.close("AQ".to_owned());
    }
    event
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nobody_signs_in_without_showing_all_factors_that_are_set(steps in vec(any_step(), 0..120)) {
        let (_, history) = live(steps);
        let mut told = Told::default();
        for (at, event) in history {
            if let Event::DeviceAuthorised(DeviceAuthorised { sign_in: Some(sign_in), .. }) = &event {
                prop_assert!(told.lets_in(*sign_in, at), "{:?} at {:?}", event, at);
            }
            told.take(&event);
        }
    }

    #[test]
    fn no_step_or_recovery_code_passes_twice(steps in vec(any_step(), 0..120)) {
        let (_, history) = live(steps);
        let (mut last_step, mut used) = (i64::MIN, BTreeSet::new());
        for (_, event) in history {
            match event {
                Event::TotpSet(set) => (last_step, used) = (set.step, BTreeSet::new()),
                Event::RecoveryCodesMade(_) => used.clear(),
                Event::FactorPassed(FactorPassed { step: Some(step), .. }) => {
                    prop_assert!(step > last_step);
                    last_step = step;
                }
                Event::FactorPassed(FactorPassed { code: Some(code), .. }) => prop_assert!(used.insert(code)),
                _ => {}
            }
        }
    }

    #[test]
    fn nothing_follows_the_beginning_of_an_erasure_but_its_end(steps in vec(any_step(), 0..120)) {
        let (_, history) = live(steps);
        let mut rest = history.into_iter().map(|(_, event)| event).skip_while(|event| !matches!(event, Event::ErasureBegun(_)));
        rest.next();
        let rest: Vec<_> = rest.collect();
        prop_assert!(matches!(rest.as_slice(), [] | [Event::Erased(_)]), "{:?}", rest);
    }

    #[test]
    fn a_state_is_the_same_from_a_snapshot_and_the_tail(steps in vec(any_step(), 0..60), cut in any::<prop::sample::Index>()) {
        let (_, history) = live(steps);
        let history: Vec<Event> = history.iter().map(|(_, event)| closed(event)).collect();
        let (head, tail) = history.split_at(cut.index(history.len() + 1));
        let snapshot = serde_json::to_string(&given(head.to_vec()).state).expect("a state is stored as JSON");
        let mut again: Account = serde_json::from_str(&snapshot).expect("and read back");
        for event in tail {
            again.evolve(event);
        }
        prop_assert_eq!(again, given(history.clone()).state);
    }
}

#[test]
fn an_open_secret_gets_into_no_snapshot() {
    let open = alice().given([password_set()]).state;
    assert!(serde_json::to_string(&open).is_err());
}

#[test]
fn every_event_is_the_accounts_own() {
    let contact = Event::ContactAdded(ContactAdded { account: BOB, name: None });
    assert_eq!(Account::own(&AnyEvent::from(contact.clone())), Some(&contact));
}
