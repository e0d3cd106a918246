//! Second factors: set, changed and removed by who shows the present one, and asked for when a device signs in.

use heliograph_tests::authenticator::Authenticator;
use heliograph_tests::chance::command_id;
use heliograph_tests::client::http::{Answer, Client};
use heliograph_tests::newcomer::{Newcomer, wrong};
use heliograph_tests::{World, story};
use serde_json::{Value, json};

use crate::addresses::add;
use crate::sign_in::{files, holds};

const PHONE: &str = "+4915123456789";
const PASSWORD: &str = "correct horse battery staple";
const ANOTHER: &str = "mein Hund heißt Waldi";

/// A device that has just come in.
pub(crate) fn device(world: &World, done: &Value) -> Client {
    let token = done["token"].as_str().unwrap_or_else(|| panic!("no token: {done}"));
    Client::new(world.server.address.clone(), token)
}

pub(crate) async fn factors(device: &Client) -> Value {
    device.get("/v1/me/factors").await.accepted()
}

/// `DELETE` that shows a factor.
pub(crate) async fn remove(device: &Client, path: &str, factor: Value) -> Answer {
    device.delete(path).body(factor.to_string()).await
}

/// The updates of a device that are of one of these types, by now.
pub(crate) async fn told(world: &World, device: &Client, types: &[&str]) -> Vec<Value> {
    let page = device
        .get("/v1/updates?epoch=2&after=0&limit=100")
        .at(&world.now().await)
        .await
        .accepted();
    let updates = page["updates"].as_array().unwrap_or_else(|| panic!("no updates: {page}"));
    let wanted = |update: &&Value| types.iter().any(|wanted| update["type"] == *wanted);
    updates.iter().filter(wanted).cloned().collect()
}

fn types(updates: &[Value]) -> Vec<&str> {
    updates.iter().filter_map(|update| update["type"].as_str()).collect()
}

/// Shows the code, and what is asked for then.
async fn begins(world: &World, who: &Newcomer) -> (String, Value) {
    let (sign_in, code) = who.code(&[&world.server]).await;
    let step = who.show(&sign_in, &code).await.accepted();
    assert_eq!(step["next"], "factors", "{step}");
    (sign_in, step)
}

async fn show(who: &Newcomer, sign_in: &str, factor: Value) -> Answer {
    let mut body = who.body(factor);
    body["device"] = json!({"name": "tablet"});
    who.client.post(format!("/v1/sign-in/{sign_in}/factor"), &body).await
}

async fn set_password(device: &Client, body: Value) -> Answer {
    device.put("/v1/me/password", &body).await
}

/// Has an app's codes asked for; the recovery codes.
async fn set_totp(device: &Client) -> (Authenticator, Vec<String>) {
    let drawn = device.post("/v1/me/totp", &json!({})).await.accepted();
    let app = Authenticator::new(drawn["secret"].as_str().expect("a secret"));
    let url = drawn["url"].as_str().expect("a URL");
    assert!(
        url.starts_with("otpauth://totp/Heliograph:Alice?") && url.contains("issuer=Heliograph") && url.contains(&app.secret),
        "{url}"
    );
    let body = json!({"secret": app.secret, "code": app.code()});
    let set = device.put("/v1/me/totp", &body).await.accepted();
    (app, codes(&set))
}

fn codes(answer: &Value) -> Vec<String> {
    let codes = answer["recovery_codes"].as_array().unwrap_or_else(|| panic!("no codes: {answer}"));
    let codes: Vec<String> = codes.iter().filter_map(|code| code.as_str().map(str::to_owned)).collect();
    assert_eq!(codes.len(), 10, "{answer}");
    codes
}

