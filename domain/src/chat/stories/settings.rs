//! What a group lets its members do.

use super::*;
use crate::chat::event::{Described, PermissionsChanged, ProtectionChanged, SlowModeChanged};
use crate::chat::{DescriptionText, Rejection, SlowMode};
use crate::testing::{ALICE, BOB, CAROL, DAVE, NOON};
use crate::text::InvalidText;

/// Alice owns the group; Bob is an admin who may restrict; Carol and Dave are members.
fn town() -> Story<Chat> {
    given([created(ALICE), joined(BOB), joined(CAROL), joined(DAVE)]).given([became(BOB, admin([Right::RestrictMembers]))])
}

fn permit(denied: impl IntoIterator<Item = Permission>) -> Command {
    let denied = denied.into_iter().collect();
    Command::Permit { denied }
}

fn denying(denied: impl IntoIterator<Item = Permission>) -> Event {
    let denied = denied.into_iter().collect();
    Event::PermissionsChanged(PermissionsChanged { denied })
}

fn slow(seconds: u32) -> SlowMode {
    SlowMode::new(seconds).expect("short enough")
}

fn slowed(seconds: u32) -> Event {
    Event::SlowModeChanged(SlowModeChanged { seconds: slow(seconds) })
}

/// What somebody said in slow mode.
fn said_until(number: i64, from: AccountId, until: Timestamp) -> Event {
    match said(number, from, "hi") {
        Event::MessageSent(sent) => Event::MessageSent(MessageSent {
            slow_until: Some(until),
            ..sent
        }),
        other => other,
    }
}

#[test]
fn who_may_restrict_says_what_members_may_not_do() {
    let denied = [Permission::Write, Permission::AddMembers];
    town().when(BOB, permit(denied)).happens([denying(denied)]);
    town()
        .when(CAROL, permit(denied))
        .rejected(Rejection::MissingRight(Right::RestrictMembers));
    town().when(ALICE, permit(Permission::denied_at_first())).changes_nothing();
}

#[test]
fn where_members_may_not_write_those_who_lead_do() {
    let quiet = town().given([denying([Permission::Write]), said(1, CAROL, "before")]);
    quiet.when(CAROL, say("hi")).rejected(Rejection::NotPermitted(Permission::Write));
    quiet
        .when(CAROL, edit(1, "hi"))
        .rejected(Rejection::NotPermitted(Permission::Write));
    quiet.when(BOB, say("hi")).happens([said(2, BOB, "hi")]);
    quiet.when(ALICE, say("hi")).happens([said(2, ALICE, "hi")]);
    // What one said, one takes back all the same.
    quiet.when(CAROL, delete([1])).happens([deleted([1])]);
}

#[test]
fn what_is_not_denied_every_member_may() {
    let open = town().given([denying([])]);
    assert!(open.when(CAROL, add(crate::testing::account(900))).0.is_ok());
    assert!(open.when(CAROL, rename()).0.is_ok());
    town().when(CAROL, rename()).rejected(Rejection::MissingRight(Right::ChangeInfo));
}

#[test]
fn a_group_says_something_of_itself_and_nothing_any_more() {
    let describe = |text: Option<&str>| Command::Describe {
        description: text.map(|text| DescriptionText::parse(text).expect("a description")),
    };
    let described = |by, text: Option<&str>| {
        let content = |text: &str| {
            let description = text.to_owned();
            Sealed::open(by, crate::chat::content::Description { description })
        };
        Event::Described(Described {
            description: text.map(content),
        })
    };
    town()
        .when(ALICE, describe(Some("About\nus")))
        .happens([described(ALICE, Some("About\nus"))]);
    town().when(ALICE, describe(None)).happens([described(ALICE, None)]);
    town()
        .when(CAROL, describe(None))
        .rejected(Rejection::MissingRight(Right::ChangeInfo));
    assert_eq!(DescriptionText::parse(&"a".repeat(256)), Err(InvalidText::TooLong(255)));
    assert_eq!(DescriptionText::parse("a\u{0}"), Err(InvalidText::ControlCharacter));
}

#[test]
fn in_slow_mode_members_wait_between_two_messages() {
    let end = NOON.plus_seconds(30);
    let slow = town().given([slowed(30)]);
    slow.when(CAROL, say("hi")).happens([said_until(1, CAROL, end)]);
    let spoken = slow.given([said_until(1, CAROL, end)]);
    spoken.when(CAROL, say("hi")).rejected(Rejection::SlowMode { retry_after: 30 });
    spoken.when(DAVE, say("hi")).happens([said_until(2, DAVE, end)]);
    spoken.when(BOB, say("hi")).happens([said(2, BOB, "hi")]);
    let later = spoken.at(Timestamp(end.0 - 1));
    later.when(CAROL, say("hi")).rejected(Rejection::SlowMode { retry_after: 1 });
    later
        .at(end)
        .when(CAROL, say("hi"))
        .happens([said_until(2, CAROL, end.plus_seconds(30))]);
}

#[test]
fn who_leaves_and_comes_back_waits_all_the_same() {
    let end = NOON.plus_seconds(30);
    town()
        .given([slowed(30), said_until(1, CAROL, end), left(CAROL), joined(CAROL)])
        .when(CAROL, say("hi"))
        .rejected(Rejection::SlowMode { retry_after: 30 });
}

#[test]
fn slow_mode_ends_for_everybody_at_once_and_remembers_nobody_who_need_not_wait() {
    let end = NOON.plus_seconds(30);
    let spoken = town().given([slowed(30), said_until(1, CAROL, end)]);
    spoken
        .clone()
        .given([slowed(0)])
        .when(CAROL, say("hi"))
        .happens([said(2, CAROL, "hi")]);
    let later = spoken.given([said_until(2, DAVE, end.plus_seconds(30))]);
    assert_eq!(later.state.standing.quiet.len(), 1);
}

#[test]
fn slow_mode_is_who_restricts_and_at_most_a_day() {
    assert_eq!(SlowMode::new(86_401), None);
    let day = Command::SlowDown { pause: slow(86_400) };
    town().when(BOB, day.clone()).happens([slowed(86_400)]);
    town().given([slowed(86_400)]).when(BOB, day.clone()).changes_nothing();
    town().when(CAROL, day).rejected(Rejection::MissingRight(Right::RestrictMembers));
}

#[test]
fn who_may_change_what_a_group_is_protects_what_is_said() {
    let protect = |protected| Command::Protect { protected };
    let protects = |protected| Event::ProtectionChanged(ProtectionChanged { protected });
    town().when(ALICE, protect(true)).happens([protects(true)]);
    town().when(ALICE, protect(false)).changes_nothing();
    town()
        .given([protects(true)])
        .when(ALICE, protect(false))
        .happens([protects(false)]);
    // Even where members may rename it.
    let open = town().given([denying([])]);
    open.when(CAROL, protect(true)).rejected(Rejection::MissingRight(Right::ChangeInfo));
}
