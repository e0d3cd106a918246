//! What holds for a client whatever it is told: told again, nothing changes; told too little, it asks.

use reference::{Gap, State};
use serde_json::{Value, json};

const ME: i64 = 7;

fn message(id: i64, from: i64, text: &str) -> Value {
    json!({"id": id, "from": from, "sent_at": 1000 + id, "text": text})
}

/// A group with five messages, of which the second and the fourth are deleted, and the first was read.
fn group() -> Value {
    json!({
        "id": "g-1", "kind": "group", "title": "Hikers", "members": 3, "role": "member", "denied": ["pin_messages"], "slow_mode": 0,
        "protected": false, "unread": 2, "not_counted": [2, 4], "read_up_to": 1,
        "mention_count": 1, "mentions": [3], "cleared_up_to": 0, "marked_unread": true, "archived": false, "pins": [3, 1], "top_message": 5,
        "last": message(5, 8, "five"), "joined_at": 900, "active_at": 1005,
    })
}

fn snapshot(chats: &[Value]) -> State {
    let me = json!({"account": {"id": ME, "name": "Me", "bio": null, "bot": false, "username": null, "created_at": 1}, "device": 2});
    State::from_snapshot(&json!({
        "cursor": {"epoch": 1, "seq": 10, "at": 1001}, "me": me, "privacy": {}, "contacts": [], "blocked": [], "devices": [],
        "chats": chats, "users": [],
    }))
}

fn told(state: &mut State, updates: &[Value]) {
    for update in updates {
        let mut update = update.clone();
        update["at"] = json!(2000);
        state.apply(state.cursor.seq + 1, &update).expect("the next");
    }
}

fn sent(id: i64, from: i64) -> Value {
    json!({"type": "message_sent", "chat": "g-1", "message": message(id, from, "said")})
}

fn deleted(messages: &[i64]) -> Value {
    json!({"type": "messages_deleted", "chat": "g-1", "messages": messages, "by": 8})
}

fn shown(state: &State) -> Value {
    state.shown()["chats"][0].clone()
}

#[test]
fn a_snapshot_shows_what_it_was_told() {
    assert_eq!(shown(&snapshot(&[group()])), group());
}

#[test]
fn what_a_snapshot_includes_already_changes_nothing_when_it_is_told_again() {
    let mut state = snapshot(&[group()]);
    let five = json!({"type": "message_sent", "chat": "g-1", "message": message(5, 8, "five")});
    told(&mut state, &[sent(4, 8), five, deleted(&[4])]);
    assert_eq!(shown(&state), group());
    assert_eq!(state.wants().count(), 0);
}

#[test]
fn counts_follow_from_ids() {
    let mut state = snapshot(&[group()]);
    told(&mut state, &[sent(6, 8), sent(7, 8), deleted(&[6])]);
    let chat = shown(&state);
    assert_eq!(
        (&chat["unread"], &chat["not_counted"], &chat["active_at"]),
        (&json!(3), &json!([2, 4, 6]), &json!(1007))
    );
    told(
        &mut state,
        &[json!({"type": "chat_read", "chat": "g-1", "account": ME, "up_to": 5, "by": ME})],
    );
    let chat = shown(&state);
    assert_eq!(
        (&chat["unread"], &chat["not_counted"], &chat["read_up_to"]),
        (&json!(1), &json!([6]), &json!(5))
    );
    told(&mut state, &[sent(8, ME)]);
    assert_eq!((&shown(&state)["unread"], &shown(&state)["read_up_to"]), (&json!(0), &json!(8)));
}

#[test]
fn when_the_last_message_goes_the_one_before_shows_or_is_asked_for() {
    let mut state = snapshot(&[group()]);
    told(&mut state, &[sent(6, 8), deleted(&[6])]);
    assert_eq!(shown(&state)["last"]["id"], 5);
    told(&mut state, &[deleted(&[5])]);
    assert_eq!(state.wants().collect::<Vec<_>>(), ["g-1"]);
    let mut fresh = group();
    fresh["last"] = message(3, 8, "three");
    state.fetched("g-1", Some(&fresh));
    assert_eq!((state.wants().count(), &shown(&state)["last"]["id"]), (0, &json!(3)));
}

