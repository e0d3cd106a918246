//! Messages that are sent on.

use std::collections::BTreeMap;

use super::*;
use crate::account::Wishes;
use crate::account::privacy::{Allowed, Privacy};
use crate::actor::Actor;
use crate::aggregate::Aggregate;
use crate::chat::command::{Carried, Forward};
use crate::chat::event::Forwarded;
use crate::chat::{FORWARD_MAX, Kind, Rejection};
use crate::id::{MessageId, RoomId};
use crate::testing::{ALICE, Asks, BOB, CAROL, NOON};

const MARKET: ChatId = ChatId::Group(RoomId::MAX);
const NEWS: ChatId = ChatId::Channel(RoomId::MIN);

fn origin(from: Option<AccountId>) -> Forwarded {
    Forwarded {
        from,
        hidden: false,
        chat: None,
        message: None,
        sent_at: NOON,
    }
}

fn of(author: AccountId, text: &str) -> Carried {
    Carried {
        kind: Kind::Text,
        text: Text::plain(text),
        length: body(text).length(),
        entities: Vec::new(),
        of: author,
        origin: origin(Some(author)),
        protected: false,
    }
}

fn sending(found: impl IntoIterator<Item = (i64, Option<Carried>)>) -> Forward {
    let found: BTreeMap<MessageId, _> = found.into_iter().map(|(id, carried)| (message(id), carried)).collect();
    Forward {
        from: MARKET,
        messages: found.keys().copied().collect(),
        silent: false,
        without_origin: false,
        found,
    }
}

fn town() -> Story<Chat> {
    given([created(ALICE), joined(BOB), said(1, BOB, "one")])
}

fn arrived(number: i64, by: AccountId, of: AccountId, text: &str, forwarded: Option<Forwarded>) -> Event {
    Event::MessageSent(MessageSent {
        length: body(text).length(),
        forwarded: forwarded.map(Box::new),
        ..MessageSent::plain(message(number), by, Sealed::open(of, Text::plain(text)))
    })
}

fn discreet(forwards: Allowed) -> Wishes {
    Wishes {
        privacy: Privacy {
            forwards,
            ..Privacy::default()
        },
        ..Wishes::default()
    }
}

#[test]
fn messages_are_sent_on_in_the_order_of_their_ids_sealed_by_who_wrote_them() {
    let forward = Forward {
        messages: [9, 4, 9].map(message).to_vec(),
        ..sending([(4, Some(of(CAROL, "first"))), (9, Some(of(BOB, "then")))])
    };
    town().when(ALICE, Command::Forward(forward)).happens([
        arrived(2, ALICE, CAROL, "first", Some(origin(Some(CAROL)))),
        arrived(3, ALICE, BOB, "then", Some(origin(Some(BOB)))),
    ]);
}

#[test]
fn a_direct_chat_may_begin_with_what_is_sent_on() {
    let Ok(events) = between(ALICE, BOB)
        .when(ALICE, Command::Forward(sending([(4, Some(of(CAROL, "hi")))])))
        .0
    else {
        panic!("she may write")
    };
    assert!(matches!(&events[..], [Event::Created(_), Event::MessageSent(_)]));
}

#[test]
fn who_wrote_it_is_not_told_where_that_account_does_not_wish_it() {
    let hidden = Forwarded {
        hidden: true,
        ..origin(None)
    };
    for (wish, told) in [
        (discreet(Allowed::Everybody), origin(Some(CAROL))),
        (discreet(Allowed::Contacts), hidden.clone()),
        (discreet(Allowed::Nobody), hidden.clone()),
        (
            Wishes {
                contact: true,
                ..discreet(Allowed::Contacts)
            },
            origin(Some(CAROL)),
        ),
        (
            Wishes {
                blocked: true,
                ..Wishes::default()
            },
            hidden.clone(),
        ),
    ] {
        town()
            .wished(CAROL, ALICE, wish)
            .when(ALICE, Command::Forward(sending([(4, Some(of(CAROL, "hi")))])))
            .happens([arrived(2, ALICE, CAROL, "hi", Some(told))]);
    }
}

#[test]
fn ones_own_words_are_sent_on_by_name_whatever_others_are_told() {
    town()
        .wished(ALICE, ALICE, discreet(Allowed::Nobody))
        .when(ALICE, Command::Forward(sending([(4, Some(of(ALICE, "hi")))])))
        .happens([arrived(2, ALICE, ALICE, "hi", Some(origin(Some(ALICE))))]);
}

