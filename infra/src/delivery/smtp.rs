//! Codes by e-mail: handed to a mail server.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use http::Uri;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::response::Code;
use lettre::transport::smtp::{self, AsyncSmtpTransport};
use lettre::{Address, AsyncTransport, Tokio1Executor};
use tokio::time::timeout;

use super::{Delivery, Message, Trouble, Unfit, Wording, cause};
use crate::clock::Clock;
use crate::config;

/// Hands codes to a mail server, one connection each.
pub struct Smtp {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    wording: Wording,
    patience: Duration,
    clock: Clock,
}

/// Where a mail server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub security: Security,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// From the first byte.
    Tls,
    /// Before anything is told.
    StartTls,
    /// Not at all.
    None,
}

impl Server {
    /// Reads `smtps://host`, `smtp+starttls://host` or `smtp://host`, with a port behind it if it is another than the usual one.
    pub fn parse(url: &str) -> Option<Self> {
        let url: Uri = url.parse().ok()?;
        let (security, usual) = match url.scheme_str()? {
            "smtps" => (Security::Tls, 465),
            "smtp+starttls" => (Security::StartTls, 587),
            "smtp" => (Security::None, 25),
            _ => return None,
        };
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && !url.authority()?.as_str().contains('@');
        let host = url.host().filter(|host| is_bare && !host.is_empty())?;
        Some(Self {
            host: host.to_owned(),
            port: url.port_u16().unwrap_or(usual),
            security,
        })
    }

    fn tls(&self) -> Result<Tls, smtp::Error> {
        let parameters = || TlsParameters::new(self.host.trim_matches(['[', ']']).to_owned());
        Ok(match self.security {
            Security::Tls => Tls::Wrapper(parameters()?),
            Security::StartTls => Tls::Required(parameters()?),
            Security::None => Tls::None,
        })
    }
}

/// Whether mail can come from it: `codes@example.org`, `Example <codes@example.org>`.
pub fn is_sender(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

impl Smtp {
    /// Of a section that was checked.
    pub fn open(config: &config::smtp::Smtp, wording: Wording, patience: Duration, clock: &Clock) -> Result<Self, Unfit> {
        let server = config.url.as_ref().and_then(|url| Server::parse(url.reveal()));
        let server = server.ok_or_else(|| Unfit("smtp.url names no mail server".to_owned()))?;
        let from = config.from.as_ref().and_then(|from| from.parse().ok());
        let tls = server.tls().map_err(|error| Unfit(format!("smtp.url: {error}")))?;
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.trim_matches(['[', ']']))
            .port(server.port)
            .tls(tls)
            .timeout(Some(patience));
        if let (Some(user), Some(password)) = (&config.user, &config.password) {
            transport = transport.credentials(Credentials::new(user.clone(), password.reveal().to_owned()));
        }
        Ok(Self {
            server: transport.build(),
            from: from.ok_or_else(|| Unfit("smtp.from is no address".to_owned()))?,
            wording,
            patience,
            clock: clock.clone(),
        })
    }

    fn letter(&self, message: &Message) -> Result<lettre::Message, Trouble> {
        let unfit = || Trouble::Lasting("the address can't be written to by e-mail".to_owned());
        let to: Address = message.to.as_str().parse().map_err(|_| unfit())?;
        self.envelope()
            .to(Mailbox::new(None, to))
            .body(self.wording.text(message) + "\r\n")
            .map_err(|_| unfit())
    }

    /// What is the same of all of them; time and chance are the clock's.
    fn envelope(&self) -> MessageBuilder {
        let sent_at = UNIX_EPOCH + Duration::from_micros(self.clock.now().0.unsigned_abs());
        let id = format!("<{}@{}>", self.clock.command_id(), self.from.email.domain());
        lettre::Message::builder()
            .from(self.from.clone())
            .subject(self.wording.subject())
            .date(sent_at)
            .message_id(Some(id))
            .header(ContentType::TEXT_PLAIN)
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp")
    }
}

#[async_trait]
impl Delivery for Smtp {
    fn name(&self) -> &'static str {
        "smtp"
    }

    async fn deliver(&self, message: &Message) -> Result<(), Trouble> {
        let letter = self.letter(message)?;
        match timeout(self.patience, self.server.send(letter)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(trouble(&error)),
            Err(_) => Err(Trouble::Passing("the mail server does not answer in time".to_owned())),
        }
    }
}

/// Whether a mail server says this of who asks, and not of what (RFC 4954, 6).
fn is_of_who_asks(code: Code) -> bool {
    matches!(code.to_string().as_str(), "530" | "534" | "535" | "538")
}

/// What a mail server says of an address may hold it, so that only the number is told.
fn trouble(error: &smtp::Error) -> Trouble {
    let code = error.status().map(|code| format!(" ({code})")).unwrap_or_default();
    if error.status().is_some_and(is_of_who_asks) {
        Trouble::Lasting(format!(
            "the mail server does not let us in{code}: look at smtp.user and smtp.password"
        ))
    } else if error.is_permanent() {
        Trouble::Lasting(format!("the mail server refuses it{code}"))
    } else if error.is_transient() {
        Trouble::Passing(format!("the mail server can't take it now{code}"))
    } else if error.is_timeout() {
        Trouble::Passing("the mail server does not answer in time".to_owned())
    } else if error.is_client() {
        Trouble::Passing("the mail server does not offer what smtp.url and smtp.user ask for: encryption, or a way to sign in".to_owned())
    } else if error.is_response() {
        Trouble::Passing("the mail server answers what is no SMTP".to_owned())
    } else {
        Trouble::Passing(format!("no connection to the mail server: {}", cause(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_named_by_how_it_is_encrypted() {
        for (url, host, port, security) in [
            ("smtps://mail.example.org", "mail.example.org", 465, Security::Tls),
            ("smtp+starttls://mail.example.org", "mail.example.org", 587, Security::StartTls),
            (
                "smtp+starttls://mail.example.org:2525",
                "mail.example.org",
                2525,
                Security::StartTls,
            ),
            ("smtp://127.0.0.1", "127.0.0.1", 25, Security::None),
            ("smtp://[::1]:2525", "[::1]", 2525, Security::None),
        ] {
            let host = host.to_owned();
            assert_eq!(Server::parse(url), Some(Server { host, port, security }), "{url}");
        }
    }

    fn carrier() -> Smtp {
        let config = config::smtp::Smtp {
            url: Some("smtp://127.0.0.1".to_owned().into()),
            from: Some("Example <codes@example.org>".to_owned()),
            ..config::smtp::Smtp::default()
        };
        let clock = Clock::manual(domain::time::Timestamp(1_750_000_000_000_000));
        Smtp::open(&config, Wording::new("Example"), Duration::from_secs(1), &clock).unwrap()
    }

    fn to(address: &str) -> Message {
        Message {
            to: crate::contact::Contact::email(address).unwrap(),
            code: "123456".parse().unwrap(),
            purpose: crate::delivery::Purpose::SignIn,
        }
    }

    #[test]
    fn a_letter_says_from_whom_when_and_what() {
        let letter = carrier().letter(&to("alice@example.net")).unwrap().formatted();
        let letter = String::from_utf8(letter).unwrap();
        for line in [
            "From: Example <codes@example.org>\r\n",
            "To: alice@example.net\r\n",
            "Subject: Your code for Example\r\n",
            "Date: Sun, 15 Jun 2025 15:06:40 +0000\r\n",
            "123456 is your code",
        ] {
            assert!(letter.contains(line), "{line} {letter}");
        }
        assert!(letter.contains("@example.org>\r\n"), "{letter}");
    }
}
