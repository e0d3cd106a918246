//! Contacts, blocked accounts, privacy.

use super::*;
use crate::account::event::{Blocked, ContactAdded, ContactName, ContactRemoved, PrivacyChanged};
use crate::account::privacy::{Allowed, Privacy};
use crate::account::{BLOCKED_MAX, CONTACTS_MAX, ContactNameText};
use crate::id::AccountId;
use crate::testing::{BOB, CAROL, account, service};

fn add(other: AccountId, name: Option<&str>) -> Command {
    Command::AddContact {
        account: other,
        name: name.map(|name| ContactNameText::parse(name).expect("a name")),
    }
}

fn added(other: AccountId, name: Option<&str>) -> Event {
    let name = name.map(|name| Sealed::open(ALICE, ContactName { name: name.to_owned() }));
    Event::ContactAdded(ContactAdded { account: other, name })
}

fn blocked(other: AccountId) -> Event {
    Event::Blocked(Blocked { account: other })
}

/// So many others.
fn others(count: usize) -> impl Iterator<Item = AccountId> {
    (1_000..).map(account).take(count)
}

#[test]
fn an_account_has_others_as_contacts_and_calls_them_what_it_likes() {
    alice().when(ALICE, add(BOB, None)).happens([added(BOB, None)]);
    alice().when(ALICE, add(BOB, Some("Bobby"))).happens([added(BOB, Some("Bobby"))]);
    let story = alice().given([added(BOB, Some("Bobby"))]);
    story.when(ALICE, add(BOB, Some("Rob"))).happens([added(BOB, Some("Rob"))]);
    story.when(ALICE, add(BOB, None)).happens([added(BOB, None)]);
    let story = story.given([added(BOB, None)]);
    story.when(ALICE, add(BOB, None)).changes_nothing();
    assert!(story.state.has_as_contact(BOB));
}

#[test]
fn a_contact_is_removed_once() {
    let removed = Event::ContactRemoved(ContactRemoved { account: BOB });
    let remove = || Command::RemoveContact { account: BOB };
    let story = alice().given([added(BOB, None)]);
    story.when(ALICE, remove()).happens([removed.clone()]);
    story.given([removed]).when(ALICE, remove()).changes_nothing();
}

#[test]
fn an_account_blocks_and_unblocks_others() {
    let (block, unblock) = (|| Command::Block { account: BOB }, || Command::Unblock { account: BOB });
    alice().when(ALICE, block()).happens([blocked(BOB)]);
    alice().when(ALICE, unblock()).changes_nothing();
    let story = alice().given([blocked(BOB)]);
    assert!(story.state.has_blocked(BOB) && !story.state.has_blocked(CAROL));
    story.when(ALICE, block()).changes_nothing();
    let unblocked = Event::Unblocked(Blocked { account: BOB });
    story.when(ALICE, unblock()).happens([unblocked.clone()]);
    story.given([unblocked]).when(ALICE, block()).happens([blocked(BOB)]);
}

#[test]
fn nobody_is_its_own_contact_or_blocks_itself() {
    alice().when(ALICE, add(ALICE, None)).rejected(Rejection::Oneself);
    alice().when(ALICE, Command::Block { account: ALICE }).rejected(Rejection::Oneself);
}

#[test]
fn an_account_has_at_most_five_thousand_contacts() {
    let full = alice().given(others(CONTACTS_MAX).map(|other| added(other, None)));
    full.when(ALICE, add(BOB, None)).rejected(Rejection::TooManyContacts);
    full.when(ALICE, add(account(1_000), Some("Bobby")))
        .happens([added(account(1_000), Some("Bobby"))]);
}

#[test]
fn an_account_blocks_at_most_five_thousand_others() {
    let full = alice().given(others(BLOCKED_MAX).map(blocked));
    full.when(ALICE, Command::Block { account: BOB })
        .rejected(Rejection::TooManyBlocked);
    full.when(ALICE, Command::Block { account: account(1_000) }).changes_nothing();
}

#[test]
fn an_account_says_who_may_do_what() {
    let privacy = Privacy {
        write: Allowed::Contacts,
        ..Privacy::default()
    };
    let change = |privacy| Command::ChangePrivacy { privacy };
    let changed = Event::PrivacyChanged(PrivacyChanged { privacy });
    alice().when(ALICE, change(privacy)).happens([changed.clone()]);
    alice().when(ALICE, change(Privacy::default())).changes_nothing();
    let story = alice().given([changed]);
    assert_eq!(story.state.privacy(), privacy);
    story.when(ALICE, change(privacy)).changes_nothing();
}

#[test]
fn nobody_else_says_whom_an_account_knows() {
    let commands = [
        add(CAROL, None),
        Command::RemoveContact { account: CAROL },
        Command::Block { account: CAROL },
        Command::Unblock { account: CAROL },
        Command::ChangePrivacy {
            privacy: Privacy::default(),
        },
    ];
    for command in commands {
        alice().when(BOB, command.clone()).rejected(Rejection::NotYours);
        alice().when(service(), command).rejected(Rejection::NotYours);
    }
}

#[test]
fn who_is_blocked_may_nothing_and_contacts_are_those_that_one_added() {
    let state = alice().given([added(BOB, None)]).state;
    assert!(state.allows(Allowed::Everybody, CAROL) && state.allows(Allowed::Contacts, BOB));
    assert!(!state.allows(Allowed::Contacts, CAROL) && !state.allows(Allowed::Nobody, BOB));
    assert!(state.allows(Allowed::Nobody, ALICE), "one may all with oneself");
    let state = alice().given([added(BOB, None), blocked(BOB)]).state;
    assert!(!state.allows(Allowed::Everybody, BOB) && !state.allows(Allowed::Contacts, BOB));
}
