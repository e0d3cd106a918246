//! Codes find their way: by mail, by text message, to devices first; and what fails is tried again.

use heliograph_tests::client::http::Client;
use heliograph_tests::deadline::eventually;
use heliograph_tests::mail::{MailServer, Mood, Security, code_in};
use heliograph_tests::newcomer::Newcomer;
use heliograph_tests::provider::Provider;
use heliograph_tests::world::server::Server;
use heliograph_tests::{Backend, Device, World};
use serde_json::{Value, json};

/// Two servers have the keys in common.
const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

const ALICE: &str = "alice.liddell@example.org";

/// What tells a server about a mail server.
fn by_mail(scheme: &str, mail: &MailServer) -> Vec<(&'static str, String)> {
    vec![
        ("HELIOGRAPH_DELIVERY__EMAIL", "smtp".to_owned()),
        ("HELIOGRAPH_DELIVERY__RETRY_SECONDS", "1".to_owned()),
        ("HELIOGRAPH_DELIVERY__RETRY_SECONDS_MAX", "1".to_owned()),
        ("HELIOGRAPH_SMTP__URL", format!("{scheme}://127.0.0.1:{}", mail.port)),
        ("HELIOGRAPH_SMTP__FROM", "Example <codes@example.net>".to_owned()),
    ]
}