#[test]
fn what_was_hidden_once_stays_hidden() {
    let hidden = Forwarded {
        hidden: true,
        ..origin(None)
    };
    let carried = Carried {
        origin: hidden.clone(),
        ..of(CAROL, "hi")
    };
    town()
        .when(ALICE, Command::Forward(sending([(4, Some(carried))])))
        .happens([arrived(2, ALICE, CAROL, "hi", Some(hidden))]);
}

#[test]
fn the_place_is_told_of_channels_and_in_ones_own_notebook() {
    let at = |chat| Forwarded {
        chat: Some(chat),
        message: Some(message(4)),
        ..origin(None)
    };
    // A channel says itself what it says.
    let carried = |chat| Carried {
        origin: Forwarded {
            from: matches!(chat, ChatId::Channel(_)).then_some(CAROL),
            ..at(chat)
        },
        ..of(CAROL, "hi")
    };
    let forward = |chat| Command::Forward(sending([(4, Some(carried(chat)))]));
    town()
        .when(ALICE, forward(NEWS))
        .happens([arrived(2, ALICE, CAROL, "hi", Some(at(NEWS)))]);
    town()
        .when(ALICE, forward(MARKET))
        .happens([arrived(2, ALICE, CAROL, "hi", Some(origin(None)))]);
    let notebook = between(ALICE, ALICE).given([said(1, ALICE, "milk")]);
    let Ok(events) = notebook.when(ALICE, forward(MARKET)).0 else {
        panic!("she may keep it")
    };
    assert!(events.contains(&arrived(2, ALICE, CAROL, "hi", Some(at(MARKET)))));
}

#[test]
fn without_its_origin_it_is_sealed_by_who_wrote_it_all_the_same() {
    let forward = Forward {
        without_origin: true,
        ..sending([(4, Some(of(CAROL, "hi")))])
    };
    town()
        .when(ALICE, Command::Forward(forward))
        .happens([arrived(2, ALICE, CAROL, "hi", None)]);
}

#[test]
fn what_is_protected_gone_or_never_was_is_not_sent_on() {
    let protected = Carried {
        protected: true,
        ..of(CAROL, "hi")
    };
    for (found, rejection) in [
        (vec![(4, Some(protected))], Rejection::ProtectedContent(message(4))),
        (vec![(4, None)], Rejection::MessageDeleted(message(4))),
        (vec![], Rejection::MessageNotFound(message(4))),
    ] {
        let forward = Forward {
            messages: vec![message(4)],
            ..sending(found)
        };
        town().when(ALICE, Command::Forward(forward)).rejected(rejection);
    }
}

#[test]
fn a_hundred_are_sent_on_at_once_and_none_is_nothing() {
    let forward = Forward {
        messages: vec![message(1); FORWARD_MAX + 1],
        ..sending([(1, Some(of(CAROL, "hi")))])
    };
    town().when(ALICE, Command::Forward(forward)).rejected(Rejection::TooManyMessages);
    between(ALICE, BOB).when(ALICE, Command::Forward(sending([]))).changes_nothing();
}

#[test]
fn only_who_may_write_sends_on() {
    let forward = || Command::Forward(sending([(4, Some(of(CAROL, "hi")))]));
    town().when(CAROL, forward()).rejected(Rejection::NotAMember);
    let blocked = Wishes {
        blocked: true,
        ..Wishes::default()
    };
    between(ALICE, BOB)
        .wished(BOB, ALICE, blocked)
        .when(ALICE, forward())
        .rejected(Rejection::CannotWrite(BOB));
}

#[test]
fn what_somebody_else_said_first_is_not_edited() {
    for (of, origin) in [
        (ALICE, Some(origin(Some(ALICE)))),
        (CAROL, None),
        (CAROL, Some(origin(Some(CAROL)))),
    ] {
        town()
            .given([arrived(2, ALICE, of, "hi", origin)])
            .when(ALICE, edit(2, "ho"))
            .rejected(Rejection::ForwardNotEdited(message(2)));
    }
    assert!(
        town()
            .given([arrived(2, ALICE, ALICE, "hi", None)])
            .when(ALICE, edit(2, "ho"))
            .0
            .is_ok()
    );
}

#[test]
fn authors_are_asked_and_the_other_side() {
    let forward = Command::Forward(sending([(4, Some(of(CAROL, "hi"))), (5, Some(of(ALICE, "ho"))), (6, None)]));
    let asked = |chat, by: Actor| Chat::concerns(&chat, &by, &forward);
    assert_eq!(asked(GROUP, ALICE.actor()), [CAROL]);
    assert_eq!(asked(ChatId::direct(ALICE, BOB), ALICE.actor()), [BOB, CAROL]);
    assert_eq!(asked(GROUP, Actor::Import(ALICE)), []);
}
