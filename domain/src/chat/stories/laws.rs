//! What holds whatever happens.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::aggregate::Aggregate;
use crate::chat::{LINKS_MAX, MEMBERS_MAX, PINS_MAX, SlowMode, Terms};
use crate::id::{LinkId, MessageId};
use crate::testing::{NOON, account};

fn anybody() -> impl Strategy<Value = AccountId> {
    (1..=6i64).prop_map(account)
}

fn any_right() -> impl Strategy<Value = Right> {
    prop::sample::select(Right::ALL.to_vec())
}

fn any_permissions() -> impl Strategy<Value = BTreeSet<Permission>> {
    btree_set(prop::sample::select(Permission::ALL.to_vec()), 0..4)
}

/// Past, near, far, for ever.
fn any_end() -> impl Strategy<Value = Option<Timestamp>> {
    prop::sample::select(vec![None, Some(NOON), Some(NOON.plus_seconds(60)), Some(NOON.plus_seconds(86_400))])
}

fn any_terms() -> impl Strategy<Value = Terms> {
    (option::of(1..3u32), any_end(), any::<bool>()).prop_map(|(uses_max, until, requests)| Terms {
        uses_max: uses_max.and_then(NonZeroU32::new),
        until,
        requests,
    })
}

fn any_link() -> impl Strategy<Value = LinkId> {
    (1..=3i64).prop_map(|number| LinkId::new(number).expect("a small number"))
}

fn any_digit() -> impl Strategy<Value = char> {
    prop::sample::select(vec!['a', 'b', 'c'])
}

/// What who leads a group asks beside roles.
fn any_rule() -> impl Strategy<Value = Command> {
    prop_oneof![
        anybody().prop_map(pass_on),
        any_permissions().prop_map(|denied| Command::Permit { denied }),
        (0..100u32).prop_map(|seconds| Command::SlowDown {
            pause: SlowMode::new(seconds).expect("short")
        }),
        any::<bool>().prop_map(|protected| Command::Protect { protected }),
        (anybody(), any_permissions(), any_end()).prop_map(|(account, denied, until)| restrict(account, denied, until)),
        (anybody(), any_end()).prop_map(|(account, until)| ban(account, until)),
        anybody().prop_map(unban),
        (any_digit(), any_terms()).prop_map(|(digit, terms)| make_link(digit, terms)),
        (any_link(), any_terms()).prop_map(|(link, terms)| Command::ChangeLink { link, terms, name: None }),
        any_link().prop_map(|link| Command::RevokeLink { link }),
        anybody().prop_map(approve),
        anybody().prop_map(decline),
    ]
}

fn any_deed() -> impl Strategy<Value = Command> {
    prop_oneof![8 => any_command(), 2 => any_digit().prop_map(join)]
}

fn any_role() -> impl Strategy<Value = Role> {
    prop_oneof![
        Just(Role::Owner),
        Just(Role::Member),
        btree_set(any_right(), 0..5).prop_map(Role::Admin)
    ]
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        1 => vec(anybody(), 0..4).prop_map(create),
        1 => Just(rename()),
        3 => anybody().prop_map(add),
        1 => anybody().prop_map(remove),
        1 => Just(Command::Leave),
        3 => (anybody(), any_role()).prop_map(|(account, role)| set_role(account, role)),
        3 => Just(say("hi")),
        1 => (1..9i64).prop_map(|number| answer(number, "yes")),
        1 => (1..9i64).prop_map(|number| edit(number, "no")),
        1 => vec(1..9i64, 0..3).prop_map(delete),
        6 => any_rule(),
        1 => (1..9i64).prop_map(|number| Command::Pin { message: message(number) }),
        1 => (1..9i64).prop_map(|number| Command::Unpin { message: message(number) }),
        1 => Just(Command::UnpinAll),
        1 => (1..9i64).prop_map(|number| Command::React { message: message(number), reactions: Vec::new() }),
    ]
}

fn any_chat() -> impl Strategy<Value = ChatId> {
    prop_oneof![
        6 => Just(GROUP),
        1 => Just(ChatId::direct(account(1), account(2))),
        1 => Just(ChatId::direct(account(1), account(1))),
    ]
}

/// Lets everybody ask for everything; what is not refused happens.
fn live(chat: ChatId, commands: Vec<(AccountId, Command)>) -> (Story<Chat>, Vec<Event>) {
    let mut history = Vec::new();
    let mut story = Story::of(chat);
    for (by, command) in commands {
        if let Ok(events) = story.when(by, command).0 {
            history.extend(events.clone());
            story = story.given(events);
        }
    }
    (story, history)
}

