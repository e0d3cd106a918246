//! An installation that requires a second factor of everybody.

use heliograph_tests::authenticator::Authenticator;
use heliograph_tests::newcomer::Newcomer;
use heliograph_tests::{Backend, World};
use serde_json::json;

use crate::factors::{device, remove};

const REQUIRED: &str = "second_factor_required";
const PASSWORD: &str = "correct horse battery staple";

/// Tells a story on both backends, where a second factor is required.
async fn where_it_is_required(story: impl AsyncFn(&mut World)) {
    for backend in [Backend::Embedded, Backend::clustered().await] {
        let mut world = World::on(backend, &[("HELIOGRAPH_SIGN_IN__REQUIRE_SECOND_FACTOR", "true")]).await;
        story(&mut world).await;
        world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_second_factor_is_let_in_to_set_one_and_for_nothing_else() {
    where_it_is_required(async |world| {
        let alice = Newcomer::phone(&world.server, "+4915123456789");
        let phone = device(world, &alice.come_in(&[&world.server], "Alice").await);
        for path in [
            "/v1/me",
            "/v1/chats",
            "/v1/me/devices",
            "/v1/me/addresses",
            "/v1/updates?epoch=2&after=0",
        ] {
            phone.get(path).await.refused(REQUIRED);
        }
        phone.patch("/v1/me", &json!({"name": "Alicia"})).await.refused(REQUIRED);
        phone.post("/v1/me/recovery-codes", &json!({})).await.refused(REQUIRED);
        phone.get("/v1/me/factors").await.accepted();
        phone
            .put("/v1/me/password", &json!({"new": "12345678"}))
            .await
            .refused("common_password");
        phone.get("/v1/me").await.refused(REQUIRED);
        phone.put("/v1/me/password", &json!({"new": PASSWORD})).await.accepted();
        let me = phone.get("/v1/me").await.accepted();
        assert_eq!(me["account"]["name"], "Alice");
        let (sign_in, code) = alice.code(&[&world.server]).await;
        let step = alice.show(&sign_in, &code).await.accepted();
        assert_eq!(step["next"], "factors", "{step}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authenticator_app_is_as_good_and_who_has_none_any_more_is_back_at_the_door() {
    where_it_is_required(async |world| {
        let bob = Newcomer::email(&world.server, "bob@example.org");
        let laptop = device(world, &bob.come_in(&[&world.server], "Bob").await);
        let drawn = laptop.post("/v1/me/totp", &json!({})).await.accepted();
        let app = Authenticator::new(drawn["secret"].as_str().expect("a secret"));
        let body = json!({"secret": app.secret, "code": app.code()});
        let codes = laptop.put("/v1/me/totp", &body).await.accepted();
        laptop.get("/v1/chats").await.accepted();
        remove(&laptop, "/v1/me/totp", json!({"recovery_code": codes["recovery_codes"][0]}))
            .await
            .accepted();
        heliograph_tests::deadline::eventually("it is refused again", async || {
            let answer = laptop.get("/v1/chats").await;
            (answer.code() == Some(REQUIRED)).then_some(())
        })
        .await;
    })
    .await;
}