story!(a_password_is_asked_for_from_the_next_device_on, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let first = device(world, &alice.come_in(&[&world.server], "Alice").await);
    assert_eq!(factors(&first).await, json!({"password": null, "totp": null, "recovery": false}));
    set_password(&first, json!({"new": PASSWORD, "hint": "a comic"})).await.accepted();
    assert_eq!(factors(&first).await["password"], json!({"hint": "a comic"}));
    let (sign_in, step) = begins(world, &alice).await;
    assert_eq!(
        (&step["password"], &step["totp"]),
        (&json!({"hint": "a comic", "recovery": false}), &json!(false)),
        "{step}"
    );
    show(&alice, &sign_in, json!({"password": ANOTHER})).await.refused("wrong_factor");
    let done = show(&alice, &sign_in, json!({"password": PASSWORD})).await.accepted();
    assert_eq!(done["next"], "done", "{done}");
    let second = device(world, &done);
    assert_eq!(factors(&second).await, factors(&first).await);
});

story!(a_password_is_changed_and_removed_by_who_knows_it, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let phone = device(world, &alice.come_in(&[&world.server], "Alice").await);
    let laptop = device(world, &alice.come_in(&[&world.server], "Alice").await);
    set_password(&phone, json!({"new": PASSWORD})).await.accepted();
    set_password(&phone, json!({"new": ANOTHER})).await.refused("factor_needed");
    let guess = json!({"new": ANOTHER, "password": "correct horse battery stapler"});
    set_password(&phone, guess).await.refused("wrong_factor");
    remove(&phone, "/v1/me/password", json!({})).await.refused("factor_needed");
    remove(&phone, "/v1/me/password", json!({"password": ANOTHER}))
        .await
        .refused("wrong_factor");
    let kinds = ["password_set", "password_removed", "factor_passed", "factor_failed"];
    let heard = told(world, &laptop, &kinds).await;
    assert_eq!(types(&heard), ["password_set"], "what is wrong is told to nobody");

    let (id, body) = (command_id(), json!({"new": ANOTHER, "hint": "a dog", "password": PASSWORD}));
    for _ in 0..2 {
        phone.put("/v1/me/password", &body).id(id).await.accepted();
    }
    for (new, hint) in [(PASSWORD, Some("a dog")), (ANOTHER, Some("a cat")), (ANOTHER, None)] {
        let other = json!({"new": new, "hint": hint, "password": PASSWORD});
        phone.put("/v1/me/password", &other).id(id).await.refused("command_id_reused");
    }
    assert_eq!(factors(&laptop).await["password"], json!({"hint": "a dog"}));
    remove(&phone, "/v1/me/password", json!({"password": PASSWORD}))
        .await
        .refused("wrong_factor");
    let (id, body) = (command_id(), json!({"password": ANOTHER}).to_string());
    for _ in 0..2 {
        phone.delete("/v1/me/password").body(body.clone()).id(id).await.accepted();
    }
    assert_eq!(factors(&laptop).await["password"], Value::Null);
    let heard = told(world, &laptop, &kinds).await;
    assert_eq!(types(&heard), ["password_set", "password_set", "password_removed"]);
    alice.come_in(&[&world.server], "Alice").await;
});

story!(wrong_factors_are_counted_and_the_limit_comes_before_the_factor, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let phone = device(world, &alice.come_in(&[&world.server], "Alice").await);
    set_password(&phone, json!({"new": ANOTHER})).await.accepted();
    let (id, body) = (command_id(), json!({"new": PASSWORD, "password": ANOTHER}));
    let change = || phone.put("/v1/me/password", &body).id(id);
    change().await.accepted();
    for _ in 0..5 {
        remove(&phone, "/v1/me/password", json!({"password": ANOTHER}))
            .await
            .refused("wrong_factor");
    }
    for shown in [ANOTHER, PASSWORD] {
        let refused = remove(&phone, "/v1/me/password", json!({"password": shown})).await;
        refused.refused("too_many_tries");
        assert!(refused.retry_after.is_some(), "{}", refused.text);
    }
    change().await.accepted();
    assert_eq!(factors(&phone).await["password"], json!({}));
});

story!(what_anybody_would_try_is_no_password, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let phone = device(world, &alice.come_in(&[&world.server], "Waldemar").await);
    for (body, code) in [
        (json!({"new": "short"}), "invalid_password"),
        (json!({"new": "password"}), "common_password"),
        (json!({"new": "Waldemar1987"}), "common_password"),
        (
            json!({"new": PASSWORD, "hint": format!("it is {}", PASSWORD.to_uppercase())}),
            "hint_tells_password",
        ),
        (json!({"new": PASSWORD, "hint": "x".repeat(65)}), "text_too_long"),
        (json!({"new": PASSWORD, "password": PASSWORD, "totp": "123456"}), "invalid_request"),
        (json!({"hint": "nothing"}), "invalid_request"),
    ] {
        set_password(&phone, body).await.refused(code);
    }
    assert_eq!(factors(&phone).await["password"], Value::Null);
});

