//! Codes by text message, to a provider on a real socket.

use heliograph_tests::mail::code_in;
use heliograph_tests::provider::Provider;
use infra::config;
use infra::config::sms::{Format, Method};
use infra::delivery::{Delivery as _, Sms, Trouble, Wording};
use serde_json::{Value, json};

use super::{ATTEMPT, PHONE, message, phone};

fn carrier(config: &config::sms::Sms) -> Sms {
    Sms::open(config, Wording::new("Example"), ATTEMPT).expect("it can be opened")
}

/// The example of `docs/DELIVERY.md`.
fn twilio(provider: &Provider) -> config::sms::Sms {
    config::sms::Sms {
        url: Some(format!("{}/2010-04-01/Accounts/AC0123456789/Messages.json", provider.url).into()),
        body: Some("To={to}&From=%2B15550100&Body={text}".to_owned().into()),
        user: Some("AC0123456789".to_owned()),
        password: Some("hunter2".to_owned().into()),
        status: Some(201),
        ..config::sms::Sms::default()
    }
}

#[tokio::test]
async fn a_form_in_the_shape_of_a_large_providers_api() {
    let provider = Provider::start().await;
    carrier(&twilio(&provider)).deliver(&message(phone())).await.expect("it is taken");
    let asked = provider.asked();
    let [asked] = &asked[..] else { panic!("asked once: {asked:?}") };
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/2010-04-01/Accounts/AC0123456789/Messages.json")
    );
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(asked.headers["authorization"], "Basic QUMwMTIzNDU2Nzg5Omh1bnRlcjI=");
    let text = asked
        .body
        .strip_prefix("To=%2B4915123456789&From=%2B15550100&Body=")
        .unwrap_or_else(|| panic!("{}", asked.body));
    assert_eq!(code_in(text), "012345");
}

#[tokio::test]
async fn json_with_a_key_in_a_header() {
    let provider = Provider::start().await;
    let config = config::sms::Sms {
        url: Some(format!("{}/v1/messages", provider.url).into()),
        method: Method::Put,
        format: Format::Json,
        body: Some(r#"{"recipients":["{to}"],"text":"{text}","code":"{code}"}"#.to_owned().into()),
        headers: vec!["X-Api-Key: hunter2".to_owned().into()],
        token: Some("hunter3".to_owned().into()),
        ..config::sms::Sms::default()
    };
    carrier(&config).deliver(&message(phone())).await.expect("it is taken");
    let asked = provider.asked();
    assert_eq!(asked[0].method.as_str(), "PUT");
    assert_eq!(asked[0].headers["x-api-key"], "hunter2");
    assert_eq!(asked[0].headers["authorization"], "Bearer hunter3");
    let body: Value = serde_json::from_str(&asked[0].body).expect("it is JSON");
    assert_eq!((&body["recipients"], &body["code"]), (&json!([PHONE]), &json!("012345")));
}

#[tokio::test]
async fn everything_in_the_url() {
    let provider = Provider::start().await;
    let config = config::sms::Sms {
        url: Some(format!("{}/send?to={{to}}&code={{code}}", provider.url).into()),
        method: Method::Get,
        ..config::sms::Sms::default()
    };
    carrier(&config).deliver(&message(phone())).await.expect("it is taken");
    let asked = provider.asked();
    assert_eq!(
        (asked[0].method.as_str(), asked[0].path.as_str()),
        ("GET", "/send?to=%2B4915123456789&code=012345")
    );
    assert_eq!(asked[0].body, "");
}

#[tokio::test]
async fn a_provider_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let provider = Provider::start().await;
    let carrier = carrier(&twilio(&provider));
    provider.answers(&[503, 429, 400, 302, 200, 201]);
    for status in ["503", "429"] {
        let busy = carrier.deliver(&message(phone())).await.expect_err("it is busy");
        assert!(matches!(&busy, Trouble::Passing(why) if why.contains(status)), "{busy}");
    }
    // The last is not the status that was agreed upon.
    for status in ["400", "302", "200"] {
        let refused = carrier.deliver(&message(phone())).await.expect_err("it refuses");
        assert!(matches!(&refused, Trouble::Lasting(why) if why.contains(status)), "{refused}");
    }
    carrier.deliver(&message(phone())).await.expect("it is taken");
    assert_eq!(provider.asked().len(), 6, "no redirection is followed");
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_tried_again_and_no_secret_is_told() {
    let provider = Provider::start().await;
    let config = twilio(&provider);
    drop(provider);
    let gone = carrier(&config).deliver(&message(phone())).await.expect_err("nobody is there");
    assert!(matches!(gone, Trouble::Passing(_)), "{gone}");
    let told = format!("{gone} {gone:?} {:?}", carrier(&config));
    for secret in ["hunter2", "4915123456789", "012345"] {
        assert!(!told.contains(secret), "{told}");
    }
}
