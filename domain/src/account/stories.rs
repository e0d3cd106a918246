//! Accounts' rules, told as stories.

mod addresses;
mod devices;
mod erasure;
mod factors;
mod laws;
mod people;
mod profile;
mod roles;
mod sign_in;
mod username;

use super::address::AddressUse;
use super::command::NewAddress;
use super::event::{
    Address, AddressAdded, AddressDropped, DeviceAuthorised, DeviceEnded, DeviceName, EndReason, FactorFailed, FactorPassed, FactorRemoved,
    PasswordSet, Profile, ProfileChanged, RecoveryCodesMade, Registered, Suspended, TokenHash, TotpSet,
};
use super::factor::{Factor, PasswordSecret, Print, RecoveryCodes, Shown, TotpSecret};
use super::{Account, Command, DeviceNameText, Event, NameText, Rejection};
use crate::actor::{Actor, IMPORT, SIGN_IN, UPKEEP};
use crate::id::SignInId;
use crate::sealed::Sealed;
use crate::sign_in::limits::Rate;
use crate::testing::{ALICE, NOON, Story, device, name_key};

fn given(events: impl IntoIterator<Item = Event>) -> Story<Account> {
    Story::of(ALICE).given(events)
}

/// Alice with one device.
fn alice() -> Story<Account> {
    given([registered("Alice"), authorised(1)])
}

// Who asks.

fn sign_in() -> Actor {
    Actor::Service(SIGN_IN.to_owned())
}

fn upkeep() -> Actor {
    Actor::Service(UPKEEP.to_owned())
}

fn import() -> Actor {
    Actor::Service(IMPORT.to_owned())
}

// What happened.

fn called_alice(bio: Option<&str>) -> Profile {
    let (name, bio) = ("Alice".to_owned(), bio.map(str::to_owned));
    Profile { name, bio }
}

fn profile(name: &str) -> Sealed<Profile> {
    let (name, bio) = (name.to_owned(), None);
    Sealed::open(ALICE, Profile { name, bio })
}

fn registered(name: &str) -> Event {
    let (bot, profile) = (false, profile(name));
    Event::Registered(Registered { bot, profile })
}

fn renamed(name: &str) -> Event {
    Event::ProfileChanged(ProfileChanged { profile: profile(name) })
}

fn authorised(number: i64) -> Event {
    Event::DeviceAuthorised(DeviceAuthorised {
        device: device(number),
        token: token(),
        sign_in: None,
        name: called("phone"),
    })
}

fn let_in(number: i64, sign_in: SignInId) -> Event {
    Event::DeviceAuthorised(DeviceAuthorised {
        device: device(number),
        token: token(),
        sign_in: Some(sign_in),
        name: called("phone"),
    })
}

fn called(name: &str) -> Sealed<DeviceName> {
    let (name, platform) = (name.to_owned(), None);
    Sealed::open(ALICE, DeviceName { name, platform })
}

fn ended(number: i64) -> Event {
    ended_for(number, None)
}

fn ended_for(number: i64, reason: Option<EndReason>) -> Event {
    let device = device(number);
    Event::DeviceEnded(DeviceEnded { device, reason })
}

fn token() -> TokenHash {
    TokenHash("0".repeat(64))
}

fn reached(purpose: AddressUse, digit: char) -> Event {
    Event::AddressAdded(AddressAdded {
        purpose,
        name: name_key(digit),
        address: Sealed::open(
            ALICE,
            Address {
                address: digit.to_string(),
            },
        ),
    })
}

fn not_reached(purpose: AddressUse, digit: char) -> Event {
    let name = name_key(digit);
    Event::AddressDropped(AddressDropped { purpose, name })
}

fn password_set() -> Event {
    let password = Sealed::open(ALICE, password());
    Event::PasswordSet(PasswordSet { password })
}

fn password_removed(recovered_by: Option<SignInId>) -> Event {
    Event::PasswordRemoved(FactorRemoved { recovered_by })
}

fn totp_set(step: i64) -> Event {
    let totp = Sealed::open(ALICE, totp());
    Event::TotpSet(TotpSet { step, totp })
}

fn codes_made() -> Event {
    let (count, codes) = (2, Sealed::open(ALICE, codes()));
    Event::RecoveryCodesMade(RecoveryCodesMade { count, codes })
}

