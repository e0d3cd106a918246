//! `[delivery]`: how one-time codes get to people.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::within;

/// How one-time codes get to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delivery {
    /// What messages call this installation, 1 to 32 printable ASCII characters: others make a text message twice as dear.
    pub name: String,
    /// How codes get to e-mail addresses.
    pub email: Email,
    /// How codes get to phones.
    pub phone: Phone,
    /// Whether codes may appear in the terminal of a server that others than this machine can reach.
    pub console_allowed_beyond_loopback: bool,
    /// Seconds that a code has been shown to an account's other devices before it goes to the contact as well, 0 … 240; fewer than a code is good
    /// (`sign_in.code_seconds`), or it would never go there.
    pub devices_first_seconds: u32,
    /// Seconds that one attempt may take, 1 … 60.
    pub attempt_seconds: u32,
    /// Seconds until a code that could not be delivered is tried again, 1 … 60; each further time takes twice as long.
    pub retry_seconds: u32,
    /// Seconds between two attempts, at most, 1 … 300.
    pub retry_seconds_max: u32,
}

/// How codes get to e-mail addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Email {
    /// They appear in the server's terminal.
    Console,
    /// By a mail server, see `[smtp]`.
    Smtp,
    /// Not at all.
    None,
}

/// How codes get to phones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phone {
    /// They appear in the server's terminal.
    Console,
    /// By a provider of text messages, see `[sms]`.
    Sms,
    /// Not at all.
    None,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            name: "Heliograph".to_owned(),
            email: Email::Console,
            phone: Phone::Console,
            console_allowed_beyond_loopback: false,
            devices_first_seconds: 60,
            attempt_seconds: 10,
            retry_seconds: 2,
            retry_seconds_max: 30,
        }
    }
}

impl Delivery {
    /// Whether codes appear in the server's terminal.
    pub fn is_on_console(&self) -> bool {
        self.email == Email::Console || self.phone == Phone::Console
    }

    pub(super) fn check(&self, listen: SocketAddr, code_seconds: u32, wrong: &mut Vec<String>) {
        within(wrong, "delivery.devices_first_seconds", &self.devices_first_seconds, 0..=240);
        if self.devices_first_seconds >= code_seconds {
            wrong.push(format!(
                "delivery.devices_first_seconds = {}: must be less than sign_in.code_seconds = {code_seconds}, or codes would end before they are sent",
                self.devices_first_seconds
            ));
        }
        within(wrong, "delivery.attempt_seconds", &self.attempt_seconds, 1..=60);
        within(wrong, "delivery.retry_seconds", &self.retry_seconds, 1..=60);
        within(wrong, "delivery.retry_seconds_max", &self.retry_seconds_max, 1..=300);
        let is_printable = |text: &str| text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if !(1..=32).contains(&self.name.len()) || !is_printable(&self.name) {
            wrong.push(format!(
                "delivery.name = {:?}: must be 1 … 32 printable ASCII characters",
                self.name
            ));
        }
        if !listen.ip().is_loopback() && self.is_on_console() && !self.console_allowed_beyond_loopback {
            wrong.push(format!(
                "server.listen = {listen}: others can reach it, and one-time codes would appear in this terminal, where whoever reads it could sign in as \
                 anybody; set delivery.email to smtp or none and delivery.phone to sms or none, or, if that is what is wanted, \
                 delivery.console_allowed_beyond_loopback to true"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(delivery: &Delivery, listen: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        delivery.check(listen.parse().unwrap(), 300, &mut wrong);
        wrong
    }

    #[test]
    fn a_code_goes_to_the_contact_before_its_end() {
        let patient = Delivery {
            devices_first_seconds: 120,
            ..Delivery::default()
        };
        let wrong = |code_seconds| {
            let mut wrong = Vec::new();
            patient.check("127.0.0.1:1".parse().unwrap(), code_seconds, &mut wrong);
            wrong
        };
        assert_eq!(wrong(121), [""; 0]);
        let refused = wrong(120);
        assert!(
            refused.len() == 1 && refused[0].contains("sign_in.code_seconds = 120"),
            "{refused:?}"
        );
    }

    #[test]
    fn codes_appear_in_the_terminal_only_where_nobody_else_comes_in() {
        let laptop = Delivery::default();
        for loopback in ["127.0.0.1:8080", "[::1]:8080"] {
            assert_eq!(wrong(&laptop, loopback), [""; 0]);
        }
        for open in ["0.0.0.0:8080", "[::]:8080", "192.0.2.7:80"] {
            let refused = wrong(&laptop, open);
            assert!(
                refused.len() == 1 && refused[0].contains("console_allowed_beyond_loopback"),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn where_it_is_wanted_or_no_code_appears_there_others_may_come_in() {
        let wanted = Delivery {
            console_allowed_beyond_loopback: true,
            ..Delivery::default()
        };
        let none = Delivery {
            email: Email::None,
            phone: Phone::None,
            ..Delivery::default()
        };
        let phones_alone = Delivery {
            email: Email::None,
            ..Delivery::default()
        };
        assert_eq!(wrong(&wanted, "0.0.0.0:80"), [""; 0]);
        assert_eq!(wrong(&none, "0.0.0.0:80"), [""; 0]);
        assert_eq!(wrong(&phones_alone, "0.0.0.0:80").len(), 1);
    }

    #[test]
    fn a_name_is_short_and_plain() {
        for (name, is_good) in [
            ("Acme chat", true),
            ("", false),
            ("Zoë's", false),
            ("a\nb", false),
            (&"x".repeat(33), false),
        ] {
            let named = Delivery {
                name: name.to_owned(),
                ..Delivery::default()
            };
            assert_eq!(wrong(&named, "127.0.0.1:1").is_empty(), is_good, "{name:?}");
        }
    }
}
