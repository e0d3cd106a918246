//! Addresses: an account is reached at a further one once its holder has proved to hold it, and at one of each use.

use heliograph_tests::client::http::{Answer, Client};
use heliograph_tests::newcomer::{Newcomer, wrong};
use heliograph_tests::{World, story};
use serde_json::{Value, json};

use crate::factors::{device, remove, told};

const PHONE: &str = "+4915123456789";
const OTHER_PHONE: &str = "+4915123456780";
const EMAIL: &str = "alice@example.org";

/// Has a code sent to a contact that the device's account is to be reached at, and waits for it: the sign-in, and the code.
async fn begin(world: &World, device: &Client, at: &Newcomer, purpose: &str) -> (String, String) {
    let servers = [&world.server];
    let before = at.codes(&servers).len();
    let begun = device.post("/v1/me/addresses", &at.body(json!({"use": purpose}))).await.accepted();
    let sign_in = begun["sign_in"].as_str().unwrap_or_else(|| panic!("no sign-in: {begun}"));
    assert!(begun["resend_at"].is_i64() && begun["expires_at"].is_i64(), "{begun}");
    (sign_in.to_owned(), at.next_code(&servers, before).await)
}

async fn show(device: &Client, at: &Newcomer, (sign_in, code): (&str, &str), purpose: &str, factor: Value) -> Answer {
    let mut body = at.body(factor);
    body["use"] = json!(purpose);
    body["code"] = json!(code);
    device.post(format!("/v1/me/addresses/{sign_in}/code"), &body).await
}

/// Has the device's account be reached at a contact.
pub(crate) async fn add(world: &World, device: &Client, at: &Newcomer, purpose: &str, factor: Value) -> Answer {
    let (sign_in, code) = begin(world, device, at, purpose).await;
    show(device, at, (&sign_in, &code), purpose, factor).await
}

async fn addresses(device: &Client) -> Value {
    device.get("/v1/me/addresses").await.accepted()
}

story!(who_is_reached_at_a_further_address_signs_in_by_it, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let done = alice.come_in(&[&world.server], "Alice").await;
    let (phone, laptop) = (device(world, &done), device(world, &alice.come_in(&[&world.server], "Alice").await));
    assert_eq!(addresses(&phone).await, json!({"phone": PHONE, "email": null, "recovery": null}));
    let by_mail = Newcomer::email(&world.server, EMAIL);
    add(world, &phone, &by_mail, "sign_in", json!({})).await.accepted();
    assert_eq!(addresses(&laptop).await, json!({"phone": PHONE, "email": EMAIL, "recovery": null}));
    let again = by_mail.come_in(&[&world.server], "Somebody else").await;
    assert_eq!(again["account"], done["account"]);
    let heard = told(world, &laptop, &["address_added"]).await;
    let last = heard.last().expect("something was told");
    assert_eq!((&last["use"], &last["address"]), (&json!("email"), &json!(EMAIL)), "{heard:?}");
});

story!(an_address_of_another_account_is_refused, |world| {
    let bob = Newcomer::phone(&world.server, OTHER_PHONE);
    let his = bob.come_in(&[&world.server], "Bob").await;
    let alice = Newcomer::phone(&world.server, PHONE);
    let hers = device(world, &alice.come_in(&[&world.server], "Alice").await);
    add(world, &hers, &bob, "sign_in", json!({})).await.refused("address_taken");
    assert_eq!(addresses(&hers).await["phone"], PHONE);
    assert_eq!(bob.come_in(&[&world.server], "Bob").await["account"], his["account"]);
});

story!(of_two_accounts_that_want_one_address_at_once_one_gets_it, |world| {
    let alice = Newcomer::phone(&world.server, PHONE).come_in(&[&world.server], "Alice").await;
    let bob = Newcomer::phone(&world.server, OTHER_PHONE).come_in(&[&world.server], "Bob").await;
    let (hers, his) = (device(world, &alice), device(world, &bob));
    let mail = Newcomer::email(&world.server, EMAIL);
    let (first, code) = begin(world, &hers, &mail, "sign_in").await;
    let (second, other) = begin(world, &his, &mail, "sign_in").await;
    let (one, another) = tokio::join!(
        show(&hers, &mail, (&first, &code), "sign_in", json!({})),
        show(&his, &mail, (&second, &other), "sign_in", json!({}))
    );
    let (winner, loser) = if one.status.is_success() { (&alice, another) } else { (&bob, one) };
    loser.refused("address_taken");
    let came_in = mail.come_in(&[&world.server], "Somebody else").await;
    assert_eq!(came_in["account"], winner["account"]);
});

story!(a_new_number_takes_the_place_of_the_former_which_others_may_have, |world| {
    let former = Newcomer::phone(&world.server, PHONE);
    let alice = former.come_in(&[&world.server], "Alice").await;
    let phone = device(world, &alice);
    let new = Newcomer::phone(&world.server, OTHER_PHONE);
    add(world, &phone, &new, "sign_in", json!({})).await.accepted();
    assert_eq!(addresses(&phone).await["phone"], OTHER_PHONE);
    let bob = former.come_in(&[&world.server], "Bob").await;
    assert_ne!(bob["account"], alice["account"], "who has the number now is somebody else");
    assert_eq!(new.come_in(&[&world.server], "Alice").await["account"], alice["account"]);
    add(world, &device(world, &bob), &new, "sign_in", json!({}))
        .await
        .refused("address_taken");
});

