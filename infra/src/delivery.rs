//! One-time codes on their way to people: to the server's terminal, by a mail server, by a provider of text messages.
//!
//! Delivered at least once: what may have arrived, but was not confirmed, is tried again.

mod console;
pub mod message;
pub mod sms;
pub mod smtp;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Clock;
use crate::config::Config;
use crate::config::delivery::{Email, Phone};
use crate::contact::Contact;

pub use console::Console;
pub use message::{Message, Purpose, Wording};
pub use sms::Sms;
pub use smtp::Smtp;

/// A way to people.
#[async_trait]
pub trait Delivery: fmt::Debug + Send + Sync {
    /// What it is called in logs: `console`, `smtp`, `sms`.
    fn name(&self) -> &'static str;

    /// Delivers a message, or says why not.
    async fn deliver(&self, message: &Message) -> Result<(), Trouble>;
}

/// Why something was not delivered, in words that say nothing of whom it was for or what it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It may pass: to be tried again.
    #[error("{0}")]
    Passing(String),
    /// The same message will never be taken.
    #[error("{0}")]
    Lasting(String),
}

/// A configuration with which nothing can be delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("codes can't be delivered: {0}")]
pub struct Unfit(pub String);

/// The ways to people that are configured.
#[derive(Debug, Clone, Default)]
pub struct Carriers {
    /// To e-mail addresses.
    pub email: Option<Arc<dyn Delivery>>,
    /// To phones.
    pub phone: Option<Arc<dyn Delivery>>,
}

impl Carriers {
    /// Those of a configuration that was checked.
    pub fn open(config: &Config, clock: &Clock) -> Result<Self, Unfit> {
        let wording = Wording::new(&config.delivery.name);
        let patience = Duration::from_secs(config.delivery.attempt_seconds.into());
        let console = || -> Arc<dyn Delivery> { Arc::new(Console) };
        let email = match config.delivery.email {
            Email::Console => Some(console()),
            Email::Smtp => Some(Arc::new(Smtp::open(&config.smtp, wording.clone(), patience, clock)?) as Arc<dyn Delivery>),
            Email::None => None,
        };
        let phone = match config.delivery.phone {
            Phone::Console => Some(console()),
            Phone::Sms => Some(Arc::new(Sms::open(&config.sms, wording, patience)?) as Arc<dyn Delivery>),
            Phone::None => None,
        };
        Ok(Self { email, phone })
    }

    /// The way to a contact, if there is one.
    pub fn to(&self, contact: &Contact) -> Option<&Arc<dyn Delivery>> {
        match contact {
            Contact::Email(_) => self.email.as_ref(),
            Contact::Phone(_) => self.phone.as_ref(),
        }
    }
}

/// What lies at the bottom of an error of a connection: of the system or of TLS, neither of which knows what was to be said.
fn cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone() -> Contact {
        Contact::phone("+4915123456789").unwrap()
    }

    fn email() -> Contact {
        Contact::email("alice@example.org").unwrap()
    }

    #[test]
    fn a_laptop_delivers_to_its_terminal() {
        let carriers = Carriers::open(&Config::default(), &Clock::system()).unwrap();
        for to in [phone(), email()] {
            assert_eq!(carriers.to(&to).unwrap().name(), "console");
        }
    }

    #[test]
    fn where_there_is_no_way_there_is_none() {
        let mut config = Config::default();
        config.delivery.phone = Phone::None;
        let carriers = Carriers::open(&config, &Clock::system()).unwrap();
        assert!(carriers.to(&phone()).is_none());
        assert!(carriers.to(&email()).is_some());
    }
}
