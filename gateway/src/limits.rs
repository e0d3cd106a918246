//! How often one may ask: by address, by account, by account and chat, and all together. Each process counts for itself.

mod address;
mod door;
mod rate;
mod store;

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;

use axum::http::HeaderMap;
use domain::id::{AccountId, ChatId, ServiceTokenId};
use governor::clock::DefaultClock;
use infra::config;

use self::address::{Addresses, Prefix};
use self::rate::{OfAll, OfEach};
use crate::error::Error;

pub(crate) use address::forwarded;
pub(crate) use door::at_the_door;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Requests of an address.
    Address,
    /// Requests and commands of an account or a service.
    Account,
    /// Messages of an account in a chat.
    Messages,
    /// Requests of all together.
    Requests,
    /// Sign-ins begun by all together.
    SignIns,
    /// Sign-ins begun by an address.
    SignInsOfAddress,
    /// Steps of an address in sign-ins.
    SignInStepsOfAddress,
}

/// What is asked, before anything is known of who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// To begin a sign-in.
    SignIn,
    /// To go on with one.
    SignInStep,
    /// Anything else.
    Other,
}

impl Limit {
    /// How metrics call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Account => "account",
            Self::Messages => "messages",
            Self::Requests => "requests",
            Self::SignIns => "sign_ins",
            Self::SignInsOfAddress => "sign_ins_of_address",
            Self::SignInStepsOfAddress => "sign_in_steps_of_address",
        }
    }
}

/// As the one who asks too often is told.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "too many requests from this address",
            Self::Account => "too many requests of this account or service",
            Self::Messages => "too many messages of this account in this chat",
            Self::Requests => "too many requests to this server",
            Self::SignIns => "too many sign-ins at this server",
            Self::SignInsOfAddress => "too many sign-ins from this address",
            Self::SignInStepsOfAddress => "too many steps of sign-ins from this address",
        })
    }
}

/// Who is known by a token, but for the operator, who is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Caller {
    /// An account, whichever of its devices asks.
    Account(AccountId),
    /// A service.
    Service(ServiceTokenId),
}

/// The limits that hold; perhaps none.
#[derive(Debug)]
pub(crate) struct Limits(Option<Box<Rates>>);

#[derive(Debug)]
struct Rates {
    addresses: Addresses,
    address: OfEach<Prefix>,
    account: OfEach<Caller>,
    messages: OfEach<(AccountId, ChatId)>,
    requests: OfAll,
    sign_ins: OfAll,
    sign_ins_of_address: OfEach<Prefix>,
    sign_in_steps_of_address: OfEach<Prefix>,
}

impl Limits {
    /// With these figures; without any there are no limits.
    pub(crate) fn of(figures: Option<&config::limits::Limits>) -> Self {
        Self(figures.map(|figures| Box::new(Rates::of(figures))))
    }

    /// Whether there are any.
    fn are_off(&self) -> bool {
        self.0.is_none()
    }

    /// A request from who is at the connection's other end. Of an address first: what that refuses takes nothing from all others.
    fn request(&self, peer: Option<IpAddr>, headers: &HeaderMap, asked: Asked) -> Result<(), Error> {
        let Some(rates) = &self.0 else { return Ok(()) };
        let from = peer.map(|peer| rates.addresses.of_request(peer, headers));
        let address = |rate: &OfEach<Prefix>| from.map_or(Ok(()), |from| rate.check(&from));
        address(&rates.address)?;
        rates.requests.check()?;
        match asked {
            Asked::SignIn => {
                address(&rates.sign_ins_of_address)?;
                rates.sign_ins.check()
            }
            Asked::SignInStep => address(&rates.sign_in_steps_of_address),
            Asked::Other => Ok(()),
        }
    }

    /// A request or command of somebody whose token was found good.
    pub(crate) fn caller(&self, caller: Caller) -> Result<(), Error> {
        self.0.as_ref().map_or(Ok(()), |rates| rates.account.check(&caller))
    }

    /// A request that asks for so much more than others that it counts as so many more.
    pub(crate) fn caller_again(&self, caller: Caller, times: usize) -> Result<(), Error> {
        let times = u32::try_from(times).ok().and_then(NonZeroU32::new);
        match (&self.0, times) {
            (Some(rates), Some(times)) => rates.account.check_many(&caller, times),
            (None, _) | (_, None) => Ok(()),
        }
    }