story!(an_address_is_dropped_but_for_the_last, |world| {
    let by_phone = Newcomer::phone(&world.server, PHONE);
    let alice = by_phone.come_in(&[&world.server], "Alice").await;
    let phone = device(world, &alice);
    remove(&phone, "/v1/me/addresses/phone", json!({})).await.refused("last_address");
    remove(&phone, "/v1/me/addresses/pigeon", json!({}))
        .await
        .refused("invalid_request");
    let by_mail = Newcomer::email(&world.server, EMAIL);
    add(world, &phone, &by_mail, "sign_in", json!({})).await.accepted();
    for _ in 0..2 {
        remove(&phone, "/v1/me/addresses/phone", json!({})).await.accepted();
    }
    assert_eq!(addresses(&phone).await, json!({"phone": null, "email": EMAIL, "recovery": null}));
    let dropped = told(world, &phone, &["address_dropped"]).await;
    assert_eq!((dropped.len(), &dropped[0]["use"]), (1, &json!("phone")), "{dropped:?}");
    remove(&phone, "/v1/me/addresses/email", json!({})).await.refused("last_address");
    // What was dropped may be had again, by its former account, too.
    add(world, &phone, &by_phone, "sign_in", json!({})).await.accepted();
    assert_eq!(by_phone.come_in(&[&world.server], "Alice").await["account"], alice["account"]);
});

story!(a_password_guards_addresses, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let phone = device(world, &alice.come_in(&[&world.server], "Alice").await);
    let password = "correct horse battery staple";
    phone.put("/v1/me/password", &json!({"new": password})).await.accepted();
    let mail = Newcomer::email(&world.server, EMAIL);
    let (sign_in, code) = begin(world, &phone, &mail, "recovery").await;
    let shown = (sign_in.as_str(), code.as_str());
    show(&phone, &mail, shown, "recovery", json!({})).await.refused("factor_needed");
    let guess = json!({"password": "correct horse battery stapler"});
    show(&phone, &mail, shown, "recovery", guess).await.refused("wrong_factor");
    assert_eq!(addresses(&phone).await["recovery"], Value::Null);
    for _ in 0..2 {
        show(&phone, &mail, shown, "recovery", json!({"password": password}))
            .await
            .accepted();
    }
    assert_eq!(addresses(&phone).await["recovery"], EMAIL);
    remove(&phone, "/v1/me/addresses/recovery", json!({}))
        .await
        .refused("factor_needed");
    remove(&phone, "/v1/me/addresses/recovery", json!({"password": password}))
        .await
        .accepted();
    assert_eq!(addresses(&phone).await["recovery"], Value::Null);
});

story!(a_code_is_good_for_its_account_its_address_and_its_purpose, |world| {
    let alice = Newcomer::phone(&world.server, PHONE);
    let hers = device(world, &alice.come_in(&[&world.server], "Alice").await);
    let bob = Newcomer::phone(&world.server, OTHER_PHONE);
    let his = device(world, &bob.come_in(&[&world.server], "Bob").await);
    let mail = Newcomer::email(&world.server, EMAIL);
    let (sign_in, code) = begin(world, &hers, &mail, "sign_in").await;
    let shown = (sign_in.as_str(), code.as_str());
    show(&his, &mail, shown, "sign_in", json!({})).await.refused("sign_in_not_found");
    mail.show_as(&sign_in, &code, json!({"name": "Eve"}))
        .await
        .refused("sign_in_not_found");
    show(&hers, &bob, shown, "sign_in", json!({})).await.refused("sign_in_not_found");
    let guess = wrong(&code, 1);
    show(&hers, &mail, (&sign_in, &guess), "sign_in", json!({}))
        .await
        .refused("wrong_code");
    show(&hers, &mail, shown, "sign_in", json!({})).await.accepted();
    assert_eq!(addresses(&hers).await["email"], EMAIL);
});

story!(a_recovery_address_is_a_mail_address_that_one_does_not_sign_in_with, |world| {
    let alice = Newcomer::email(&world.server, EMAIL);
    let hers = device(world, &alice.come_in(&[&world.server], "Alice").await);
    add(world, &hers, &alice, "recovery", json!({})).await.refused("same_address");
    let phone = Newcomer::phone(&world.server, PHONE);
    let wanted = phone.body(json!({"use": "recovery"}));
    hers.post("/v1/me/addresses", &wanted).await.refused("invalid_request");
    hers.post("/v1/me/addresses", &phone.body(json!({})))
        .await
        .refused("invalid_request");
    // It need not be one's own alone: nobody signs in with it.
    let shared = Newcomer::email(&world.server, "family@example.org");
    let bob = device(world, &phone.come_in(&[&world.server], "Bob").await);
    for device in [&hers, &bob] {
        add(world, device, &shared, "recovery", json!({})).await.accepted();
    }
});
