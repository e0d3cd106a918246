//! Accounts' rules, told as stories.

mod devices;
mod profile;
mod username;

use super::event::{DeviceAuthorised, DeviceEnded, DeviceName, Profile, ProfileChanged, Registered, TokenHash};
use super::{Account, Command, DeviceNameText, Event, NameText};
use crate::sealed::Sealed;
use crate::testing::{ALICE, Story, device};

fn given(events: impl IntoIterator<Item = Event>) -> Story<Account> {
    Story::of(ALICE).given(events)
}

/// Alice with one device.
fn alice() -> Story<Account> {
    given([registered("Alice"), authorised(1)])
}

// What happened.

fn profile(name: &str) -> Sealed<Profile> {
    Sealed::open(ALICE, Profile { name: name.to_owned() })
}

fn registered(name: &str) -> Event {
    Event::Registered(Registered {
        bot: false,
        profile: profile(name),
    })
}

fn renamed(name: &str) -> Event {
    Event::ProfileChanged(ProfileChanged { profile: profile(name) })
}

fn authorised(number: i64) -> Event {
    Event::DeviceAuthorised(DeviceAuthorised {
        device: device(number),
        token: token(),
        name: Sealed::open(ALICE, DeviceName { name: "phone".to_owned() }),
    })
}

fn ended(number: i64) -> Event {
    Event::DeviceEnded(DeviceEnded { device: device(number) })
}

fn token() -> TokenHash {
    TokenHash("0".repeat(64))
}

// What is asked.

fn register(bot: bool) -> Command {
    Command::Register { bot, name: name("Alice") }
}

fn name(text: &str) -> NameText {
    NameText::parse(text).expect("a name")
}

fn rename(text: &str) -> Command {
    Command::Rename { name: name(text) }
}

fn authorise() -> Command {
    Command::AuthoriseDevice {
        token: token(),
        name: DeviceNameText::parse("phone").expect("a name"),
    }
}

fn end(number: i64) -> Command {
    Command::EndDevice { device: device(number) }
}