#[test]
fn more_than_can_be_told_is_counted_upwards_and_else_asked_for() {
    let mut group = group();
    (group["not_counted"], group["unread"]) = (json!(null), json!(250));
    let mut state = snapshot(&[group]);
    told(&mut state, &[sent(6, 8)]);
    assert_eq!((&shown(&state)["unread"], state.wants().count()), (&json!(251), 0));
    told(&mut state, &[deleted(&[6])]);
    assert_eq!(state.wants().count(), 1);
}

#[test]
fn who_comes_back_asks_and_who_leaves_forgets() {
    let mut state = snapshot(&[group()]);
    told(
        &mut state,
        &[json!({"type": "member_removed", "chat": "g-1", "account": ME, "by": 8})],
    );
    assert!(state.chats.is_empty());
    told(
        &mut state,
        &[json!({"type": "chat_read", "chat": "g-1", "account": ME, "up_to": 5, "by": ME})],
    );
    assert_eq!(state.wants().count(), 0);
    told(
        &mut state,
        &[json!({"type": "member_added", "chat": "g-1", "account": ME, "role": "member", "by": 8})],
    );
    assert_eq!(state.wants().collect::<Vec<_>>(), ["g-1"]);
    state.fetched("g-1", None);
    assert_eq!(state.wants().count(), 0);
}

#[test]
fn numbers_are_applied_once_and_without_a_gap() {
    let mut state = snapshot(&[group()]);
    let gap = state.apply(12, &sent(6, 8));
    assert_eq!(gap, Err(Gap { expected: 11, found: 12 }));
    state.apply(10, &sent(6, 8)).expect("it was applied before");
    assert_eq!(shown(&state), group());
    state
        .apply(11, &json!({"type": "of a later version", "at": 2000}))
        .expect("the next");
    assert_eq!((state.cursor.seq, state.cursor.at), (11, Some(2000)));
}

#[test]
fn what_is_cleared_or_hidden_is_not_unread() {
    let mut state = snapshot(&[group()]);
    told(
        &mut state,
        &[json!({"type": "messages_hidden", "chat": "g-1", "messages": [3], "by": ME})],
    );
    let chat = shown(&state);
    assert_eq!(
        (&chat["unread"], &chat["not_counted"], &chat["mentions"]),
        (&json!(1), &json!([2, 3, 4]), &json!([]))
    );
    told(&mut state, &[json!({"type": "chat_cleared", "chat": "g-1", "up_to": 5, "by": ME})]);
    let chat = shown(&state);
    assert_eq!(
        (&chat["unread"], &chat["not_counted"], chat.get("last")),
        (&json!(0), &json!([]), None)
    );
    assert_eq!(state.wants().count(), 0);
}

#[test]
fn mentions_are_counted_by_their_messages() {
    let mut state = snapshot(&[group()]);
    let mut mention = sent(6, 8);
    mention["message"]["mentions"] = json!([ME]);
    told(&mut state, &[mention.clone(), mention]);
    assert_eq!(
        (&shown(&state)["mention_count"], &shown(&state)["mentions"]),
        (&json!(2), &json!([3, 6]))
    );
    told(&mut state, &[deleted(&[3])]);
    assert_eq!((&shown(&state)["mentions"], &shown(&state)["pins"]), (&json!([6]), &json!([1])));
}

#[test]
fn ones_own_reactions_stay_ones_own() {
    let mut state = snapshot(&[group()]);
    let reacted = |account: i64, chosen: &[&str], counts: &[(&str, i64)]| {
        let counts: Vec<Value> = counts
            .iter()
            .map(|(emoji, count)| json!({"emoji": emoji, "count": count}))
            .collect();
        json!({"type": "reaction_changed", "chat": "g-1", "message": 5, "account": account, "chosen": chosen, "reactions": counts})
    };
    told(
        &mut state,
        &[reacted(ME, &["a"], &[("a", 1)]), reacted(8, &["a", "b"], &[("a", 2), ("b", 1)])],
    );
    let expected = json!([{"emoji": "a", "count": 2, "mine": true}, {"emoji": "b", "count": 1}]);
    assert_eq!(shown(&state)["last"]["reactions"], expected);
    told(&mut state, &[reacted(ME, &[], &[]), reacted(8, &[], &[])]);
    assert_eq!(shown(&state)["last"].get("reactions"), None);
}

