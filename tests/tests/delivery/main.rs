//! Codes on their way: to a mail server, to a provider of text messages, through the outbox on either database, and as signals between
//! processes.

use std::time::Duration;

use infra::contact::Contact;
use infra::delivery::{Message, Purpose};

mod mail;
mod outbox;
mod signals;
mod texts;

/// How long an attempt may take.
const ATTEMPT: Duration = Duration::from_secs(30);

const PHONE: &str = "+4915123456789";
const EMAIL: &str = "Alice@example.org";

fn message(to: Contact) -> Message {
    Message {
        to,
        code: "012345".parse().expect("six digits"),
        purpose: Purpose::SignIn,
    }
}

fn phone() -> Contact {
    Contact::phone(PHONE).expect("a phone number")
}

fn email() -> Contact {
    Contact::email(EMAIL).expect("an address")
}