story!(an_authenticator_app_is_asked_for_or_one_of_its_recovery_codes_once, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let phone = device(world, &alice.come_in(&[&world.server], "Alice").await);
    let laptop = device(world, &alice.come_in(&[&world.server], "Alice").await);
    let (app, codes) = set_totp(&phone).await;
    assert_eq!(factors(&laptop).await["totp"], json!({"recovery_codes": 10}));
    let (sign_in, step) = begins(world, &alice).await;
    assert_eq!((&step["password"], &step["totp"]), (&Value::Null, &json!(true)), "{step}");
    show(&alice, &sign_in, json!({"totp": wrong(&app.next_code(), 1)}))
        .await
        .refused("wrong_factor");
    let done = show(&alice, &sign_in, json!({"recovery_code": codes[3].to_lowercase()}))
        .await
        .accepted();
    assert_eq!(done["next"], "done", "{done}");
    assert_eq!(factors(&laptop).await["totp"], json!({"recovery_codes": 9}));
    let (sign_in, _) = begins(world, &alice).await;
    show(&alice, &sign_in, json!({"recovery_code": codes[3]}))
        .await
        .refused("wrong_factor");
    let code = app.next_code();
    let done = show(&alice, &sign_in, json!({"totp": code})).await.accepted();
    assert_eq!(done["next"], "done", "{done}");
    remove(&phone, "/v1/me/totp", json!({"totp": code})).await.refused("wrong_factor");
    let (id, body) = (command_id(), json!({"recovery_code": codes[0]}).to_string());
    for _ in 0..2 {
        phone.delete("/v1/me/totp").body(body.clone()).id(id).await.accepted();
    }
    assert_eq!(factors(&laptop).await["totp"], Value::Null);
    let heard = told(world, &laptop, &["totp_set", "recovery_codes_made", "totp_removed"]).await;
    assert_eq!(types(&heard), ["totp_set", "recovery_codes_made", "totp_removed"]);
});

story!(a_secret_counts_once_a_code_has_proved_it_and_its_codes_are_told_once, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let phone = device(world, &alice.come_in(&[&world.server], "Alice").await);
    let drawn = phone.post("/v1/me/totp", &json!({})).await.accepted();
    let app = Authenticator::new(drawn["secret"].as_str().expect("a secret"));
    let set = |secret: &str, code: &str| phone.put("/v1/me/totp", &json!({"secret": secret, "code": code}));
    set(&app.secret, &wrong(&app.code(), 1)).await.refused("wrong_code");
    set("GEZDGNBV", &app.code()).await.refused("invalid_request");
    assert_eq!(factors(&phone).await["totp"], Value::Null);
    let (id, code) = (command_id(), app.code());
    let first = set(&app.secret, &code).id(id).await.accepted();
    assert_eq!((codes(&first).len(), &first["repeated"]), (10, &json!(false)));
    let again = set(&app.secret, &code).id(id).await.accepted();
    assert_eq!(again, json!({"recovery_codes": null, "repeated": true}));
    let later = set(&app.secret, &wrong(&code, 1)).id(id).await.accepted();
    assert_eq!(later, again, "the code is good no more, or never was: it was accepted before");
    let other = phone.post("/v1/me/totp", &json!({})).await.accepted();
    let other = Authenticator::new(other["secret"].as_str().expect("a secret"));
    set(&other.secret, &other.code()).id(id).await.refused("command_id_reused");
    set(&app.secret, &code).await.refused("factor_needed");
});