#[test]
fn where_many_follow_ones_own_reactions_show_before_they_are_counted() {
    let mut state = snapshot(&[group()]);
    let reacted = |chosen: &[&str]| json!({"type": "reaction_changed", "chat": "g-1", "message": 5, "account": ME, "chosen": chosen});
    let counted = json!({"type": "reaction_changed", "chat": "g-1", "message": 5, "account": 8, "chosen": ["a"], "reactions": [{"emoji": "a", "count": 3}]});
    told(&mut state, &[counted, reacted(&["b", "a"])]);
    let expected = json!([{"emoji": "a", "count": 3, "mine": true}, {"emoji": "b", "count": 0, "mine": true}]);
    assert_eq!(shown(&state)["last"]["reactions"], expected);
    told(&mut state, &[reacted(&[])]);
    assert_eq!(shown(&state)["last"]["reactions"], json!([{"emoji": "a", "count": 3}]));
}

#[test]
fn pinned_chats_come_first_in_their_order() {
    let chat = |id: &str, active_at: i64| {
        let mut chat = group();
        (chat["id"], chat["active_at"]) = (json!(id), json!(active_at));
        chat
    };
    let mut state = snapshot(&[chat("g-3", 30), chat("g-2", 20), chat("g-1", 10)]);
    told(
        &mut state,
        &[json!({"type": "chats_pinned", "chats": ["g-1", "g-2", "g-9"], "by": ME})],
    );
    let shown = state.shown();
    let listed: Vec<&Value> = shown["chats"].as_array().expect("a list").iter().map(|chat| &chat["id"]).collect();
    assert_eq!(listed, ["g-1", "g-2", "g-3"]);
    // It has moved to the front: no page that is to come has it.
    assert_eq!(state.wants().collect::<Vec<_>>(), ["g-9"]);
}

#[test]
fn what_a_group_allows_is_as_it_was_told_last() {
    let mut state = snapshot(&[group()]);
    let told_of = |kind: &str, fields: Value| {
        let mut update = json!({"type": kind, "chat": "g-1", "by": 8});
        update
            .as_object_mut()
            .expect("an object")
            .extend(fields.as_object().expect("fields").clone());
        update
    };
    let restricted =
        |account: i64, denied: &[&str]| told_of("member_restricted", json!({"account": account, "denied": denied, "until": 9}));
    told(
        &mut state,
        &[
            told_of("permissions_changed", json!({"denied": ["write"]})),
            told_of("slow_mode_changed", json!({"seconds": 30})),
            told_of("protection_changed", json!({"protected": true})),
            told_of("role_changed", json!({"account": ME, "role": "admin", "rights": ["promote"]})),
            restricted(8, &["react"]),
        ],
    );
    let chat = shown(&state);
    let rules = json!([chat["denied"], chat["slow_mode"], chat["protected"], chat["role"], chat["rights"]]);
    assert_eq!(rules, json!([["write"], 30, true, "admin", ["promote"]]));
    assert_eq!(chat.get("restricted"), None, "it is not about this account");
    told(&mut state, &[restricted(ME, &["react"])]);
    assert_eq!(shown(&state)["restricted"], json!({"denied": ["react"], "until": 9}));
    let member = told_of("role_changed", json!({"account": ME, "role": "member"}));
    told(&mut state, &[restricted(ME, &[]), member]);
    let chat = shown(&state);
    assert_eq!(
        (&chat["role"], chat.get("rights"), chat.get("restricted")),
        (&json!("member"), None, None)
    );
}

#[test]
fn a_new_group_begins_with_what_is_told_of_it() {
    let mut state = snapshot(&[]);
    let created = json!({
        "type": "chat_created", "chat": "g-2", "kind": "group", "title": "New", "created_at": 1900, "by": 8, "denied": ["pin_messages"],
        "members": [{"account": 8, "role": "owner"}, {"account": ME, "role": "member"}],
    });
    told(&mut state, &[created]);
    let chat = shown(&state);
    let rules = json!([chat["denied"], chat["slow_mode"], chat["protected"], chat["role"]]);
    assert_eq!(rules, json!([["pin_messages"], 0, false, "member"]));
}

