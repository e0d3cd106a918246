//! A unique name's rules, told as stories.

use super::event::{Claimed, Held};
use super::{Command, Event, Holder, Name, Rejection};
use crate::fact::FactRef;
use crate::id::{AccountId, Position};
use crate::testing::{ALICE, BOB, CHANNEL, NOON, Story, admin, doorkeeper, name_key, reactor, service};
use crate::time::Timestamp;

const ONE: Timestamp = NOON.plus_seconds(3_600);
const TWO: Timestamp = NOON.plus_seconds(7_200);

fn given(events: impl IntoIterator<Item = Event>) -> Story<Name> {
    Story::of(name_key('a')).given(events)
}

/// The account's fact at this position.
fn fact(position: i64) -> FactRef {
    FactRef {
        position: Position::new(position).expect("stories use numbers that are positions"),
        index: 0,
    }
}

fn claimed_for(account: AccountId, until: Timestamp, position: i64) -> Event {
    let fact = Some(fact(position));
    Event::Claimed(Claimed {
        account,
        chat: None,
        until,
        fact,
    })
}

fn claimed(account: AccountId, until: Timestamp) -> Event {
    claimed_for(account, until, 1)
}

fn held(account: AccountId, position: i64) -> Held {
    Held {
        account,
        chat: None,
        fact: Some(fact(position)),
        rests_until: None,
    }
}

fn taken(account: AccountId) -> Event {
    Event::Taken(held(account, 1))
}

fn released(account: AccountId) -> Event {
    Event::Released(held(account, 1))
}

fn claim(account: AccountId, until: Timestamp) -> Command {
    let fact = Some(fact(1));
    Command::Claim {
        holder: account.into(),
        fact,
        until,
    }
}

fn take(account: AccountId) -> Command {
    let fact = Some(fact(1));
    Command::Take {
        holder: account.into(),
        fact,
    }
}

fn release_for(account: AccountId, position: i64) -> Command {
    Command::Release {
        holder: account.into(),
        fact: fact(position),
        rest_seconds: 0,
    }
}

fn release(account: AccountId) -> Command {
    release_for(account, 1)
}

fn release_to_rest(account: AccountId, rest_seconds: u32) -> Command {
    Command::Release {
        holder: account.into(),
        fact: fact(1),
        rest_seconds,
    }
}

fn rests(account: AccountId, until: Timestamp) -> Event {
    Event::Released(Held {
        rests_until: Some(until),
        ..held(account, 1)
    })
}

#[test]
fn a_free_name_is_claimed_then_taken_then_released() {
    given([]).when(reactor(), claim(ALICE, ONE)).happens([claimed(ALICE, ONE)]);
    let story = given([claimed(ALICE, ONE)]);
    story.when(reactor(), take(ALICE)).happens([taken(ALICE)]);
    let story = story.given([taken(ALICE)]);
    story.when(reactor(), release(ALICE)).happens([released(ALICE)]);
    let story = story.given([released(ALICE)]);
    story.when(reactor(), claim(BOB, ONE)).happens([claimed(BOB, ONE)]);
}

#[test]
fn only_the_installation_asks_for_names() {
    for command in [claim(ALICE, ONE), take(ALICE), release(ALICE)] {
        given([]).when(ALICE, command.clone()).rejected(Rejection::ReactorsOnly);
        given([]).when(service(), command).rejected(Rejection::ReactorsOnly);
    }
}

#[test]
fn a_claimed_or_taken_name_is_not_anothers() {
    for story in [given([claimed(ALICE, ONE)]), given([claimed(ALICE, ONE), taken(ALICE)])] {
        story.when(reactor(), claim(BOB, TWO)).rejected(Rejection::Taken);
        story.when(reactor(), take(BOB)).rejected(Rejection::Taken);
        story.when(reactor(), release(BOB)).changes_nothing();
    }
}

#[test]
fn a_claim_is_renewed_by_who_has_it_and_never_shortened() {
    let story = given([claimed(ALICE, ONE)]);
    story.when(reactor(), claim(ALICE, TWO)).happens([claimed(ALICE, TWO)]);
    story.when(reactor(), claim(ALICE, ONE)).changes_nothing();
    given([claimed(ALICE, TWO)]).when(reactor(), claim(ALICE, ONE)).changes_nothing();
}

