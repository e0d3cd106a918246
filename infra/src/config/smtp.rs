//! `[smtp]`: the mail server that takes codes for e-mail addresses.

use serde::{Deserialize, Serialize};

use super::secret::{Address, Secret};
use crate::delivery::smtp;

/// The mail server that takes codes for e-mail addresses, where `delivery.email` is `smtp`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Smtp {
    /// `smtps://host` (TLS, port 465), `smtp+starttls://host` (port 587; without TLS nothing is sent), or `smtp://host` (no TLS, port 25:
    /// for a mail server on this machine); another port behind the host.
    pub url: Option<Address>,
    /// The user, where the mail server asks for one.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<Secret>,
    /// The sender: `codes@example.org` or `Example <codes@example.org>`.
    pub from: Option<String>,
}

impl Smtp {
    pub(super) fn check(&self, is_used: bool, wrong: &mut Vec<String>) {
        if is_used && (self.url.is_none() || self.from.is_none()) {
            wrong.push("smtp.url and smtp.from: set both, as delivery.email is smtp".to_owned());
        }
        if self.url.as_ref().is_some_and(|url| smtp::Server::parse(url.reveal()).is_none()) {
            wrong.push(
                "smtp.url: must be smtps://host, smtp+starttls://host or smtp://host, with a port behind it where it is another; the user is \
                 smtp.user"
                    .to_owned(),
            );
        }
        if self.from.as_ref().is_some_and(|from| !smtp::is_sender(from)) {
            wrong.push("smtp.from: must be an address, as in codes@example.org or Example <codes@example.org>".to_owned());
        }
        if self.user.is_some() != self.password.is_some() {
            wrong.push("smtp.user and smtp.password: set both or neither".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(url: &str, from: &str) -> Smtp {
        Smtp {
            url: Some(url.to_owned().into()),
            from: Some(from.to_owned()),
            ..Smtp::default()
        }
    }

    fn wrong(smtp: &Smtp) -> Vec<String> {
        let mut wrong = Vec::new();
        smtp.check(true, &mut wrong);
        wrong
    }

    #[test]
    fn a_mail_server_and_a_sender_are_needed_where_it_is_used() {
        assert_eq!(wrong(&Smtp::default()).len(), 1);
        assert_eq!(wrong(&smtp("smtps://mail.example.org", "codes@example.org")), [""; 0]);
        let mut unused = Vec::new();
        Smtp::default().check(false, &mut unused);
        assert_eq!(unused, [""; 0]);
    }

    #[test]
    fn what_can_be_no_mail_server_or_sender_is_refused() {
        for url in [
            "mail.example.org",
            "http://mail",
            "smtp://",
            "smtp://me:secret@mail",
            "smtp://mail/path",
        ] {
            assert_eq!(wrong(&smtp(url, "codes@example.org")).len(), 1, "{url}");
        }
        for from in ["", "codes", "Example <codes>"] {
            assert_eq!(wrong(&smtp("smtp://127.0.0.1:2525", from)).len(), 1, "{from}");
        }
    }

    #[test]
    fn a_user_has_a_password() {
        let nobody = Smtp {
            user: Some("me".to_owned()),
            ..smtp("smtp://127.0.0.1", "Example <codes@example.org>")
        };
        assert_eq!(wrong(&nobody).len(), 1);
    }
}