/// A channel that stands at its seventh update.
fn channel() -> Value {
    let mut channel = group();
    (channel["id"], channel["kind"], channel["head"]) = (json!("c-1"), json!("channel"), json!(7));
    channel["last"] = json!({"id": 5, "sent_at": 1005, "text": "five", "views": 2});
    channel
}

fn post(id: i64) -> Value {
    json!({"type": "message_sent", "chat": "c-1", "message": {"id": id, "sent_at": 1000 + id, "text": "said", "views": 0}, "at": 2000})
}

#[test]
fn a_chats_own_sequence_is_applied_once_and_without_a_gap() {
    let mut state = snapshot(&[channel()]);
    assert_eq!(state.apply_chat("c-1", 9, &[post(6)]), Err(Gap { expected: 8, found: 9 }));
    state.apply_chat("c-1", 7, &[post(5), post(6)]).expect("the second is the next");
    let chat = shown(&state);
    assert_eq!(
        (&chat["head"], &chat["unread"], &chat["last"]["id"]),
        (&json!(8), &json!(3), &json!(6))
    );
    assert_eq!(state.chats["c-1"].last_update(), Some(8));
    state.lost("c-1");
    assert_eq!(state.wants().collect::<Vec<_>>(), ["c-1"]);
}

#[test]
fn a_chat_that_is_followed_and_not_kept_is_fetched() {
    let mut state = snapshot(&[channel()]);
    state.apply_chat("c-2", 1, &[post(1)]).expect("it is not kept");
    state.follows(&["c-1".to_owned(), "c-3".to_owned()]);
    assert_eq!(state.wants().collect::<Vec<_>>(), ["c-2", "c-3"]);
}

#[test]
fn who_posts_in_a_channel_is_told_so_by_its_own_updates() {
    let mut state = snapshot(&[channel()]);
    state.apply_chat("c-1", 8, &[post(6)]).expect("the next");
    assert_eq!(shown(&state)["unread"], 3);
    told(
        &mut state,
        &[json!({"type": "draft_changed", "chat": "c-1", "draft": {"text": "a"}}), post(6)],
    );
    let chat = shown(&state);
    assert_eq!(
        (&chat["unread"], &chat["read_up_to"], chat.get("draft")),
        (&json!(0), &json!(6), None)
    );
}

#[test]
fn what_happened_before_a_group_had_its_own_sequence_is_included_by_what_was_fetched_later() {
    let mut grown = group();
    grown["head"] = json!(3);
    let renamed = |title: &str| json!({"type": "chat_renamed", "chat": "g-1", "title": title, "at": 2000});
    let mut state = snapshot(&[grown]);
    let begun = json!({"type": "sequence_begun", "chat": "g-1"});
    told(&mut state, &[renamed("before"), begun.clone(), sent(5, ME)]);
    let chat = shown(&state);
    assert_eq!(
        (&chat["title"], &chat["head"], &chat["read_up_to"]),
        (&json!("Hikers"), &json!(3), &json!(5))
    );
    let mut state = snapshot(&[group()]);
    told(&mut state, &[renamed("before"), begun, renamed("of the device no more")]);
    state.apply_chat("g-1", 1, &[renamed("behind")]).expect("the first");
    assert_eq!((&shown(&state)["title"], &shown(&state)["head"]), (&json!("behind"), &json!(1)));
}

#[test]
fn what_was_hidden_before_it_was_told_stays_hidden() {
    let mut state = snapshot(&[channel()]);
    told(&mut state, &[json!({"type": "messages_hidden", "chat": "c-1", "messages": [6]})]);
    state.apply_chat("c-1", 8, &[post(6)]).expect("the next");
    let chat = shown(&state);
    assert_eq!(
        (&chat["last"]["id"], &chat["unread"], &chat["not_counted"]),
        (&json!(5), &json!(2), &json!([2, 4, 6]))
    );
}

#[test]
fn views_only_rise() {
    let mut state = snapshot(&[channel()]);
    let counted = |views: i64| json!({"type": "messages_counted", "chat": "c-1", "messages": [{"id": 5, "views": views}], "at": 2000});
    state.apply_chat("c-1", 8, &[counted(4), counted(3)]).expect("the next");
    assert_eq!(shown(&state)["last"]["views"], 4);
}
