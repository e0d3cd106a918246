//! Codes by e-mail, to a mail server on a real socket.

use std::time::Duration;

use heliograph_tests::mail::{MailServer, Mood, Security};
use infra::clock::Clock;
use infra::config;
use infra::delivery::{Delivery as _, Smtp, Trouble, Wording};

use super::{ATTEMPT, EMAIL, email, message};

fn config(scheme: &str, server: &MailServer) -> config::smtp::Smtp {
    config::smtp::Smtp {
        url: Some(format!("{scheme}://127.0.0.1:{}", server.port).into()),
        from: Some("Example <codes@example.net>".to_owned()),
        ..config::smtp::Smtp::default()
    }
}

fn carrier(config: &config::smtp::Smtp, patience: Duration) -> Smtp {
    Smtp::open(config, Wording::new("Example"), patience, &Clock::system()).expect("it can be opened")
}

#[tokio::test]
async fn a_letter_arrives_with_its_code() {
    let server = MailServer::start().await;
    let carrier = carrier(&config("smtp", &server), ATTEMPT);
    carrier.deliver(&message(email())).await.expect("it is taken");
    let letters = server.letters();
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert_eq!(
        (letter.from.as_str(), &letter.to, letter.code().as_str()),
        ("codes@example.net", &vec![EMAIL.to_owned()], "012345")
    );
    assert_eq!(letter.by, None);
    assert!(letter.text.contains("Subject: Your code for Example\n"), "{}", letter.text);
}

#[tokio::test]
async fn a_mail_server_that_asks_is_told_who_we_are() {
    let server = MailServer::start().await;
    let config = config::smtp::Smtp {
        user: Some("codes".to_owned()),
        password: Some("hunter2".to_owned().into()),
        ..config("smtp", &server)
    };
    carrier(&config, ATTEMPT).deliver(&message(email())).await.expect("it is taken");
    assert_eq!(server.letters()[0].by, Some(("codes".to_owned(), "hunter2".to_owned())));
}

#[tokio::test]
async fn what_it_can_not_take_now_may_pass_and_what_it_refuses_does_not() {
    let server = MailServer::start().await;
    let carrier = carrier(&config("smtp", &server), ATTEMPT);
    server.is_now(Mood::Busy);
    let busy = carrier.deliver(&message(email())).await.expect_err("it is busy");
    assert!(matches!(&busy, Trouble::Passing(why) if why.contains("451")), "{busy}");
    server.is_now(Mood::Refusing);
    let refused = carrier.deliver(&message(email())).await.expect_err("it refuses");
    assert!(matches!(&refused, Trouble::Lasting(why) if why.contains("550")), "{refused}");
    assert!(
        !refused.to_string().to_lowercase().contains("alice"),
        "whom it was for is not said: {refused}"
    );
}

#[tokio::test]
async fn one_that_is_not_there_or_says_nothing_is_tried_again() {
    let server = MailServer::start().await;
    server.is_now(Mood::Silent);
    let silent = carrier(&config("smtp", &server), Duration::from_millis(200));
    assert!(matches!(silent.deliver(&message(email())).await, Err(Trouble::Passing(_))));
    let gone = config("smtp", &server);
    drop(server);
    let gone = carrier(&gone, ATTEMPT).deliver(&message(email())).await;
    assert!(matches!(gone, Err(Trouble::Passing(_))), "{gone:?}");
}

/// The certificate is of nobody whom this machine trusts: nothing is told, not even by whom.
#[tokio::test]
async fn without_the_encryption_that_is_asked_for_nothing_is_sent() {
    for (scheme, security) in [
        ("smtps", Security::Tls),
        ("smtp+starttls", Security::StartTls),
        ("smtp+starttls", Security::None),
        ("smtps", Security::None),
    ] {
        let server = MailServer::secured(security).await;
        let config = config::smtp::Smtp {
            user: Some("codes".to_owned()),
            password: Some("hunter2".to_owned().into()),
            ..config(scheme, &server)
        };
        let refused = carrier(&config, Duration::from_secs(5)).deliver(&message(email())).await;
        assert!(matches!(refused, Err(Trouble::Passing(_))), "{scheme}, {security:?}: {refused:?}");
        assert_eq!(server.letters(), []);
    }
}
