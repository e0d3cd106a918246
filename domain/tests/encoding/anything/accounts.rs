//! Any event of an account.

use domain::account::Event as Is;
use domain::account::address::AddressUse;
use domain::account::event::{
    AddressAdded, AddressDropped, Blocked, ContactAdded, ContactRemoved, Demoted, DeviceAuthorised, DeviceEnded, DeviceRenamed, EndReason,
    Erased, ErasureBegun, ErasureCalledOff, ErasureScheduled, FactorFailed, FactorPassed, FactorRemoved, PasswordSet, PrivacyChanged,
    ProfileChanged, Promoted, RecoveryCodesMade, Registered, Restored, Suspended, TokenHash, TotpSet, UsernameChanged, UsernameRefused,
    UsernameRequested,
};
use domain::account::factor::Factor;
use domain::account::privacy::{Allowed, Privacy};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{accounts, devices, keys, sealed, sign_ins, times};

pub(super) fn of_accounts() -> impl Strategy<Value = Is> {
    prop_oneof![
        2 => profiles(),
        3 => of_devices(),
        3 => usernames(),
        2 => addresses(),
        7 => factors(),
        5 => people(),
        8 => standing(),
    ]
}

fn profiles() -> impl Strategy<Value = Is> {
    prop_oneof![
        (any::<bool>(), sealed()).prop_map(|(bot, profile)| Is::Registered(Registered { bot, profile })),
        sealed().prop_map(|profile| Is::ProfileChanged(ProfileChanged { profile })),
    ]
}

fn of_devices() -> impl Strategy<Value = Is> {
    let authorised = (devices(), "[0-9a-f]{64}", option::of(sign_ins()), sealed());
    let reason = option::of(select(vec![EndReason::Idle, EndReason::Others, EndReason::Erasure]));
    prop_oneof![
        authorised.prop_map(|(device, token, sign_in, name)| Is::DeviceAuthorised(DeviceAuthorised {
            device,
            token: TokenHash(token),
            sign_in,
            name
        })),
        (devices(), reason).prop_map(|(device, reason)| Is::DeviceEnded(DeviceEnded { device, reason })),
        (devices(), sealed()).prop_map(|(device, name)| Is::DeviceRenamed(DeviceRenamed { device, name })),
    ]
}

fn usernames() -> impl Strategy<Value = Is> {
    let changed = (option::of(keys()), option::of(keys()), option::of(sealed()));
    prop_oneof![
        (keys(), sealed()).prop_map(|(name, username)| Is::UsernameRequested(UsernameRequested { name, username })),
        changed.prop_map(|(name, former, username)| Is::UsernameChanged(UsernameChanged { name, former, username })),
        keys().prop_map(|name| Is::UsernameRefused(UsernameRefused { name })),
    ]
}

fn addresses() -> impl Strategy<Value = Is> {
    let purpose = || select(vec![AddressUse::Phone, AddressUse::Email, AddressUse::Recovery]);
    prop_oneof![
        (purpose(), keys(), sealed()).prop_map(|(purpose, name, address)| Is::AddressAdded(AddressAdded { purpose, name, address })),
        (purpose(), keys()).prop_map(|(purpose, name)| Is::AddressDropped(AddressDropped { purpose, name })),
    ]
}

fn factors() -> impl Strategy<Value = Is> {
    let factor = || select(vec![Factor::Password, Factor::Totp, Factor::RecoveryCode]);
    let by = || option::of(sign_ins());
    let removed = || by().prop_map(|recovered_by| FactorRemoved { recovered_by });
    let used = (option::of(any::<i64>()), option::of(any::<u32>()));
    prop_oneof![
        sealed().prop_map(|password| Is::PasswordSet(PasswordSet { password })),
        removed().prop_map(Is::PasswordRemoved),
        (any::<i64>(), sealed()).prop_map(|(step, totp)| Is::TotpSet(TotpSet { step, totp })),
        removed().prop_map(Is::TotpRemoved),
        (any::<u32>(), sealed()).prop_map(|(count, codes)| Is::RecoveryCodesMade(RecoveryCodesMade { count, codes })),
        (factor(), times(), by(), used).prop_map(|(factor, at, sign_in, (step, code))| Is::FactorPassed(FactorPassed {
            factor,
            at,
            sign_in,
            step,
            code
        })),
        (factor(), times(), times(), by()).prop_map(|(factor, at, tries_full_at, sign_in)| Is::FactorFailed(FactorFailed {
            factor,
            at,
            tries_full_at,
            sign_in
        })),
    ]
}

fn people() -> impl Strategy<Value = Is> {
    let who = || select(vec![Allowed::Everybody, Allowed::Contacts, Allowed::Nobody]);
    let privacy = (who(), who(), who(), who(), who()).prop_map(|(find_by_phone, write, last_seen, add_to_groups, forwards)| Privacy {
        find_by_phone,
        write,
        last_seen,
        add_to_groups,
        forwards,
    });
    prop_oneof![
        (accounts(), option::of(sealed())).prop_map(|(account, name)| Is::ContactAdded(ContactAdded { account, name })),
        accounts().prop_map(|account| Is::ContactRemoved(ContactRemoved { account })),
        accounts().prop_map(|account| Is::Blocked(Blocked { account })),
        accounts().prop_map(|account| Is::Unblocked(Blocked { account })),
        privacy.prop_map(|privacy| Is::PrivacyChanged(PrivacyChanged { privacy })),
    ]
}

fn standing() -> impl Strategy<Value = Is> {
    prop_oneof![
        Just(Is::Promoted(Promoted {})),
        Just(Is::Demoted(Demoted {})),
        Just(Is::Suspended(Suspended {})),
        Just(Is::Restored(Restored {})),
        times().prop_map(|due_at| Is::ErasureScheduled(ErasureScheduled { due_at })),
        Just(Is::ErasureCalledOff(ErasureCalledOff {})),
        Just(Is::ErasureBegun(ErasureBegun {})),
        Just(Is::Erased(Erased {})),
    ]
}
