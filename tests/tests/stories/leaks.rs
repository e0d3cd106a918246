//! Nothing leaks: what is secret stands in no file, in nothing that the server says, and in nothing that a collector is told.

use heliograph_tests::client::http::Client;
use heliograph_tests::collector::Collector;
use heliograph_tests::deadline::eventually;
use heliograph_tests::mail::{MailServer, Mood, code_in};
use heliograph_tests::newcomer::{Newcomer, wrong};
use heliograph_tests::plaintext::{Secrets, files_of};
use heliograph_tests::provider::Provider;
use heliograph_tests::world::server::Server;
use heliograph_tests::{Backend, Device, World};
use serde_json::{Value, json};

const ALICE: &str = "+4915123456789";
const BOB: &str = "bob.the.builder@example.org";
/// Whom no mail reaches.
const CAROL: &str = "carol.unreachable@example.org";
/// Somebody in Bob's address book, who never was here.
const DAVE: &str = "+4915198765432";

/// Numbers and addresses, as a whole and in part, and what people wrote, are called, or showed.
const WORDS: [&str; 13] = [
    "4915123456789",
    "15123456789",
    "4915198765432",
    "bob.the.builder",
    "carol.unreachable",
    "aliceQuill",
    "bobSurname",
    "aliceSecretOne",
    "bobSecretTwo",
    "aliceTitle",
    "alice_handle",
    // A password; what else people have as a factor, once they can set one, belongs here too.
    PASSWORD,
    OF_THE_PROVIDER,
];
const PASSWORD: &str = "aliceRight horse battery";
/// What the operator is to the provider of text messages.
const OF_THE_PROVIDER: &str = "hunter2OfTheProvider";

/// A token's random part, as somebody may make one up.
const WRITTEN_BY_HAND: &str = "madeUpByHand_madeUpByHand_madeUpByHand_1234";

/// What a server tells others about, and how codes leave it.
struct Scene {
    collector: Collector,
    mail: MailServer,
    provider: Provider,
    world: World,
    secrets: Secrets,
}

impl Scene {
    async fn on(backend: Backend) -> Self {
        let (collector, mail, provider) = tokio::join!(Collector::start(), MailServer::start(), Provider::start());
        let settings = [
            ("HELIOGRAPH_TELEMETRY__OTLP", collector.url.clone()),
            ("HELIOGRAPH_TELEMETRY__RATIO", "1".to_owned()),
            ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned()),
            ("OTEL_BLRP_SCHEDULE_DELAY", "100".to_owned()),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200".to_owned()),
            ("HELIOGRAPH_DELIVERY__EMAIL", "smtp".to_owned()),
            ("HELIOGRAPH_SMTP__URL", format!("smtp://127.0.0.1:{}", mail.port)),
            ("HELIOGRAPH_SMTP__FROM", "codes@example.net".to_owned()),
            ("HELIOGRAPH_DELIVERY__PHONE", "sms".to_owned()),
            ("HELIOGRAPH_DELIVERY__RETRY_SECONDS", "1".to_owned()),
            ("HELIOGRAPH_SMS__URL", format!("{}/send?to={{to}}", provider.url)),
            ("HELIOGRAPH_SMS__TOKEN", OF_THE_PROVIDER.to_owned()),
            ("HELIOGRAPH_SMS__BODY", "Body={text}".to_owned()),
            ("HELIOGRAPH_ACCOUNTS__ERASURE_GRACE_DAYS", "0".to_owned()),
            ("HELIOGRAPH_ACCOUNTS__UPKEEP_SECONDS", "1".to_owned()),
        ];
        let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let world = World::on(backend, &settings).await;
        let mut secrets = Secrets::words(WORDS);
        secrets.of_the_owner(&world);
        Self {
            collector,
            mail,
            provider,
            world,
            secrets,
        }
    }

    /// Comes in, after a wrong code and a password that nobody asked for.
    async fn comes_in(&mut self, newcomer: &Newcomer, name: &str, sign_in: &str, code: &str) -> Device {
        let other = wrong(code, 1);
        newcomer.show(sign_in, &other).await.refused("wrong_code");
        let shown = newcomer.body(json!({"password": PASSWORD, "device": {"name": "phone"}}));
        let refused = newcomer.client.post(format!("/v1/sign-in/{sign_in}/factor"), &shown).await;
        assert!(refused.status.is_client_error(), "{}", refused.text);
        let done = newcomer.show_as(sign_in, code, json!({"name": name})).await.accepted();
        for code in [code, &other] {
            self.secrets.code(code);
        }
        self.let_in(&done).await
    }

    async fn let_in(&mut self, done: &Value) -> Device {
        self.secrets
            .token(done["token"].as_str().unwrap_or_else(|| panic!("no token: {done}")));
        online(&self.world.server, done).await
    }

    /// By a text message, at the second attempt.
    async fn alice_comes_in(&mut self) -> Device {
        self.provider.answers(&[503, 201]);
        let alice = Newcomer::phone(&self.world.server, ALICE);
        let sign_in = alice.begin().await;
        let asked = self.provider.asked_often(2).await;
        self.comes_in(&alice, "aliceQuill", &sign_in, &code_in(&asked[1].body)).await
    }

    /// By a letter.
    async fn bob_comes_in(&mut self) -> Device {
        let bob = Newcomer::email(&self.world.server, BOB);
        let sign_in = bob.begin().await;
        let letter = self.mail.letters_for(BOB, 1).await.remove(0);
        self.comes_in(&bob, "bobSurname", &sign_in, &letter.code()).await
    }

    /// By what the first device shows; then it signs out.
    async fn bob_comes_and_goes(&mut self, first: &Device) {
        let bob = Newcomer::email(&self.world.server, BOB);
        let sign_in = bob.begin().await;
        let code = first.shows_code(1).await;
        let done = bob.show(&sign_in, &code).await.accepted();
        self.secrets.code(code);
        let second = self.let_in(&done).await;
        second.offline().await;
        let itself = format!("/v1/me/devices/{}", second.number);
        second.client.delete(itself).await.accepted();
        second.client.get("/v1/me").await.refused("device_ended");
    }

    /// The mail server refuses, with the address in its answer; and what is no contact or no token is refused, too.
    async fn what_goes_wrong(&self) {
        self.mail.is_now(Mood::Refusing);
        Newcomer::email(&self.world.server, CAROL).begin().await;
        eventually("it is reported", async || {
            let said = self.world.server.said();
            said.contains("a code can't be delivered").then_some(())
        })
        .await;
        let anybody = Client::new(self.world.server.address.clone(), "");
        let misspelt = json!({"email": format!("{CAROL}\r\nBcc: x")});
        anybody.post("/v1/sign-in", &misspelt).await.refused("invalid_email");
        let half = format!(r#"{{"phone": "{ALICE}", "#);
        let refused = anybody.call(reqwest::Method::POST, "/v1/sign-in").body(half).await;
        assert!(refused.status.is_client_error(), "{}", refused.text);
        let nobodys = anybody.with_token(&format!("1.1.{WRITTEN_BY_HAND}")).get("/v1/me").await;
        assert_eq!(nobodys.status.as_u16(), 401, "{}", nobodys.text);
    }

    /// In files, in what was said, in what the collector was told: nothing.
    async fn nothing_leaks(&self) {
        self.secrets.nowhere_in(&self.world).await;
        let heard = self.collector.heard();
        for body in &heard.bodies {
            self.secrets.not_in("what the collector was told", body);
        }
        // Whoever looks where there is nothing finds nothing.
        assert!(!heard.spans.is_empty() && !heard.lines.is_empty());
        let mut files = files_of(&self.world).await;
        assert!(
            files.any(|(_, bytes)| memchr::memmem::find(&bytes, b"account.registered").is_some()),
            "the log is not among the files, or says nothing in plain text"
        );
    }

    async fn tell(mut self) {
        self.secrets.word(WRITTEN_BY_HAND);
        let alice = self.alice_comes_in().await;
        let bob = self.bob_comes_in().await;
        let chats = they_talk(&alice, &bob).await;
        self.bob_comes_and_goes(&bob).await;
        self.what_goes_wrong().await;
        alice.offline().await;
        bob.offline().await;
        // What a server leaves that had no time to clear up.
        self.world.server.kill().await;
        self.nothing_leaks().await;
        self.world.server.go_on().await;
        alice.client.delete("/v1/me").await.accepted();
        is_erased(&self.world, &alice).await;
        for chat in &chats {
            bob.client.get(format!("/v1/chats/{chat}/messages")).await.accepted();
        }
        assert!(self.world.server.stop().await.success());
        self.nothing_leaks().await;
        self.world.server.go_on().await;
        self.world.finish().await;
    }
}

