//! Whether one-time codes get to people, and to nobody else.

use std::net::IpAddr;

use infra::config::Config;
use infra::config::delivery::{Email, Phone};
use infra::delivery::sms::Template;
use infra::delivery::smtp::{Security, Server};

/// What is unwise about how codes are delivered.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    [console(config), nobody(config), mail(config), sms(config)]
        .into_iter()
        .flatten()
        .collect()
}

fn console(config: &Config) -> Option<String> {
    let listen = config.server.listen;
    (config.delivery.is_on_console() && !listen.ip().is_loopback()).then(|| {
        format!(
            "server.listen = {listen}: others can reach this port, and one-time codes appear in the server's terminal: whoever reads that, or where it \
             is kept, can sign in as anybody; set delivery.email to smtp or none and delivery.phone to sms or none"
        )
    })
}

fn nobody(config: &Config) -> Option<String> {
    let is_mute = config.delivery.email == Email::None && config.delivery.phone == Phone::None;
    is_mute.then(|| "delivery.email and delivery.phone are none: nobody can sign in by a code".to_owned())
}

fn mail(config: &Config) -> Option<String> {
    let url = config.smtp.url.as_ref().filter(|_| config.delivery.email == Email::Smtp)?;
    let server = Server::parse(url.reveal())?;
    let is_open = server.security == Security::None && !is_here(&server.host);
    is_open.then(|| {
        format!(
            "smtp.url = {url}: codes, and smtp.password, go to another machine as anybody in between can read them; use smtps:// or smtp+starttls://"
        )
    })
}

fn sms(config: &Config) -> Option<String> {
    let template = Template::of(&config.sms).ok().filter(|_| config.delivery.phone == Phone::Sms)?;
    let is_open = !template.is_encrypted() && !is_here(template.host());
    is_open.then(|| {
        "sms.url: codes, and what the provider knows you by, go to another machine as anybody in between can read them; use https://"
            .to_owned()
    })
}

/// Whether it is this machine.
fn is_here(host: &str) -> bool {
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(change: impl FnOnce(&mut Config)) -> Vec<String> {
        let mut config = Config::default();
        change(&mut config);
        warnings(&config)
    }

    #[test]
    fn a_laptop_is_as_it_should_be() {
        assert_eq!(config(|_| {}), [""; 0]);
    }

    #[test]
    fn codes_in_a_terminal_that_others_can_reach_are_warned_of() {
        let warnings = config(|config| {
            config.server.listen = ([0, 0, 0, 0], 8080).into();
            config.delivery.console_allowed_beyond_loopback = true;
        });
        assert!(warnings.len() == 1 && warnings[0].contains("terminal"), "{warnings:?}");
    }

    #[test]
    fn codes_in_the_clear_to_another_machine_are_warned_of() {
        for (url, number) in [
            ("smtp://mail.example.org", 1),
            ("smtp://127.0.0.1", 0),
            ("smtps://mail.example.org", 0),
        ] {
            let warnings = config(|config| {
                config.delivery.email = Email::Smtp;
                config.smtp.url = Some(url.to_owned().into());
            });
            assert_eq!(warnings.len(), number, "{warnings:?}");
        }
        for (url, number) in [
            ("http://sms.example/{to}?text={text}", 1),
            ("http://[::1]:8/{to}?text={text}", 0),
            ("https://sms.example/{to}?text={text}", 0),
        ] {
            let warnings = config(|config| {
                config.delivery.phone = Phone::Sms;
                config.sms.url = Some(url.to_owned().into());
                config.sms.method = infra::config::sms::Method::Get;
            });
            assert_eq!(warnings.len(), number, "{warnings:?}");
        }
    }

    #[test]
    fn that_nobody_can_sign_in_is_said() {
        let warnings = config(|config| (config.delivery.email, config.delivery.phone) = (Email::None, Phone::None));
        assert_eq!(warnings.len(), 1, "{warnings:?}");
    }
}
