//! What happens to an account, of the golden files.

use domain::account::Event;
use domain::account::address::AddressUse;
use domain::account::event::{
    AddressAdded, AddressDropped, Blocked, ContactAdded, ContactRemoved, Demoted, DeviceAuthorised, DeviceEnded, DeviceRenamed, EndReason,
    Erased, ErasureBegun, ErasureCalledOff, ErasureScheduled, FactorFailed, FactorPassed, FactorRemoved, PasswordSet, PrivacyChanged,
    ProfileChanged, Promoted, RecoveryCodesMade, Registered, Restored, Suspended, TokenHash, TotpSet, UsernameChanged, UsernameRefused,
    UsernameRequested,
};
use domain::account::factor::Factor;
use domain::account::privacy::{Allowed, Privacy};
use domain::id::SignInId;
use domain::testing::{ALICE, BOB, NOON, device, name_key};

use super::sealed;
use super::sign_ins::SIGN_IN;

pub(crate) fn all() -> Vec<Event> {
    [
        profiles(),
        devices(),
        usernames(),
        addresses(),
        factors(),
        shown(),
        people(),
        standing(),
    ]
    .concat()
}

fn profiles() -> Vec<Event> {
    let registered = |bot| {
        Event::Registered(Registered {
            bot,
            profile: sealed(ALICE),
        })
    };
    vec![
        registered(true),
        registered(false),
        Event::ProfileChanged(ProfileChanged { profile: sealed(ALICE) }),
    ]
}

fn devices() -> Vec<Event> {
    let authorised = |sign_in| {
        Event::DeviceAuthorised(DeviceAuthorised {
            device: device(2),
            token: TokenHash("0123456789abcdef".repeat(4)),
            sign_in,
            name: sealed(ALICE),
        })
    };
    let ended = |reason| {
        let device = device(2);
        Event::DeviceEnded(DeviceEnded { device, reason })
    };
    vec![
        authorised(None),
        authorised(Some(SIGN_IN)),
        ended(None),
        ended(Some(EndReason::Idle)),
        ended(Some(EndReason::Others)),
        ended(Some(EndReason::Erasure)),
        Event::DeviceRenamed(DeviceRenamed {
            device: device(2),
            name: sealed(ALICE),
        }),
    ]
}

fn usernames() -> Vec<Event> {
    let changed = |new: Option<char>, former: Option<char>| {
        Event::UsernameChanged(UsernameChanged {
            name: new.map(name_key),
            former: former.map(name_key),
            username: new.map(|_| sealed(ALICE)),
        })
    };
    vec![
        Event::UsernameRequested(UsernameRequested {
            name: name_key('b'),
            username: sealed(ALICE),
        }),
        changed(Some('b'), Some('a')),
        changed(Some('a'), None),
        changed(None, Some('a')),
        changed(None, None),
        Event::UsernameRefused(UsernameRefused { name: name_key('b') }),
    ]
}

fn addresses() -> Vec<Event> {
    let added = |purpose| {
        Event::AddressAdded(AddressAdded {
            purpose,
            name: name_key('c'),
            address: sealed(ALICE),
        })
    };
    let dropped = |purpose| {
        let name = name_key('c');
        Event::AddressDropped(AddressDropped { purpose, name })
    };
    let uses = [AddressUse::Phone, AddressUse::Email, AddressUse::Recovery];
    uses.map(added).into_iter().chain(uses.map(dropped)).collect()
}

fn factors() -> Vec<Event> {
    let removed = |recovered_by: Option<SignInId>| FactorRemoved { recovered_by };
    vec![
        Event::PasswordSet(PasswordSet { password: sealed(ALICE) }),
        Event::PasswordRemoved(removed(None)),
        Event::PasswordRemoved(removed(Some(SIGN_IN))),
        Event::TotpSet(TotpSet {
            step: 58_333_333,
            totp: sealed(ALICE),
        }),
        Event::TotpRemoved(removed(None)),
        Event::RecoveryCodesMade(RecoveryCodesMade {
            count: 10,
            codes: sealed(ALICE),
        }),
    ]
}

fn shown() -> Vec<Event> {
    let passed = FactorPassed {
        factor: Factor::Password,
        at: NOON,
        sign_in: None,
        step: None,
        code: None,
    };
    let failed = |factor, sign_in| {
        Event::FactorFailed(FactorFailed {
            factor,
            at: NOON,
            tries_full_at: NOON.plus_seconds(120),
            sign_in,
        })
    };
    vec![
        Event::FactorPassed(passed.clone()),
        Event::FactorPassed(FactorPassed {
            factor: Factor::Totp,
            sign_in: Some(SIGN_IN),
            step: Some(58_333_334),
            ..passed.clone()
        }),
        Event::FactorPassed(FactorPassed {
            factor: Factor::RecoveryCode,
            sign_in: Some(SIGN_IN),
            code: Some(3),
            ..passed
        }),
        failed(Factor::Password, None),
        failed(Factor::Totp, Some(SIGN_IN)),
        failed(Factor::RecoveryCode, Some(SIGN_IN)),
    ]
}

fn people() -> Vec<Event> {
    let added = |name| Event::ContactAdded(ContactAdded { account: BOB, name });
    let all = Privacy {
        find_by_phone: Allowed::Nobody,
        write: Allowed::Contacts,
        last_seen: Allowed::Everybody,
        add_to_groups: Allowed::Contacts,
        forwards: Allowed::Everybody,
    };
    let changed = |privacy| Event::PrivacyChanged(PrivacyChanged { privacy });
    vec![
        added(None),
        added(Some(sealed(ALICE))),
        Event::ContactRemoved(ContactRemoved { account: BOB }),
        Event::Blocked(Blocked { account: BOB }),
        Event::Unblocked(Blocked { account: BOB }),
        changed(all),
        changed(Privacy::default()),
        changed(Privacy {
            forwards: Allowed::Contacts,
            ..all
        }),
    ]
}

fn standing() -> Vec<Event> {
    vec![
        Event::Promoted(Promoted {}),
        Event::Demoted(Demoted {}),
        Event::Suspended(Suspended {}),
        Event::Restored(Restored {}),
        Event::ErasureScheduled(ErasureScheduled {
            due_at: NOON.plus_seconds(604_800),
        }),
        Event::ErasureCalledOff(ErasureCalledOff {}),
        Event::ErasureBegun(ErasureBegun {}),
        Event::Erased(Erased {}),
    ]
}
