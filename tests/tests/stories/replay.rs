//! The log as analysts read it: services with scopes, filters, times, and going on after whatever happened.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use heliograph_tests::client::http::{Address, Client};
use heliograph_tests::deadline::eventually;
use heliograph_tests::story;
use heliograph_tests::world::{direct, group};
use serde_json::{Value, json};
use tokio::time::sleep;

/// All facts that a holder of a token is told at once.
async fn told(reader: &Client, query: &str) -> Vec<Value> {
    let answer = reader.get(format!("/v1/events?{query}")).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    lines(&answer.text)
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect()
}

fn place(fact: &Value) -> (i64, i64) {
    let number = |name: &str| fact[name].as_i64().unwrap_or_else(|| panic!("no {name}: {fact}"));
    (number("position"), number("index"))
}

/// A service with this scope: its way to the server, and its token's number.
async fn service(admin: &Client, scope: &str) -> (Client, i64) {
    let wanted = json!({"name": "analytics", "scopes": [scope]});
    let issued = admin.post("/v1/admin/tokens", &wanted).await.accepted();
    let token = issued["token"].as_str().expect("it is told once");
    (admin.with_token(token), issued["id"].as_i64().expect("a number"))
}

story!(services_read_what_their_scopes_say, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "between us").await;
    let (reader, number) = service(&world.admin, "events:read").await;
    let (confidant, _) = service(&world.admin, "events:content").await;
    let sent = told(&reader, "type=chat.message_sent").await;
    assert_eq!((sent.len(), &sent[0]["data"]["length"]), (1, &json!(10)));
    assert!(
        sent[0]["data"].get("content").is_none() && sent[0]["data"].get("sealed").is_none(),
        "{}",
        sent[0]
    );
    assert_eq!(told(&confidant, "type=chat.message_sent").await, sent, "nobody is told unasked");
    let opened = told(&confidant, "type=chat.message_sent&content=true").await;
    assert_eq!(opened[0]["data"]["content"]["text"], "between us");
    reader.get("/v1/events?content=true").await.refused("missing_scope");
    alice.phone.client.get("/v1/events").await.refused("forbidden");
    reader.get("/v1/me").await.refused("forbidden");
    reader.get("/v1/admin/tokens").await.refused("forbidden");
    let other = reader.token.replace(&format!("service.{number}."), "service.77.");
    reader.with_token(&other).get("/v1/events").await.refused("unauthorized");
    assert_eq!(world.admin.delete(format!("/v1/admin/tokens/{number}")).await.status, 204);
    reader.get("/v1/events").await.refused("token_ended");
    assert_eq!(
        world.admin.delete(format!("/v1/admin/tokens/{number}")).await.status,
        204,
        "once is enough"
    );
    confidant.get("/v1/events?type=chat.created").await.accepted();
});