#[test]
fn an_expired_claim_leaves_the_name_free() {
    let story = given([claimed(ALICE, ONE)]);
    story
        .clone()
        .at(Timestamp(ONE.0 - 1))
        .when(reactor(), claim(BOB, TWO))
        .rejected(Rejection::Taken);
    story.at(ONE).when(reactor(), claim(BOB, TWO)).happens([claimed(BOB, TWO)]);
}

#[test]
fn an_expired_claim_still_takes_the_name_while_nobody_else_wants_it() {
    given([claimed(ALICE, ONE)])
        .at(TWO)
        .when(reactor(), take(ALICE))
        .happens([taken(ALICE)]);
    given([claimed(ALICE, ONE), claimed(BOB, TWO)])
        .when(reactor(), take(ALICE))
        .rejected(Rejection::Taken);
}

#[test]
fn a_name_in_use_does_not_expire() {
    let story = given([claimed(ALICE, ONE), taken(ALICE)]).at(TWO);
    story.when(reactor(), claim(BOB, TWO)).rejected(Rejection::Taken);
}

#[test]
fn who_has_the_name_already_changes_nothing_by_asking_again() {
    let story = given([claimed(ALICE, ONE), taken(ALICE)]);
    story.when(reactor(), claim(ALICE, TWO)).changes_nothing();
    story.when(reactor(), take(ALICE)).changes_nothing();
}

#[test]
fn a_name_is_not_taken_without_a_claim() {
    given([]).when(reactor(), take(ALICE)).rejected(Rejection::NotClaimed);
    given([claimed(ALICE, ONE), released(ALICE)])
        .when(reactor(), take(ALICE))
        .rejected(Rejection::NotClaimed);
}

#[test]
fn an_unused_claim_is_released() {
    given([claimed(ALICE, ONE)])
        .when(reactor(), release(ALICE))
        .happens([released(ALICE)]);
    given([]).when(reactor(), release(ALICE)).changes_nothing();
}

#[test]
fn what_an_older_fact_would_release_stays_held() {
    for story in [
        given([claimed_for(ALICE, ONE, 5)]),
        given([claimed_for(ALICE, ONE, 5), Event::Taken(held(ALICE, 5))]),
    ] {
        story.when(reactor(), release_for(ALICE, 4)).changes_nothing();
        story
            .when(reactor(), release_for(ALICE, 6))
            .happens([Event::Released(held(ALICE, 6))]);
    }
}

#[test]
fn a_newer_wish_for_the_name_that_one_holds_is_remembered() {
    let claim = Command::Claim {
        holder: ALICE.into(),
        fact: Some(fact(5)),
        until: ONE,
    };
    given([claimed(ALICE, TWO)])
        .when(reactor(), claim.clone())
        .happens([claimed_for(ALICE, TWO, 5)]);
    let story = given([claimed(ALICE, ONE), taken(ALICE)]);
    story.when(reactor(), claim.clone()).happens([Event::Taken(held(ALICE, 5))]);
    let story = story.given([Event::Taken(held(ALICE, 5))]);
    story.when(reactor(), claim).changes_nothing();
    story.when(reactor(), release_for(ALICE, 4)).changes_nothing();
}

#[test]
fn taking_for_an_older_fact_forgets_no_newer_one() {
    let story = given([claimed_for(ALICE, ONE, 5)]);
    story.when(reactor(), take(ALICE)).happens([Event::Taken(held(ALICE, 5))]);
    let story = story.given([Event::Taken(held(ALICE, 5))]);
    story.when(reactor(), take(ALICE)).changes_nothing();
}

#[test]
fn what_is_held_for_no_known_fact_is_released_by_any() {
    let held = Held {
        account: ALICE,
        chat: None,
        fact: None,
        rests_until: None,
    };
    given([Event::Taken(held)])
        .when(reactor(), release(ALICE))
        .happens([released(ALICE)]);
}

#[test]
fn a_state_from_before_facts_were_remembered_is_read() {
    let stored = r#"{"taken":{"account":101}}"#;
    let (holder, fact) = (ALICE.into(), None);
    assert_eq!(
        serde_json::from_str::<Name>(stored).expect("it is read"),
        Name::Taken { holder, fact }
    );
}