/// Tells a story on both backends, to servers with these settings, with a mail server.
async fn with_mail(
    security: Security,
    settings: impl Fn(&MailServer) -> Vec<(&'static str, String)>,
    story: impl AsyncFn(&mut World, &MailServer),
) {
    for backend in [Backend::Embedded, Backend::clustered().await] {
        let mail = MailServer::secured(security).await;
        let settings = settings(&mail);
        let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let mut world = World::on(backend, &settings).await;
        story(&mut world, &mail).await;
        world.finish().await;
    }
}

/// Tells a story of Alice, whose phone is online and is shown codes for so many seconds before they are sent, by mail.
async fn with_a_device(seconds: u32, story: impl AsyncFn(&Newcomer, &Device, &MailServer)) {
    let settings = |mail: &MailServer| {
        let first = ("HELIOGRAPH_DELIVERY__DEVICES_FIRST_SECONDS", seconds.to_string());
        [by_mail("smtp", mail), vec![first]].concat()
    };
    with_mail(Security::None, settings, async |world, mail| {
        let alice = Newcomer::email(&world.server, ALICE);
        let sign_in = alice.begin().await;
        let first = mail.letters_for(ALICE, 1).await.remove(0);
        let done = alice.show_as(&sign_in, &first.code(), json!({"name": "Alice"})).await.accepted();
        let phone = online(&world.server, &done).await;
        story(&alice, &phone, mail).await;
        phone.offline().await;
    })
    .await;
}

/// How often codes were delivered so to e-mail addresses, or not.
async fn count(server: &Server, outcome: &str) -> f64 {
    let told = server.metrics("heliograph_deliveries_total").await;
    let wanted = [r#"channel="email""#.to_owned(), format!(r#"outcome="{outcome}""#)];
    let counted = told
        .iter()
        .find(|(name, _)| wanted.iter().all(|label| name.contains(label.as_str())));
    counted.map_or(0.0, |(_, value)| *value)
}

async fn counted(server: &Server, outcome: &str) {
    eventually(&format!("a code is {outcome}"), async || {
        (count(server, outcome).await > 0.0).then_some(())
    })
    .await;
}

/// The device that was let in.
fn device(server: &Server, done: &Value) -> Device {
    let number = |field: &str| done[field].as_i64().unwrap_or_else(|| panic!("no {field}: {done}"));
    let token = done["token"].as_str().unwrap_or_else(|| panic!("no token: {done}"));
    Device::new(server.address.clone(), token, number("account"), number("device"))
}

async fn online(server: &Server, done: &Value) -> Device {
    let device = device(server, done);
    device.online();
    device.comes_to_know("its session is open", |view| view.sessions > 0).await;
    device
}

/// Neither whom codes were for nor what they were, in whatever the server said.
fn said_nothing(server: &Server, codes: &[String]) {
    let said = server.said();
    assert!(!said.contains("liddell"), "{said}");
    for code in codes {
        assert!(!said.contains(code.as_str()), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_comes_by_mail_and_lets_in() {
    with_mail(
        Security::None,
        |mail| by_mail("smtp", mail),
        async |world, mail| {
            let alice = Newcomer::email(&world.server, ALICE);
            let sign_in = alice.begin().await;
            let letter = mail.letters_for(ALICE, 1).await.remove(0);
            assert_eq!(letter.from, "codes@example.net");
            let done = alice.show_as(&sign_in, &letter.code(), json!({"name": "Alice"})).await.accepted();
            assert_eq!(done["next"], "done");
            counted(&world.server, "delivered").await;
            said_nothing(&world.server, &[letter.code()]);
        },
    )
    .await;
}

/// By a certificate that this machine trusts, to a mail server that asks who we are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_comes_encrypted_to_the_mail_server_in_both_ways() {
    for (scheme, security) in [("smtps", Security::Tls), ("smtp+starttls", Security::StartTls)] {
        let settings = |mail: &MailServer| {
            let trusted = mail.certificate().display().to_string();
            let who = [("HELIOGRAPH_SMTP__USER", "codes"), ("HELIOGRAPH_SMTP__PASSWORD", "hunter2")];
            let who = who.map(|(key, value)| (key, value.to_owned()));
            [by_mail(scheme, mail), who.to_vec(), vec![("SSL_CERT_FILE", trusted)]].concat()
        };
        with_mail(security, settings, async |world, mail| {
            Newcomer::email(&world.server, ALICE).begin().await;
            let letter = mail.letters_for(ALICE, 1).await.remove(0);
            assert!(letter.encrypted);
            assert_eq!(letter.by, Some(("codes".to_owned(), "hunter2".to_owned())));
            assert!(!world.server.said().contains("hunter2"));
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_comes_by_text_message_and_lets_in() {
    for backend in [Backend::Embedded, Backend::clustered().await] {
        let provider = Provider::start().await;
        provider.answers(&[503, 201]);
        let url = format!("{}/2010-04-01/Accounts/AC0123456789/Messages.json", provider.url);
        let settings = [
            ("HELIOGRAPH_DELIVERY__PHONE", "sms"),
            ("HELIOGRAPH_DELIVERY__RETRY_SECONDS", "1"),
            ("HELIOGRAPH_SMS__URL", &url),
            ("HELIOGRAPH_SMS__USER", "AC0123456789"),
            ("HELIOGRAPH_SMS__PASSWORD", "hunter2"),
            ("HELIOGRAPH_SMS__BODY", "To={to}&From=%2B15550100&Body={text}"),
            ("HELIOGRAPH_SMS__STATUS", "201"),
        ];
        let world = World::on(backend, &settings).await;
        let alice = Newcomer::phone(&world.server, "+4915123456789");
        let sign_in = alice.begin().await;
        let asked = provider.asked_often(2).await;
        assert_eq!(asked[0].body, asked[1].body, "it is tried again");
        let text = asked[1].body.strip_prefix("To=%2B4915123456789&From=%2B15550100&Body=");
        let code = code_in(text.unwrap_or_else(|| panic!("{}", asked[1].body)));
        let done = alice.show_as(&sign_in, &code, json!({"name": "Alice"})).await.accepted();
        assert_eq!(done["next"], "done");
        let said = world.server.said();
        for secret in ["4915123456789", &code, "hunter2"] {
            assert!(!said.contains(secret), "{said}");
        }
        world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_waits_for_a_busy_mail_server_outlives_the_server() {
    with_mail(
        Security::None,
        |mail| by_mail("smtp", mail),
        async |world, mail| {
            mail.is_now(Mood::Busy);
            let alice = Newcomer::email(&world.server, ALICE);
            let sign_in = alice.begin().await;
            counted(&world.server, "put_off").await;
            world.crash().await;
            mail.is_now(Mood::Taking);
            let letter = mail.letters_for(ALICE, 1).await.remove(0);
            let done = alice.show_as(&sign_in, &letter.code(), json!({"name": "Alice"})).await.accepted();
            assert_eq!(done["next"], "done");
            said_nothing(&world.server, &[letter.code()]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_mail_server_refuses_is_reported_once_without_saying_for_whom() {
    with_mail(
        Security::None,
        |mail| by_mail("smtp", mail),
        async |world, mail| {
            mail.is_now(Mood::Refusing);
            Newcomer::email(&world.server, ALICE).begin().await;
            counted(&world.server, "refused").await;
            let said = world.server.said();
            assert!(said.contains("a code can't be delivered") && said.contains("550"), "{said}");
            said_nothing(&world.server, &[]);
            mail.is_now(Mood::Taking);
            Newcomer::email(&world.server, "bob@example.org").begin().await;
            mail.letters_for("bob@example.org", 1).await;
            assert_eq!(mail.letters().len(), 1, "what was refused is not tried again");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_shown_to_devices_first_and_goes_to_the_contact_when_it_is_not_used() {
    with_a_device(1, async |alice, phone, mail| {
        let sign_in = alice.begin().await;
        let shown = phone.shows_code(1).await;
        let letter = mail.letters_for(ALICE, 2).await.remove(1);
        assert_eq!(letter.code(), shown);
        let done = alice.show(&sign_in, &shown).await.accepted();
        assert_eq!(done["next"], "done");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_was_used_does_not_go_to_the_contact_any_more() {
    with_a_device(2, async |alice, phone, mail| {
        let sign_in = alice.begin().await;
        let code = phone.shows_code(1).await;
        alice.show(&sign_in, &code).await.accepted();
        // Whoever begins later is told later: by then hers would have gone out.
        let later = alice.begin().await;
        let code = mail.letters_for(ALICE, 2).await.remove(1).code();
        assert_eq!(code, phone.shows_code(2).await, "the second letter is of the third sign-in");
        alice.show(&later, &code).await.accepted();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_at_another_process_is_shown_the_code() {
    let backend = Backend::clustered().await;
    let Backend::Clustered { postgres, .. } = &backend else {
        unreachable!("it is clustered")
    };
    let keys = postgres.database().await;
    let shared = [
        ("HELIOGRAPH_KEYS__URL", keys.as_str()),
        ("HELIOGRAPH_KEYS__MASTER_KEY", MASTER),
        ("HELIOGRAPH_DELIVERY__DEVICES_FIRST_SECONDS", "240"),
    ];
    let world = World::on(backend, &shared).await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut second = Server::start(folder, world.backend.arguments(), &shared).await;
    let servers = [&world.server, &second];
    let alice = Newcomer::email(&world.server, ALICE);
    let done = alice.come_in(&servers, "Alice").await;
    let phone = online(&second, &done).await;
    let before = alice.codes(&servers).len();
    let sign_in = alice.begin().await;
    let code = phone.shows_code(1).await;
    let done = alice.show(&sign_in, &code).await.accepted();
    assert_eq!(done["next"], "done");
    assert_eq!(alice.codes(&servers).len(), before, "nothing was sent to the contact");
    phone.offline().await;
    // Nobody is online: nobody waits until the four minutes are over.
    let (sign_in, code) = alice.code(&servers).await;
    alice.show(&sign_in, &code).await.accepted();
    assert!(second.stop().await.success());
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_there_is_no_way_to_phones_whoever_has_one_is_told_so() {
    let world = World::on(Backend::Embedded, &[("HELIOGRAPH_DELIVERY__PHONE", "none")]).await;
    for number in ["+4915123456789", "+4915123456780"] {
        Newcomer::phone(&world.server, number).ask().await.refused("contact_unreachable");
    }
    Newcomer::email(&world.server, ALICE).ask().await.accepted();
    let anybody = Client::new(world.server.address.clone(), "");
    anybody.get("/healthz").await.accepted();
    world.finish().await;
}