story!(tokens_are_issued_listed_and_ended_by_the_operator_alone, |world| {
    let issue = |body: Value| world.admin.post("/v1/admin/tokens", &body);
    issue(json!({"name": "analytics", "scopes": []})).await.refused("invalid_request");
    issue(json!({"name": "analytics", "scopes": ["everything"]}))
        .await
        .refused("invalid_request");
    issue(json!({"name": "admin", "scopes": ["events:read"]}))
        .await
        .refused("invalid_request");
    issue(json!({"name": "Ann Smith", "scopes": ["events:read"]}))
        .await
        .refused("invalid_request");
    issue(json!({"name": "analytics", "scopes": ["events:read"], "expires_at": 1}))
        .await
        .refused("expires_in_the_past");
    world.admin.delete("/v1/admin/tokens/1").await.refused("token_not_found");
    let (id, body) = (
        heliograph_tests::chance::command_id(),
        json!({"name": "analytics", "scopes": ["events:read"], "expires_at": 4_000_000_000_000_000_i64}),
    );
    let first = issue(body.clone()).id(id).await.accepted();
    let again = issue(body).id(id).await.accepted();
    assert_eq!(
        (&again["token"], &again["repeated"], &again["id"]),
        (&Value::Null, &json!(true), &first["id"])
    );
    let now = world.now().await;
    let listed = world.admin.get("/v1/admin/tokens").at(&now).await.accepted();
    assert_eq!(listed["tokens"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed["tokens"][0]["name"], "analytics");
    let secret = first["token"].as_str().expect("told once").rsplit('.').next().expect("a secret");
    let facts = world.admin.get("/v1/events?content=true").await;
    assert!(!listed.to_string().contains(secret) && !facts.text.contains(secret));
});

story!(every_condition_tells_its_share_of_all_facts, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let (pair, town) = (direct(&alice.phone, &bob).await, group(&bob.phone, "Town", &[&alice]).await);
    for chat in [&pair, &town] {
        let message = alice.phone.send(chat, "hello").await;
        bob.phone.read(chat, message).await.accepted();
    }
    let all = told(&world.admin, "").await;
    assert!(all.windows(2).all(|two| place(&two[0]) < place(&two[1])), "in the log's order");
    let share = |keep: &dyn Fn(&Value) -> bool| -> Vec<Value> { all.iter().filter(|fact| keep(fact)).cloned().collect() };
    let own = [format!("account.{}", alice.account), format!("inbox.{}", alice.account)];
    let of_alice = |fact: &Value| own.iter().any(|stream| fact["stream"] == **stream) || fact["by"]["account"] == alice.account;
    let of_town = |fact: &Value| fact["stream"] == format!("chat.{town}") || fact["data"]["chat"] == *town;
    let is_sent = |fact: &Value| fact["type"] == "chat.message_sent";
    let (from, to) = (place(&all[3]).0, place(&all[all.len() - 3]).0);
    for (query, expected) in [
        (
            format!("stream=chat.{town}"),
            share(&|fact| fact["stream"] == format!("chat.{town}")),
        ),
        (format!("chat={town}"), share(&of_town)),
        (format!("account={}", alice.account), share(&of_alice)),
        ("type=chat.message_sent".to_owned(), share(&is_sent)),
        (
            "type=chat.message_sent,inbox.read".to_owned(),
            share(&|fact| is_sent(fact) || fact["type"] == "inbox.read"),
        ),
        (
            format!("chat={town}&account={}&type=chat.message_sent", alice.account),
            share(&|fact| of_town(fact) && of_alice(fact) && is_sent(fact)),
        ),
        (format!("from={from}&to={to}"), share(&|fact| (from..=to).contains(&place(fact).0))),
        (format!("after={from}"), share(&|fact| place(fact).0 > from)),
        (
            format!("after={from}&stream=chat.{town}"),
            share(&|fact| place(fact).0 > from && fact["stream"] == format!("chat.{town}")),
        ),
    ] {
        assert!(!expected.is_empty(), "{query}");
        assert_eq!(told(&world.admin, &query).await, expected, "{query}");
    }
});

story!(what_contradicts_itself_or_is_not_there_is_refused, |world| {
    for query in [
        "from=1&after=1",
        "at=1",
        "after=1&at=noon",
        "to=5&follow=true",
        "from=yesterday",
        "from=0",
        "from=2026-02-30T00:00:00Z",
        "stream=nothing",
        "chat=g-0",
        "account=alice",
        "type=chat.message_lost",
        "type=",
        "follow=maybe",
        "colour=red",
    ] {
        world.admin.get(format!("/v1/events?{query}")).await.refused("invalid_request");
    }
    world.admin.get("/v1/events?after=999999").await.refused("invalid_position");
    assert!(told(&world.admin, "from=999999").await.is_empty());
    world.admin.post("/v1/accounts", &json!({"name": "one"})).await.accepted();
    let first = told(&world.admin, "").await[0].clone();
    let (position, recorded_at) = (place(&first).0, first["recorded_at"].as_i64().expect("a time"));
    let behind = told(&world.admin, &format!("after={position}")).await;
    assert_eq!(told(&world.admin, &format!("after={position}&at={recorded_at}")).await, behind);
    let other = format!("/v1/events?after={position}&at={}", recorded_at + 1);
    world.admin.get(other).await.refused("invalid_position");
    world.admin.with_token("").get("/v1/events").await.refused("unauthorized");
});

story!(a_time_is_a_place_in_the_log, |world| {
    for name in ["one", "two", "three", "four"] {
        world.admin.post("/v1/accounts", &json!({"name": name})).await.accepted();
    }
    let all = told(&world.admin, "").await;
    assert!(told(&world.admin, "to=1999-12-31T23:59:59Z").await.is_empty());
    assert_eq!(told(&world.admin, "to=2999-12-31T23:59:59Z").await, all);
    assert_eq!(told(&world.admin, "from=1999-12-31T23:59:59%2B01:00").await, all);
    assert!(told(&world.admin, "from=2999-12-31T23:59:59Z").await.is_empty());
});

