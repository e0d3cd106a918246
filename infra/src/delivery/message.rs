//! What is delivered: a code, to whom, and in which words.

use std::fmt;

use domain::sign_in::event;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Whom a message is for, in the canonical spelling. Never shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum To {
    /// A phone number, E.164: `+4915123456789`.
    Phone(String),
    /// An e-mail address.
    Email(String),
}

/// A one-time code. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(Zeroizing<String>);

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To sign in, or register.
    SignIn,
    /// To be reached at the contact from now on.
    Address,
    /// To remove a forgotten password.
    Recovery,
}

/// A code on its way to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// To whom.
    pub to: To,
    /// The code.
    pub code: Code,
    /// What for.
    pub purpose: Purpose,
}

/// The words of an installation, in ASCII and short: a text message of up to 160 such letters is one.
#[derive(Debug, Clone)]
pub struct Wording {
    name: String,
}

impl To {
    /// The contact itself.
    pub fn reveal(&self) -> &str {
        match self {
            Self::Phone(contact) | Self::Email(contact) => contact,
        }
    }

    /// How it is called where things are counted: `phone`, `email`.
    pub fn channel(&self) -> &'static str {
        match self {
            Self::Phone(_) => "phone",
            Self::Email(_) => "email",
        }
    }
}

impl fmt::Debug for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "To({}: …)", self.channel())
    }
}

impl Code {
    /// A code of digits.
    pub fn new(digits: String) -> Self {
        Self(Zeroizing::new(digits))
    }

    /// The code itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

impl From<event::Purpose> for Purpose {
    fn from(purpose: event::Purpose) -> Self {
        match purpose {
            event::Purpose::SignIn => Self::SignIn,
            event::Purpose::Address(_) => Self::Address,
            event::Purpose::Recovery(_) => Self::Recovery,
        }
    }
}

/// A message as it is encrypted.
#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    code: String,
    purpose: Purpose,
}

impl Message {
    /// The message in the clear, to be encrypted.
    pub fn plaintext(&self) -> Zeroizing<Vec<u8>> {
        let (phone, email) = match &self.to {
            To::Phone(phone) => (Some(phone.clone()), None),
            To::Email(email) => (None, Some(email.clone())),
        };
        let written = Written {
            phone,
            email,
            code: self.code.reveal().to_owned(),
            purpose: self.purpose,
        };
        Zeroizing::new(serde_json::to_vec(&written).expect("texts are JSON"))
    }

    /// Reads what [`plaintext`](Self::plaintext) wrote.
    pub fn read(plaintext: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(plaintext).ok()?;
        let to = match (written.phone, written.email) {
            (Some(phone), None) => To::Phone(phone),
            (None, Some(email)) => To::Email(email),
            (Some(_), Some(_)) | (None, None) => return None,
        };
        Some(Self {
            to,
            code: Code::new(written.code),
            purpose: written.purpose,
        })
    }
}

impl Wording {
    /// Of an installation that is called so.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned() }
    }

    /// What an e-mail is about.
    pub fn subject(&self) -> String {
        format!("Your code for {}", self.name)
    }

    /// The message in words.
    pub fn text(&self, message: &Message) -> String {
        let (code, name) = (message.code.reveal(), &self.name);
        match message.purpose {
            Purpose::SignIn => format!("{code} is your code to sign in to {name}. Tell it to nobody, whoever asks."),
            Purpose::Address => format!("{code} is your code to be reached here by {name}. If you did not ask for it, tell it to nobody."),
            Purpose::Recovery => {
                format!("{code} is your code to remove your password at {name}. If you did not ask for it, tell it to nobody.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(to: To, purpose: Purpose) -> Message {
        Message {
            to,
            code: Code::new("123456".to_owned()),
            purpose,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let contacts = [To::Phone("+4915123456789".to_owned()), To::Email("alice@example.org".to_owned())];
        for to in contacts {
            let message = message(to, Purpose::Recovery);
            assert_eq!(Message::read(&message.plaintext()), Some(message));
        }
        assert_eq!(Message::read(br#"{"code":"123456","purpose":"sign_in"}"#), None);
    }

    #[test]
    fn no_message_shows_its_contact_or_its_code() {
        let shown = format!("{:?}", message(To::Phone("+4915123456789".to_owned()), Purpose::SignIn));
        assert!(!shown.contains("123456"), "{shown}");
    }

    #[test]
    fn a_message_is_one_text_message_by_the_longest_name_too() {
        let wording = Wording::new(&"x".repeat(32));
        for purpose in [Purpose::SignIn, Purpose::Address, Purpose::Recovery] {
            let text = wording.text(&message(To::Phone(String::new()), purpose));
            assert!(text.starts_with("123456 ") && text.is_ascii() && text.len() <= 160, "{text}");
        }
    }
}