/// What comes of a factor that is right.
fn passed(shown: Shown, sign_in: Option<SignInId>) -> Event {
    Event::FactorPassed(FactorPassed {
        factor: shown.factor,
        at: NOON,
        sign_in,
        step: shown.step,
        code: shown.code,
    })
}

/// What comes of one that is wrong: the first in a while.
fn failed(factor: Factor, sign_in: Option<SignInId>) -> Event {
    Event::FactorFailed(FactorFailed {
        factor,
        at: NOON,
        tries_full_at: NOON.plus_seconds(120),
        sign_in,
    })
}

fn suspended() -> Event {
    Event::Suspended(Suspended {})
}

// What is asked.

fn register(bot: bool) -> Command {
    let (name, address) = (name("Alice"), None);
    Command::Register { bot, name, address }
}

fn name(text: &str) -> NameText {
    NameText::parse(text).expect("a name")
}

fn rename(text: &str) -> Command {
    Command::ChangeProfile {
        name: Some(name(text)),
        bio: None,
        present: called_alice(None),
        read_from: None,
    }
}

fn authorise() -> Command {
    let_in_by(None)
}

fn let_in_by(sign_in: Option<SignInId>) -> Command {
    Command::AuthoriseDevice {
        token: token(),
        name: device_name("phone"),
        platform: None,
        sign_in,
    }
}

fn device_name(text: &str) -> DeviceNameText {
    DeviceNameText::parse(text).expect("a name")
}

fn end(number: i64) -> Command {
    Command::EndDevice { device: device(number) }
}

fn address(purpose: AddressUse, digit: char) -> NewAddress {
    NewAddress {
        purpose,
        name: name_key(digit),
        address: digit.to_string(),
    }
}

fn set_address(purpose: AddressUse, digit: char, shown: Option<Shown>) -> Command {
    Command::SetAddress {
        address: address(purpose, digit),
        shown,
        tries: TRIES,
    }
}

fn set_password(shown: Option<Shown>) -> Command {
    Command::SetPassword {
        password: password(),
        print: Print("a password".to_owned()),
        shown,
        tries: TRIES,
    }
}

fn remove_password(shown: Option<Shown>) -> Command {
    Command::RemovePassword { shown, tries: TRIES }
}

fn set_totp(step: i64, shown: Option<Shown>) -> Command {
    Command::SetTotp {
        totp: totp(),
        print: Print("a secret".to_owned()),
        step: Some(step),
        codes: codes(),
        shown,
        tries: TRIES,
    }
}

fn show(sign_in: SignInId, shown: Shown) -> Command {
    Command::ShowFactor {
        sign_in,
        shown,
        tries: TRIES,
    }
}

// What is shown.

/// A sign-in.
fn by(number: u128) -> SignInId {
    SignInId(uuid::Uuid::from_u128(number))
}

/// How often a factor may be wrong.
const TRIES: Option<Rate> = Some(Rate {
    burst: 5,
    every_seconds: 120,
});

fn password() -> PasswordSecret {
    let (phc, hint) = ("$argon2id$".to_owned(), None);
    PasswordSecret { phc, hint }
}

fn totp() -> TotpSecret {
    let secret = "JBSWY3DPEHPK3PXP".to_owned();
    TotpSecret { secret }
}

fn codes() -> RecoveryCodes {
    let hashes = vec!["a".to_owned(), "b".to_owned()];
    RecoveryCodes { hashes }
}

/// The right password, compared with what was kept at this revision.
fn right(revision: u32) -> Shown {
    Shown {
        factor: Factor::Password,
        revision,
        right: true,
        step: None,
        code: None,
        now: NOON,
    }
}

/// The right time-based one-time password of a step.
fn step(revision: u32, step: i64) -> Shown {
    Shown {
        factor: Factor::Totp,
        step: Some(step),
        ..right(revision)
    }
}

/// The right recovery code of an index.
fn code(revision: u32, code: u32) -> Shown {
    Shown {
        factor: Factor::RecoveryCode,
        code: Some(code),
        ..right(revision)
    }
}

fn wrong(shown: Shown) -> Shown {
    Shown { right: false, ..shown }
}