story!(of_what_is_erased_the_rest_is_still_told, |world| {
    let created = world.admin.post("/v1/accounts", &json!({"name": "Ghost"})).await.accepted();
    let query = format!("stream=account.{}&content=true", created["account"]["id"]);
    let before = told(&world.admin, &query).await;
    assert_eq!(before[0]["data"]["content"]["name"], "Ghost");
    assert_eq!(
        world
            .admin
            .delete(format!("/v1/accounts/{}/key", created["account"]["id"]))
            .await
            .status,
        204
    );
    let after = told(&world.admin, &query).await;
    assert_eq!((before.len(), place(&after[0])), (1, place(&before[0])));
    assert_eq!(
        (&after[0]["data"]["content"], &after[0]["data"]["erased"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(after[1]["type"], "account.erasure_begun");
});

/// A service that follows the log, and goes on after whatever happened, as docs/API.md says.
#[derive(Clone)]
struct Follower {
    http: reqwest::Client,
    address: Address,
    token: String,
    read: Arc<Mutex<Vec<Value>>>,
}

impl Follower {
    async fn run(self) {
        loop {
            if self.follow().await.is_err() {
                self.drop_what_may_not_be_all();
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn follow(&self) -> Result<(), reqwest::Error> {
        let last = self.last();
        let after = last.map(|position| format!("&after={position}")).unwrap_or_default();
        let url = format!("{}/v1/events?follow=true{after}", self.address.url());
        let answer = self.http.get(url).bearer_auth(&self.token).send().await?;
        let (mut answer, mut begun) = (answer.error_for_status()?, Vec::new());
        while let Some(chunk) = answer.chunk().await? {
            begun.extend_from_slice(&chunk);
            let whole = begun.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let text: Vec<u8> = begun.drain(..whole).collect();
            let facts = lines(&String::from_utf8(text).expect("JSON is UTF-8"));
            self.read.lock().expect("nobody panics while holding it").extend(facts);
        }
        assert!(begun.is_empty(), "an answer that comes to its end ends with a whole line");
        Ok(())
    }

    /// The lines of the last position: more of them may have been on their way.
    fn drop_what_may_not_be_all(&self) {
        let mut read = self.read.lock().expect("nobody panics while holding it");
        if let Some(last) = read.last().map(|fact| place(fact).0) {
            read.retain(|fact| place(fact).0 < last);
        }
    }

    fn last(&self) -> Option<i64> {
        let read = self.read.lock().expect("nobody panics while holding it");
        read.last().map(|fact| place(fact).0)
    }
}

story!(who_follows_misses_nothing_and_reads_nothing_twice_through_restarts, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let (reader, _) = service(&world.admin, "events:read").await;
    let follower = Follower {
        http: reqwest::Client::builder().no_proxy().build().expect("no TLS to set up"),
        address: world.server.address.clone(),
        token: reader.token.clone(),
        read: Arc::default(),
    };
    let following = tokio::spawn(follower.clone().run());
    for round in 0..4 {
        for number in 0..10 {
            alice.phone.send(&chat, &format!("round {round}, {number}")).await;
        }
        if round % 2 == 0 {
            world.restart().await;
        } else {
            world.crash().await;
        }
    }
    let end: i64 = world.now().await.parse().expect("a number");
    eventually("all is read", async || (follower.last() >= Some(end)).then_some(())).await;
    following.abort();
    let read = follower.read.lock().expect("nobody panics while holding it").clone();
    let read: Vec<Value> = read.into_iter().filter(|fact| place(fact).0 <= end).collect();
    assert_eq!(read, told(&world.admin, &format!("to={end}")).await);
});

story!(who_follows_with_a_token_that_is_ended_is_told_no_more, |world| {
    let (reader, number) = service(&world.admin, "events:read").await;
    let http = reqwest::Client::builder().no_proxy().build().expect("no TLS to set up");
    let url = format!("{}/v1/events?follow=true&type=account.registered", world.server.address.url());
    let answer = http.get(url).bearer_auth(&reader.token).send().await.expect("an answer");
    let mut answer = answer.error_for_status().expect("it is let in");
    world.admin.delete(format!("/v1/admin/tokens/{number}")).await;
    let broken = async {
        while answer.chunk().await?.is_some() {}
        Ok::<_, reqwest::Error>(())
    };
    let ended = tokio::time::timeout(heliograph_tests::deadline::PATIENCE, broken)
        .await
        .expect("it ends");
    assert!(ended.is_err(), "it breaks off");
});