story!(new_recovery_codes_take_the_place_of_the_former, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let phone = device(world, &alice.come_in(&[&world.server], "Alice").await);
    let make = |factor: Value| phone.post("/v1/me/recovery-codes", &factor);
    make(json!({})).await.refused("factor_not_set");
    let (_, former) = set_totp(&phone).await;
    make(json!({})).await.refused("factor_needed");
    let new = codes(&make(json!({"recovery_code": former[0]})).await.accepted());
    assert_eq!(factors(&phone).await["totp"], json!({"recovery_codes": 10}));
    make(json!({"recovery_code": former[1]})).await.refused("wrong_factor");
    remove(&phone, "/v1/me/totp", json!({"recovery_code": new[9]})).await.accepted();
});

story!(one_factor_guards_the_other_until_there_are_both, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let phone = device(world, &alice.come_in(&[&world.server], "Alice").await);
    let (_, codes) = set_totp(&phone).await;
    set_password(&phone, json!({"new": PASSWORD})).await.refused("factor_needed");
    set_password(&phone, json!({"new": PASSWORD, "recovery_code": codes[0]}))
        .await
        .accepted();
    let other = json!({"new": ANOTHER, "recovery_code": codes[1]});
    set_password(&phone, other).await.refused("factor_needed");
    let (sign_in, step) = begins(world, &alice).await;
    assert_eq!(
        (&step["password"]["recovery"], &step["totp"]),
        (&json!(false), &json!(true)),
        "{step}"
    );
    let step = show(&alice, &sign_in, json!({"password": PASSWORD})).await.accepted();
    assert_eq!((&step["next"], &step["totp"]), (&json!("factors"), &json!(true)), "{step}");
    let done = show(&alice, &sign_in, json!({"recovery_code": codes[1]})).await.accepted();
    assert_eq!(done["next"], "done", "{done}");
});

story!(a_forgotten_password_is_removed_by_a_code_to_the_recovery_address, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let phone = device(world, &alice.come_in(&[&world.server], "Alice").await);
    let mail = Newcomer::email(&world.server, "alice@example.org");
    add(world, &phone, &mail, "recovery", json!({})).await.accepted();
    set_password(&phone, json!({"new": PASSWORD})).await.accepted();
    assert_eq!(factors(&phone).await["recovery"], true);
    let (sign_in, step) = begins(world, &alice).await;
    assert_eq!(step["password"], json!({"recovery": true}), "{step}");
    let before = mail.codes(&[&world.server]).len();
    let path = format!("/v1/sign-in/{sign_in}/recovery");
    alice.client.post(&path, &alice.body(json!({}))).await.accepted();
    let code = mail.next_code(&[&world.server], before).await;
    let shown = |code: &str| alice.body(json!({"code": code, "device": {"name": "tablet"}}));
    let path = format!("{path}/code");
    alice.client.post(&path, &shown(&wrong(&code, 1))).await.refused("wrong_code");
    let done = alice.client.post(&path, &shown(&code)).await.accepted();
    assert_eq!(done["next"], "done", "{done}");
    assert_eq!(factors(&phone).await["password"], Value::Null);
    let heard = told(world, &phone, &["password_removed"]).await;
    assert_eq!((heard.len(), &heard[0]["recovered"]), (1, &json!(true)), "{heard:?}");
});

story!(nothing_of_a_factor_is_kept_in_the_clear, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let phone = device(world, &alice.come_in(&[&world.server], "Alice").await);
    set_password(&phone, json!({"new": PASSWORD, "hint": "a comic strip"}))
        .await
        .accepted();
    let drawn = phone.post("/v1/me/totp", &json!({})).await.accepted();
    let app = Authenticator::new(drawn["secret"].as_str().expect("a secret"));
    let body = json!({"secret": app.secret, "code": app.code(), "password": PASSWORD});
    let code = codes(&phone.put("/v1/me/totp", &body).await.accepted()).remove(0);
    assert!(world.server.stop().await.success());
    let secrets = [PASSWORD, "a comic strip", app.secret.as_str(), code.as_str(), "argon2id"];
    for (file, bytes) in files(world.server.folder()) {
        for secret in secrets {
            assert!(!holds(&bytes, secret.as_bytes()), "{file} holds {secret}");
        }
    }
    let said = world.server.said();
    assert!(!secrets.iter().any(|secret| said.contains(secret)), "{said}");
    world.server.go_on().await;
});
