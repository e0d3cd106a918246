//! Who may do what where: every role, every action, every kind of chat.

mod channel;

use heliograph_tests::deadline::eventually;
use heliograph_tests::world::{direct, group};
use heliograph_tests::{Answer, Client, Person, World, story};
use serde_json::{Value, json};

/// It is done.
const DONE: &str = "";

/// Who asks in a group, in the order of the table's columns: its owner, an admin with all rights, one with none, a member, a member who may
/// neither write nor react, and somebody who is not in it.
const ROLES: [&str; 6] = ["owner", "admin", "bare admin", "member", "muted member", "stranger"];

/// The rights that an admin of a group may have.
const RIGHTS: [&str; 8] = [
    "change_info",
    "add_members",
    "remove_members",
    "delete_messages",
    "promote",
    "pin_messages",
    "manage_links",
    "restrict_members",
];

/// Method and path behind the chat, what is asked for, and how each role is answered. `{victim}` is a member, who said message 1, `{newcomer}`
/// somebody whom nobody has added yet.
type Rule = (&'static str, &'static str, [&'static str; 6]);

const MISSING: &str = "missing_right";
const NOT_THERE: &str = "chat_not_found";
/// Whoever is in it.
const MEMBERS: [&str; 6] = [DONE, DONE, DONE, DONE, DONE, NOT_THERE];
/// Who may write.
const WRITERS: [&str; 6] = [DONE, DONE, DONE, DONE, "not_permitted", NOT_THERE];
/// Who has the right.
const RIGHTFUL: [&str; 6] = [DONE, DONE, MISSING, MISSING, MISSING, NOT_THERE];
/// Nobody but the author.
const NOBODY: [&str; 6] = [
    "not_your_message",
    "not_your_message",
    "not_your_message",
    "not_your_message",
    "not_your_message",
    NOT_THERE,
];
/// The owner.
const OWNER: [&str; 6] = [DONE, "owner_only", "owner_only", "owner_only", "owner_only", NOT_THERE];

const IN_A_GROUP: [Rule; 29] = [
    ("GET /", "", MEMBERS),
    ("GET /messages", "", MEMBERS),
    ("GET /members", "", MEMBERS),
    ("GET /settings", "", MEMBERS),
    ("POST /messages", r#"{"text":"hi"}"#, WRITERS),
    ("POST /messages", r#"{"text":"well said","reply_to":1}"#, WRITERS),
    ("PUT /messages/1/reactions", r#"{"reactions":["👍"]}"#, WRITERS),
    ("PATCH /messages/1", r#"{"text":"I never said that"}"#, NOBODY),
    ("DELETE /messages/1", "", RIGHTFUL),
    ("PUT /pins/1", "", RIGHTFUL),
    ("DELETE /pins", "", RIGHTFUL),
    ("PATCH /", r#"{"title":"another"}"#, RIGHTFUL),
    ("PUT /description", r#"{"description":"about us"}"#, RIGHTFUL),
    ("DELETE /description", "", RIGHTFUL),
    ("PUT /permissions", r#"{"denied":["write"]}"#, RIGHTFUL),
    ("PUT /slow-mode", r#"{"seconds":30}"#, RIGHTFUL),
    ("PUT /protection", "", RIGHTFUL),
    ("POST /members", r#"{"account":{newcomer}}"#, RIGHTFUL),
    ("DELETE /members/{victim}", "", RIGHTFUL),
    ("PATCH /members/{victim}", r#"{"role":"admin","rights":[]}"#, RIGHTFUL),
    ("PUT /restrictions/{victim}", r#"{"denied":["write"]}"#, RIGHTFUL),
    ("GET /restrictions", "", RIGHTFUL),
    ("PUT /bans/{victim}", "{}", RIGHTFUL),
    ("GET /bans", "", RIGHTFUL),
    ("POST /links", "{}", RIGHTFUL),
    ("GET /links", "", RIGHTFUL),
    ("GET /requests", "", RIGHTFUL),
    ("POST /owner", r#"{"account":{victim}}"#, OWNER),
    ("POST /leave", "", MEMBERS),
];

/// What a side of a direct chat and somebody else are answered.
const IN_A_DIRECT_CHAT: [(&str, &str, [&str; 2]); 13] = [
    ("GET /", "", [DONE, NOT_THERE]),
    ("GET /messages", "", [DONE, NOT_THERE]),
    ("POST /messages", r#"{"text":"hi"}"#, [DONE, NOT_THERE]),
    ("PUT /messages/1/reactions", r#"{"reactions":["👍"]}"#, [DONE, NOT_THERE]),
    ("PATCH /messages/1", r#"{"text":"no"}"#, ["not_your_message", NOT_THERE]),
    ("PUT /pins/1", "", [DONE, NOT_THERE]),
    ("DELETE /messages/1", "", [DONE, NOT_THERE]),
    ("PATCH /", r#"{"title":"ours"}"#, ["not_a_group", "not_a_group"]),
    ("POST /members", r#"{"account":{newcomer}}"#, ["not_a_group", "not_a_group"]),
    ("PUT /bans/{victim}", "{}", ["not_a_group", "not_a_group"]),
    ("PUT /slow-mode", r#"{"seconds":30}"#, ["not_a_group", "not_a_group"]),
    ("POST /links", "{}", ["not_a_group", "not_a_group"]),
    ("POST /leave", "", ["not_a_group", "not_a_group"]),
];

/// What somebody who keeps notes is answered, and somebody else.
const IN_SAVED_MESSAGES: [(&str, &str, [&str; 2]); 7] = [
    ("GET /", "", [DONE, NOT_THERE]),
    ("POST /messages", r#"{"text":"milk"}"#, [DONE, NOT_THERE]),
    ("PUT /messages/1/reactions", r#"{"reactions":["👍"]}"#, [DONE, NOT_THERE]),
    ("PATCH /messages/1", r#"{"text":"bread"}"#, [DONE, NOT_THERE]),
    ("PUT /pins/1", "", [DONE, NOT_THERE]),
    ("DELETE /messages/1", "", [DONE, NOT_THERE]),
    ("PATCH /", r#"{"title":"notes"}"#, ["not_a_group", "not_a_group"]),
];

/// What stands for whom.
fn named(victim: &Person, newcomer: &Person) -> [(&'static str, String); 2] {
    [
        ("{victim}", victim.account.to_string()),
        ("{newcomer}", newcomer.account.to_string()),
    ]
}

/// Asks for something in a chat, or anywhere by a whole path; with this in its places.
async fn ask(client: &Client, chat: &str, what: &str, body: &str, places: &[(&str, String)], now: &str) -> Answer {
    let filled = |text: &str| places.iter().fold(text.to_owned(), |text, (place, what)| text.replace(place, what));
    let (method, path) = what.split_once(' ').expect("a method and a path");
    let path = match filled(path) {
        whole if whole.starts_with("/v1/") => whole,
        behind => format!("/v1/chats/{chat}{}", behind.trim_end_matches('/')),
    };
    let body: Value = serde_json::from_str(&filled(if body.is_empty() { "{}" } else { body })).expect("JSON");
    match method {
        "GET" => {
            eventually("what is searched is open", async || {
                let answer = client.get(&path).at(now).await;
                (answer.code() != Some("search_unavailable")).then_some(answer)
            })
            .await
        }
        "POST" => client.post(path, &body).await,
        "PUT" => client.put(path, &body).await,
        "PATCH" => client.patch(path, &body).await,
        "DELETE" => client.delete(path).await,
        other => panic!("no method: {other}"),
    }
}

#[track_caller]
fn answers(answer: &Answer, expected: &str, case: &str) {
    if expected == DONE {
        assert!(answer.status.is_success(), "{case}: {} {}", answer.status, answer.text);
    } else {
        assert_eq!(answer.code(), Some(expected), "{case}: {} {}", answer.status, answer.text);
    }
}

/// A group with somebody in each role, and a message of the victim's.
async fn town(owner: &Person, [admin, bare, member, muted]: [&Person; 4], victim: &Person) -> String {
    let chat = group(&owner.phone, "town", &[admin, bare, member, muted, victim]).await;
    let client = &owner.phone.client;
    let none: &[&str] = &[];
    for (person, rights) in [(admin, &RIGHTS[..]), (bare, none)] {
        let role = json!({"role": "admin", "rights": rights});
        client
            .patch(format!("/v1/chats/{chat}/members/{}", person.account), &role)
            .await
            .accepted();
    }
    let mute = json!({"denied": ["write", "react"]});
    client
        .put(format!("/v1/chats/{chat}/restrictions/{}", muted.account), &mute)
        .await
        .accepted();
    assert_eq!(victim.phone.send(&chat, "mine").await, 1, "a group's beginning takes no number");
    chat
}

async fn people<const N: usize>(world: &mut World) -> [Person; N] {
    let mut people = Vec::new();
    for number in 0..N {
        people.push(world.person(&format!("Person {number}")).await);
    }
    people.try_into().expect("as many as were made")
}

story!(in_a_group_each_role_may_do_what_it_may, |world| {
    let [owner, admin, bare, member, muted, stranger, victim, newcomer] = people(world).await;
    let roles = [&owner, &admin, &bare, &member, &muted, &stranger];
    for (what, body, expected) in IN_A_GROUP {
        for ((role, person), expected) in ROLES.iter().zip(roles).zip(expected) {
            let chat = town(&owner, [&admin, &bare, &member, &muted], &victim).await;
            let now = world.now().await;
            let answer = ask(&person.phone.client, &chat, what, body, &named(&victim, &newcomer), &now).await;
            answers(&answer, expected, &format!("{role}: {what} {body}"));
        }
    }
});

story!(in_a_direct_chat_both_sides_may_do_the_same, |world| {
    let [alice, bob, eve] = people(world).await;
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "hi").await;
    let now = world.now().await;
    for (what, body, expected) in IN_A_DIRECT_CHAT {
        for (person, expected) in [&eve, &bob].into_iter().zip([expected[1], expected[0]]) {
            let answer = ask(&person.phone.client, &chat, what, body, &named(&alice, &eve), &now).await;
            answers(&answer, expected, &format!("{}: {what} {body}", person.name));
        }
    }
});

story!(in_saved_messages_one_may_do_everything_alone, |world| {
    let [alice, eve] = people(world).await;
    let chat = direct(&alice.phone, &alice).await;
    alice.phone.send(&chat, "a note").await;
    let now = world.now().await;
    for (what, body, expected) in IN_SAVED_MESSAGES {
        for (person, expected) in [&eve, &alice].into_iter().zip([expected[1], expected[0]]) {
            let answer = ask(&person.phone.client, &chat, what, body, &named(&alice, &eve), &now).await;
            answers(&answer, expected, &format!("{}: {what} {body}", person.name));
        }
    }
});
