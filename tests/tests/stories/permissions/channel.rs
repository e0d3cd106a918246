//! Who may do what in a channel.

use std::collections::HashMap;

use heliograph_tests::deadline::eventually;
use heliograph_tests::world::direct_id;
use heliograph_tests::{Person, World, story};
use serde_json::json;

use super::{DONE, MISSING, NOT_THERE, RIGHTS, answers, ask, people};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Banned after having followed it.
    Banned,
    /// Does not follow it.
    Outsider,
    /// Follows it.
    Subscriber,
    /// An admin with this right alone, or with none.
    Admin(Option<&'static str>),
    /// Whose it is.
    Owner,
}

/// Who may.
#[derive(Debug, Clone, Copy)]
enum May {
    /// Everybody who is not banned: it is public.
    All,
    /// Who follows it.
    Followers,
    /// The owner and all admins.
    Leaders,
    /// The owner and admins with one of these rights.
    With(&'static [&'static str]),
    /// The owner.
    Owner,
    /// Nobody: channels have no such thing.
    Nobody,
}

use May::{All, Followers, Leaders, Nobody, With};

impl May {
    /// How a role is answered. To who does not follow it, and to who follows it and does not run it, there is nothing that only others may.
    fn answer(self, role: Role) -> &'static str {
        match (self, role) {
            (Nobody, _) => "not_a_group",
            (All, Role::Banned) => "banned",
            (All, _) => DONE,
            (_, Role::Banned | Role::Outsider) | (With(_) | May::Owner, Role::Subscriber) => NOT_THERE,
            (Followers, _) | (_, Role::Owner) | (Leaders, Role::Admin(_)) => DONE,
            (Leaders, Role::Subscriber) => "forbidden",
            (With(rights), Role::Admin(Some(right))) if rights.contains(&right) => DONE,
            (With(_), Role::Admin(_)) => MISSING,
            (May::Owner, Role::Admin(_)) => "owner_only",
        }
    }
}

/// Rights that only admins of channels have.
const OF_CHANNELS: [&str; 2] = ["post_messages", "edit_messages"];

const POST: May = With(&["post_messages"]);
const EDIT: May = With(&["edit_messages"]);
const DELETE: May = With(&["delete_messages"]);
const PIN: May = With(&["pin_messages"]);
const INFO: May = With(&["change_info"]);
const LINKS: May = With(&["manage_links"]);
const BAN: May = With(&["restrict_members"]);