    /// Messages of an account in a chat, sent together.
    pub(crate) fn messages(&self, from: AccountId, chat: ChatId, count: usize) -> Result<(), Error> {
        let count = u32::try_from(count).ok().and_then(NonZeroU32::new);
        match (&self.0, count) {
            (Some(rates), Some(count)) => rates.messages.check_many(&(from, chat), count),
            (None, _) | (_, None) => Ok(()),
        }
    }

    /// A message of an account in a chat.
    pub(crate) fn message(&self, from: AccountId, chat: ChatId) -> Result<(), Error> {
        self.0.as_ref().map_or(Ok(()), |rates| rates.messages.check(&(from, chat)))
    }
}

impl Rates {
    fn of(figures: &config::limits::Limits) -> Self {
        let clock = DefaultClock::default();
        Self {
            addresses: Addresses::of(figures),
            address: OfEach::new(Limit::Address, figures.address(), &clock),
            account: OfEach::new(Limit::Account, figures.account(), &clock),
            messages: OfEach::new(Limit::Messages, figures.messages(), &clock),
            requests: OfAll::new(Limit::Requests, figures.requests(), &clock),
            sign_ins: OfAll::new(Limit::SignIns, figures.sign_ins(), &clock),
            sign_ins_of_address: OfEach::new(Limit::SignInsOfAddress, figures.sign_ins_of_address(), &clock),
            sign_in_steps_of_address: OfEach::new(Limit::SignInStepsOfAddress, figures.sign_in_steps_of_address(), &clock),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits::of(Some(&config::limits::Limits {
            address_burst: 3,
            sign_in_address_burst: 1,
            address_per_second: 1,
            ..config::limits::Limits::default()
        }))
    }

    fn ask(limits: &Limits, from: &str, asked: Asked) -> Result<(), Limit> {
        let asked = limits.request(Some(from.parse().unwrap()), &HeaderMap::new(), asked);
        asked.map_err(|error| match error {
            Error::TooManyRequests { limit, .. } => limit,
            other => panic!("{other}"),
        })
    }

    #[test]
    fn who_asks_too_often_takes_nothing_from_another_address() {
        let limits = limits();
        for _ in 0..3 {
            assert_eq!(ask(&limits, "192.0.2.1", Asked::Other), Ok(()));
        }
        assert_eq!(ask(&limits, "192.0.2.254", Asked::Other), Err(Limit::Address), "of the same /24");
        assert_eq!(ask(&limits, "192.0.3.1", Asked::Other), Ok(()));
    }

    #[test]
    fn sign_ins_are_counted_apart_too() {
        let limits = limits();
        assert_eq!(ask(&limits, "2001:db8::1", Asked::SignIn), Ok(()));
        assert_eq!(ask(&limits, "2001:db8::2", Asked::SignIn), Err(Limit::SignInsOfAddress));
        assert_eq!(ask(&limits, "2001:db8::2", Asked::Other), Ok(()));
        assert_eq!(ask(&limits, "2001:db9::1", Asked::SignIn), Ok(()));
    }

    #[test]
    fn steps_of_sign_ins_are_counted_apart_from_their_beginnings() {
        let limits = Limits::of(Some(&config::limits::Limits {
            sign_in_address_burst: 1,
            ..config::limits::Limits::default()
        }));
        for _ in 0..10 {
            assert_eq!(ask(&limits, "192.0.2.1", Asked::SignInStep), Ok(()));
        }
        assert_eq!(ask(&limits, "192.0.2.2", Asked::SignInStep), Err(Limit::SignInStepsOfAddress));
        assert_eq!(ask(&limits, "192.0.2.1", Asked::SignIn), Ok(()));
        assert_eq!(ask(&limits, "192.0.3.1", Asked::SignInStep), Ok(()));
    }

    #[test]
    fn without_figures_nobody_is_limited() {
        let limits = Limits::of(None);
        let (account, chat) = (AccountId::MIN, ChatId::direct(AccountId::MIN, AccountId::MIN));
        for _ in 0..100_000 {
            assert!(limits.caller(Caller::Account(account)).is_ok() && limits.message(account, chat).is_ok());
        }
    }
}