async fn online(server: &Server, done: &Value) -> Device {
    let number = |field: &str| done[field].as_i64().unwrap_or_else(|| panic!("no {field}: {done}"));
    let token = done["token"].as_str().expect("it has been looked at");
    let device = Device::new(server.address.clone(), token, number("account"), number("device"));
    device.online();
    device.comes_to_know("its session is open", |view| view.sessions > 0).await;
    device
}

/// In a group and by themselves; with a username, which Bob looks up, as he does numbers of his address book. The chats.
async fn they_talk(alice: &Device, bob: &Device) -> [String; 2] {
    let name = json!({"username": "alice_handle"});
    alice.client.put("/v1/me/username", &name).await.accepted();
    let titled = json!({"title": "aliceTitle", "members": [bob.account]});
    let group = alice.client.post("/v1/chats", &titled).await.accepted();
    let direct = alice
        .client
        .post("/v1/chats/direct", &json!({"account": bob.account}))
        .await
        .accepted();
    let chats = [group, direct].map(|answer| answer["chat"]["id"].as_str().expect("a chat has an id").to_owned());
    for chat in &chats {
        let edited = alice.send(chat, "a draft").await;
        alice.edit(chat, edited, "aliceSecretOne").await.accepted();
        bob.hears("aliceSecretOne").await;
        bob.send(chat, "bobSecretTwo").await;
    }
    bob.client.get("/v1/users?username=alice_handle").await.accepted();
    let book = json!({"phones": [ALICE, DAVE]});
    bob.client.post("/v1/users/by-phone", &book).await.accepted();
    chats
}

async fn is_erased(world: &World, device: &Device) {
    eventually("the key is gone, which is the account's last word", async || {
        let path = format!("/v1/events?stream=account.{}&type=account.erased", device.account);
        (world.admin.get(path).await.text.lines().count() == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_secret_stands_nowhere_embedded() {
    Scene::on(Backend::Embedded).await.tell().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_secret_stands_nowhere_clustered() {
    Scene::on(Backend::clustered().await).await.tell().await;
}