/// Method and path behind the chat, what is asked for, and who may. Message 1 is the owner's, `{own}` one that the admin who asks posted when that was
/// allowed; `{victim}` follows the channel, `{newcomer}` does not, `{bare}` is an admin without rights, `{notes}` are the saved messages of who asks.
const IN_A_CHANNEL: [(&str, &str, May); 50] = [
    // Reading.
    ("GET /", "", Followers),
    ("GET /messages", "", Followers),
    ("GET /messages/1", "", Followers),
    ("GET /updates?after=0", "", Followers),
    ("GET /search?q=news", "", Followers),
    ("GET /pins", "", Followers),
    ("GET /settings", "", Followers),
    ("POST /read", r#"{"up_to":2}"#, Followers),
    ("POST /views", r#"{"messages":[1]}"#, Followers),
    ("POST /typing", r#"{"action":"typing"}"#, Followers),
    (
        "POST /v1/chats/{notes}/forward",
        r#"{"from_chat":"{chat}","messages":[1]}"#,
        Followers,
    ),
    // Who posts, follows, runs it.
    ("GET /members", "", Leaders),
    ("GET /members?as_of=2100-01-01T00:00:00Z", "", Leaders),
    ("GET /messages?from={owner}", "", Nobody),
    ("GET /search?q=news&from={owner}", "", Nobody),
    ("GET /messages/1/readers", "", Nobody),
    // Posting.
    ("POST /messages", r#"{"text":"more"}"#, POST),
    ("POST /messages", r#"{"text":"indeed","reply_to":1}"#, POST),
    ("POST /forward", r#"{"from_chat":"{chat}","messages":[1]}"#, POST),
    (
        "PATCH /messages/{own}",
        r#"{"text":"better"}"#,
        With(&["post_messages", "edit_messages"]),
    ),
    ("PATCH /messages/1", r#"{"text":"better"}"#, EDIT),
    ("DELETE /messages/{own}", "", With(&["post_messages", "delete_messages"])),
    ("DELETE /messages/1", "", DELETE),
    ("POST /messages/delete", r#"{"messages":[1]}"#, DELETE),
    ("PUT /pins/1", "", PIN),
    ("DELETE /pins/1", "", PIN),
    ("DELETE /pins", "", PIN),
    // What it says of itself.
    ("PATCH /", r#"{"title":"Journal"}"#, INFO),
    ("PUT /description", r#"{"description":"about us"}"#, INFO),
    ("DELETE /description", "", INFO),
    ("PUT /protection", "", INFO),
    ("DELETE /protection", "", INFO),
    ("PUT /username", r#"{"username":"journal"}"#, INFO),
    ("DELETE /username", "", INFO),
    // Who comes, goes, is kept out.
    ("POST /subscribe", "", All),
    ("POST /leave", "", Followers),
    ("POST /links", "{}", LINKS),
    ("GET /links", "", LINKS),
    ("PUT /links/1", r#"{"name":"at the door"}"#, LINKS),
    ("DELETE /links/1", "", LINKS),
    ("GET /bans", "", BAN),
    ("PUT /bans/{victim}", "{}", BAN),
    ("DELETE /bans/{victim}", "", BAN),
    ("POST /members", r#"{"account":{newcomer}}"#, Nobody),
    ("DELETE /members/{victim}", "", Nobody),
    ("PUT /restrictions/{victim}", r#"{"denied":["write"]}"#, Nobody),
    ("PUT /permissions", r#"{"denied":["write"]}"#, Nobody),
    ("PUT /slow-mode", r#"{"seconds":30}"#, Nobody),
    // Who runs it.
    ("PATCH /members/{victim}", r#"{"role":"admin","rights":[]}"#, With(&["promote"])),
    ("POST /owner", r#"{"account":{bare}}"#, May::Owner),
];

/// Those who ask, and those who are asked about.
struct Cast {
    asking: Vec<(Role, Person)>,
    victim: Person,
    newcomer: Person,
}

/// A channel, with everybody in their role.
struct Channel {
    id: String,
    /// Who posted what.
    posts: HashMap<i64, i64>,
}

impl Cast {
    async fn of(world: &mut World) -> Self {
        let [owner, subscriber, outsider, banned, victim, newcomer, bare, admins @ ..]: [Person; 17] = people(world).await;
        let rights = RIGHTS.into_iter().chain(OF_CHANNELS).map(Some);
        let admins = rights.zip(admins).map(|(right, person)| (Role::Admin(right), person));
        let others = [
            (Role::Banned, banned),
            (Role::Outsider, outsider),
            (Role::Subscriber, subscriber),
            (Role::Admin(None), bare),
        ];
        Self {
            asking: others.into_iter().chain(admins).chain([(Role::Owner, owner)]).collect(),
            victim,
            newcomer,
        }
    }

    fn one(&self, role: Role) -> &Person {
        let found = self.asking.iter().find(|(other, _)| *other == role);
        &found.expect("there is one in each role").1
    }

    /// Makes a channel by what is public, or not.
    async fn channel(&self, world: &World, username: Option<&str>) -> Channel {
        let owner = &self.one(Role::Owner).phone;
        let made = owner.client.post("/v1/channels", &json!({"title": "Gazette"})).await.accepted();
        let mut channel = Channel {
            id: made["chat"]["id"].as_str().expect("an id").to_owned(),
            posts: HashMap::new(),
        };
        let at = |path: &str| format!("/v1/chats/{}{path}", channel.id);
        assert_eq!(owner.send(&channel.id, "news").await, 1);
        let link = owner.client.post(at("/links"), &json!({})).await.accepted();
        let followers = self.asking.iter().filter(|(role, _)| !matches!(role, Role::Owner | Role::Outsider));
        for person in followers.map(|(_, person)| person).chain([&self.victim]) {
            let token = json!({"token": link["link"]["token"]});
            person.phone.client.post("/v1/join", &token).await.accepted();
        }
        if let Some(username) = username {
            let wish = json!({"username": username});
            eventually("it is public", async || {
                let asked = owner.client.put(at("/username"), &wish).await;
                (asked.status == 200).then_some(())
            })
            .await;
        }
        owner.client.get(at("")).at(&world.now().await).await.accepted();
        for (role, person) in &self.asking {
            match role {
                Role::Admin(right) => {
                    promote(owner, &channel.id, person, &["post_messages"]).await;
                    let post = person.phone.send(&channel.id, "mine").await;
                    channel.posts.insert(person.account, post);
                    promote(owner, &channel.id, person, right.as_slice()).await;
                }
                Role::Banned => drop(
                    owner
                        .client
                        .put(at(&format!("/bans/{}", person.account)), &json!({}))
                        .await
                        .accepted(),
                ),
                Role::Outsider | Role::Subscriber | Role::Owner => {}
            }
        }
        eventually("who is banned follows it no more", async || {
            let seen = self.one(Role::Banned).phone.client.get(at("")).await;
            (seen.code() == Some(NOT_THERE)).then_some(())
        })
        .await;
        channel
    }

    /// What stands for whom, where somebody asks.
    fn places(&self, channel: &Channel, asking: &Person) -> [(&'static str, String); 7] {
        let own = channel.posts.get(&asking.account).unwrap_or(&1);
        [
            ("{chat}", channel.id.clone()),
            ("{own}", own.to_string()),
            ("{notes}", direct_id(asking, asking)),
            ("{owner}", self.one(Role::Owner).account.to_string()),
            ("{bare}", self.one(Role::Admin(None)).account.to_string()),
            ("{victim}", self.victim.account.to_string()),
            ("{newcomer}", self.newcomer.account.to_string()),
        ]
    }
}

async fn promote(owner: &heliograph_tests::Device, chat: &str, person: &Person, rights: &[&str]) {
    let role = json!({"role": "admin", "rights": rights});
    let path = format!("/v1/chats/{chat}/members/{}", person.account);
    owner.client.patch(path, &role).await.accepted();
}

story!(in_a_channel_each_role_may_do_what_it_may, |world| {
    let cast = Cast::of(world).await;
    for (what, body, may) in IN_A_CHANNEL {
        let channel = cast.channel(world, matches!(may, All).then_some("gazette")).await;
        let now = world.now().await;
        // Those who may not come first: what is done already changes nothing, whoever asks for it.
        let (may_not, may_do) = cast.asking.iter().partition::<Vec<_>, _>(|(role, _)| may.answer(*role) != DONE);
        for (role, person) in may_not.into_iter().chain(may_do) {
            let places = cast.places(&channel, person);
            let answer = ask(&person.phone.client, &channel.id, what, body, &places, &now).await;
            answers(&answer, may.answer(*role), &format!("{role:?}: {what} {body}"));
        }
    }
});

story!(nothing_that_a_channel_says_tells_who_runs_it, |world| {
    let [owner, poster, reader] = people(world).await;
    let made = owner
        .phone
        .client
        .post("/v1/channels", &json!({"title": "Gazette"}))
        .await
        .accepted();
    let chat = made["chat"]["id"].as_str().expect("an id").to_owned();
    let at = |path: &str| format!("/v1/chats/{chat}{path}");
    let link = owner.phone.client.post(at("/links"), &json!({})).await.accepted();
    for person in [&poster, &reader] {
        let token = json!({"token": link["link"]["token"]});
        person.phone.client.post("/v1/join", &token).await.accepted();
    }
    owner.phone.client.get(at("")).at(&world.now().await).await.accepted();
    promote(&owner.phone, &chat, &poster, &["post_messages", "change_info", "pin_messages"]).await;
    let post = poster.phone.send(&chat, "news from the poster").await;
    let answer = json!({"text": "indeed", "reply_to": post, "quote": {"offset": 0, "length": 4}});
    owner.phone.client.post(at("/messages"), &answer).await.accepted();
    poster.phone.edit(&chat, post, "news").await.accepted();
    poster.phone.client.put(at(&format!("/pins/{post}")), &json!({})).await.accepted();
    poster.phone.client.patch(at(""), &json!({"title": "Journal"})).await.accepted();
    poster
        .phone
        .client
        .post(at("/typing"), &json!({"action": "typing"}))
        .await
        .accepted();
    let last = poster.phone.send(&chat, "the last").await;
    poster.phone.client.post(at("/read"), &json!({"up_to": last})).await.accepted();
    let now = world.now().await;
    let notes = format!("/v1/chats/{}/forward", direct_id(&reader, &reader));
    let mut told = vec![
        reader
            .phone
            .client
            .post(notes, &json!({"from_chat": chat, "messages": [post, last]}))
            .await
            .text,
    ];
    for path in [at(""), at("/messages"), at("/pins"), at("/updates?after=0"), "/v1/sync".to_owned()] {
        let answer = reader.phone.client.get(path).at(&now).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        told.push(answer.text);
    }
    for text in told {
        for person in [&owner, &poster] {
            assert!(!text.contains(&person.account.to_string()), "{}: {text}", person.name);
        }
    }
    let signals = reader.phone.knows(|view| view.signals.clone());
    assert!(signals.iter().all(|signal| signal["type"] != "typing"), "{signals:?}");
});