fn owners(chat: &Chat) -> usize {
    chat.members.values().filter(|member| member.role == Role::Owner).count()
}

proptest! {
    #[test]
    fn a_group_with_members_has_one_owner(commands in vec((anybody(), any_deed()), 0..60)) {
        let (story, _) = live(GROUP, commands);
        prop_assert_eq!(owners(&story.state), usize::from(!story.state.members.is_empty()));
        prop_assert!(story.state.members.len() <= MEMBERS_MAX);
    }

    #[test]
    fn message_ids_are_dense_from_one(chat in any_chat(), commands in vec((anybody(), any_deed()), 0..60)) {
        let (story, history) = live(chat, commands);
        let ids: Vec<MessageId> = history
            .iter()
            .filter_map(|event| match event {
                Event::MessageSent(sent) => Some(sent.message),
                other => other.service().map(|(message, _)| message),
            })
            .collect();
        let dense: Vec<MessageId> = (1i64..).take(ids.len()).map(message).collect();
        prop_assert_eq!(story.state.top, ids.last().copied());
        prop_assert_eq!(ids, dense);
    }

    #[test]
    fn a_membership_tells_how_many_there_are_then(commands in vec((anybody(), any_deed()), 0..60)) {
        let (_, history) = live(GROUP, commands);
        let mut story = given([]);
        for event in history {
            let told = match &event {
                Event::MemberAdded(added) => added.count,
                Event::MemberRemoved(gone) | Event::MemberLeft(gone) => gone.count,
                _ => None,
            };
            story = story.given([event]);
            if let Some(count) = told {
                prop_assert_eq!(count as usize, story.state.members.len());
            }
        }
    }

    #[test]
    fn nobody_who_is_banned_or_asks_to_join_is_a_member(commands in vec((anybody(), any_deed()), 0..60)) {
        let (story, _) = live(GROUP, commands);
        let state = story.state;
        prop_assert!(state.members.keys().all(|account| !state.standing.bans(*account, NOON)));
        prop_assert!(state.links.requests.keys().all(|account| !state.members.contains_key(account)));
        prop_assert!(state.links.requests.keys().all(|account| !state.standing.bans(*account, NOON)));
        prop_assert!(state.links.live.len() <= LINKS_MAX);
    }

    #[test]
    fn pinned_is_what_was_said_and_is_there_once_each(chat in any_chat(), commands in vec((anybody(), any_deed()), 0..60)) {
        let (story, _) = live(chat, commands);
        let pins = &story.state.pins;
        let each: std::collections::BTreeSet<MessageId> = pins.iter().copied().collect();
        prop_assert!(each.len() == pins.len() && pins.len() <= PINS_MAX);
        prop_assert!(each.iter().all(|pin| story.known.messages.get(pin).is_some_and(|message| !message.deleted)));
    }

    #[test]
    fn a_chat_comes_into_being_first_and_once(chat in any_chat(), commands in vec((anybody(), any_deed()), 0..60)) {
        let (_, history) = live(chat, commands);
        let births: Vec<usize> = (0..history.len()).filter(|at| matches!(history[*at], Event::Created(_))).collect();
        prop_assert_eq!(births, if history.is_empty() { vec![] } else { vec![0] });
    }

    #[test]
    fn a_state_is_the_same_from_a_snapshot_and_the_tail(
        chat in any_chat(),
        commands in vec((anybody(), any_deed()), 0..60),
        cut in any::<prop::sample::Index>(),
    ) {
        let (story, history) = live(chat, commands);
        let (head, tail) = history.split_at(cut.index(history.len() + 1));
        let snapshot = serde_json::to_string(&Story::<Chat>::of(chat).given(head.to_vec()).state).expect("a state is stored as JSON");
        let mut again: Chat = serde_json::from_str(&snapshot).expect("and read back");
        for event in tail {
            again.evolve(event);
        }
        prop_assert_eq!(again, story.state);
    }

    #[test]
    fn nobody_outside_of_a_group_changes_it(commands in vec((anybody(), any_deed()), 1..60), command in any_command()) {
        let (story, history) = live(GROUP, commands);
        prop_assume!(!history.is_empty());
        prop_assert!(story.when(account(7), command).0.is_err());
    }
}
