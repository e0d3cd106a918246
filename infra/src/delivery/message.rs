//! What is delivered: a code, to whom, and in which words.

use domain::sign_in::event;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::contact::Contact;
use crate::proof::Code;

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
    pub to: Contact,
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
    /// How the way to its contact is called where things are counted: `phone`, `email`.
    pub fn channel(&self) -> &'static str {
        match self.to {
            Contact::Phone(_) => "phone",
            Contact::Email(_) => "email",
        }
    }

    /// The message in the clear, to be encrypted.
    pub fn plaintext(&self) -> Zeroizing<Vec<u8>> {
        let contact = Some(self.to.as_str().to_owned());
        let (phone, email) = match self.to {
            Contact::Phone(_) => (contact, None),
            Contact::Email(_) => (None, contact),
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
            (Some(phone), None) => Contact::phone(&phone).ok()?,
            (None, Some(email)) => Contact::email(&email).ok()?,
            (Some(_), Some(_)) | (None, None) => return None,
        };
        Some(Self {
            to,
            code: written.code.parse().ok()?,
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

    fn message(to: Contact, purpose: Purpose) -> Message {
        let code = "123456".parse().unwrap();
        Message { to, code, purpose }
    }

    fn phone() -> Contact {
        Contact::phone("+4915123456789").unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        for to in [phone(), Contact::email("Alice@example.org").unwrap()] {
            let message = message(to, Purpose::Recovery);
            assert_eq!(Message::read(&message.plaintext()), Some(message));
        }
        assert_eq!(Message::read(br#"{"code":"123456","purpose":"sign_in"}"#), None);
    }

    #[test]
    fn no_message_shows_its_contact_or_its_code() {
        let shown = format!("{:?}", message(phone(), Purpose::SignIn));
        assert!(!shown.contains("123456"), "{shown}");
    }

    #[test]
    fn a_message_is_one_text_message_by_the_longest_name_too() {
        let wording = Wording::new(&"x".repeat(32));
        for purpose in [Purpose::SignIn, Purpose::Address, Purpose::Recovery] {
            let text = wording.text(&message(phone(), purpose));
            assert!(text.starts_with("123456 ") && text.is_ascii() && text.len() <= 160, "{text}");
        }
    }
}
