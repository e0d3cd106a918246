//! How people stand to each other: one thing that may happen at any time.

use domain::account::Event;
use domain::account::address::AddressUse;
use domain::account::event::{AddressAdded, AddressDropped, Blocked, ContactAdded, ContactRemoved, PrivacyChanged};
use domain::account::privacy::{Allowed, Privacy};
use domain::id::{AccountId, NameKey};
use domain::sealed::{Closed, Sealed};

/// What an account does about another, or says who may do; drawn from the number.
pub fn stands(who: AccountId, whom: AccountId, number: u32) -> Event {
    let (what, how) = (number % 8, number / 8);
    match what {
        0 => Event::ContactAdded(ContactAdded {
            account: whom,
            name: (how % 2 == 0).then(|| sealed(who, &format!("contact {how}"))),
        }),
        1 => Event::ContactAdded(ContactAdded { account: whom, name: None }),
        2 => Event::ContactRemoved(ContactRemoved { account: whom }),
        3 => Event::Blocked(Blocked { account: whom }),
        4 => Event::Unblocked(Blocked { account: whom }),
        5 => Event::PrivacyChanged(PrivacyChanged {
            privacy: Privacy {
                write: [Allowed::Everybody, Allowed::Contacts, Allowed::Nobody][how as usize % 3],
                ..Privacy::default()
            },
        }),
        6 => Event::AddressAdded(AddressAdded {
            purpose: AddressUse::Phone,
            name: phone(who),
            address: sealed(who, "a number"),
        }),
        _ => Event::AddressDropped(AddressDropped {
            purpose: AddressUse::Phone,
            name: phone(who),
        }),
    }
}

/// The key of an account's number.
fn phone(who: AccountId) -> NameKey {
    format!("{:064x}", who.get()).parse().expect("a key")
}

fn sealed<T>(of: AccountId, what: &str) -> Sealed<T> {
    let cipher = format!("sealed {what}");
    Sealed::Closed(Closed { of, cipher })
}