#[test]
fn when_a_claim_expires_and_what_it_answers_are_no_part_of_the_payload() {
    let payload = |command: Command| serde_json::to_string(&command).expect("a command is JSON");
    assert_eq!(payload(claim(ALICE, ONE)), payload(claim(ALICE, TWO)));
    assert_eq!(payload(release_for(ALICE, 1)), payload(release_for(ALICE, 2)));
    assert_eq!(payload(release(ALICE)), payload(release_to_rest(ALICE, 60)));
}

#[test]
fn a_name_is_stored_and_read_back() {
    for name in [
        given([]),
        given([claimed(ALICE, ONE)]),
        given([taken(ALICE)]),
        given([taken(ALICE), rests(ALICE, ONE)]),
    ]
    .map(|story| story.state)
    {
        let stored = serde_json::to_string(&name).expect("a state is JSON");
        assert_eq!(serde_json::from_str::<Name>(&stored).expect("and read back"), name);
    }
}

#[test]
fn who_lets_people_in_claims_and_takes_and_releases_nothing() {
    let unknown = |claim: Command| match claim {
        Command::Claim { holder, until, .. } => Command::Claim { holder, fact: None, until },
        other => other,
    };
    let first = Event::Claimed(Claimed {
        account: ALICE,
        chat: None,
        until: ONE,
        fact: None,
    });
    given([]).when(doorkeeper(), unknown(claim(ALICE, ONE))).happens([first.clone()]);
    let story = given([first]);
    story.when(doorkeeper(), take(ALICE)).happens([taken(ALICE)]);
    story.when(doorkeeper(), release(ALICE)).rejected(Rejection::ReactorsOnly);
    story.when(doorkeeper(), claim(BOB, TWO)).rejected(Rejection::Taken);
    // What is not known to be asked for by a fact forgets no fact.
    given([taken(ALICE)])
        .when(doorkeeper(), unknown(claim(ALICE, TWO)))
        .changes_nothing();
}

#[test]
fn an_admin_asks_for_no_name() {
    given([]).when(admin(ALICE), claim(ALICE, ONE)).rejected(Rejection::ReactorsOnly);
}

#[test]
fn a_name_that_was_given_up_rests() {
    let story = given([taken(ALICE)]);
    story.when(reactor(), release_to_rest(ALICE, 3_600)).happens([rests(ALICE, ONE)]);
    let story = story.given([rests(ALICE, ONE)]).at(Timestamp(ONE.0 - 1));
    story.when(reactor(), claim(BOB, TWO)).rejected(Rejection::Taken);
    story.when(reactor(), take(BOB)).rejected(Rejection::NotClaimed);
    story.at(ONE).when(reactor(), claim(BOB, TWO)).happens([claimed(BOB, TWO)]);
}

#[test]
fn a_resting_name_may_be_had_back() {
    let story = given([taken(ALICE), rests(ALICE, TWO)]);
    story.when(reactor(), take(ALICE)).rejected(Rejection::NotClaimed);
    story.when(reactor(), release(ALICE)).changes_nothing();
    story.when(reactor(), claim(ALICE, ONE)).happens([claimed(ALICE, ONE)]);
}

#[test]
fn a_state_from_before_names_rested_is_read() {
    assert_eq!(serde_json::from_str::<Name>(r#""free""#).expect("it is read"), Name::Free);
}

#[test]
fn a_chat_holds_a_name_whoever_asks_for_it() {
    let asked_by = |account| Holder {
        account,
        chat: Some(CHANNEL),
    };
    let claim_by = |account, until| Command::Claim {
        holder: asked_by(account),
        fact: Some(fact(1)),
        until,
    };
    let claimed = |account, until| {
        Event::Claimed(Claimed {
            account,
            chat: Some(CHANNEL),
            until,
            fact: Some(fact(1)),
        })
    };
    given([]).when(reactor(), claim_by(ALICE, ONE)).happens([claimed(ALICE, ONE)]);
    let story = given([claimed(ALICE, ONE)]);
    story.when(reactor(), claim_by(BOB, TWO)).happens([claimed(BOB, TWO)]);
    story.when(reactor(), claim(ALICE, TWO)).rejected(Rejection::Taken);
    let holder = asked_by(BOB);
    let fact = Some(fact(1));
    story.when(reactor(), Command::Take { holder, fact }).happens([Event::Taken(Held {
        account: BOB,
        chat: Some(CHANNEL),
        fact,
        rests_until: None,
    })]);
    story.when(reactor(), take(ALICE)).rejected(Rejection::Taken);
}
