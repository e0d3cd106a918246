//! Of channels, and of what many follow.

use domain::account::event::Username;
use domain::chat::event::{SequenceBegun, UsernameChanged, UsernameRefused, UsernameRequested};
use domain::inbox::event::{Subscribed, Unsubscribed};
use domain::interactions::event::{Count, Counted, ReactionChanged, ReactionCount};
use domain::name::event::{Claimed, Held};
use domain::sealed::Sealed;
use domain::testing::{ALICE, CHANNEL, NOON, message, name_key};
use domain::{chat, inbox, interactions, name};

use super::sealed;

pub(super) fn all() -> Vec<chat::Event> {
    use chat::Event as Is;
    let (one, other) = (|| name_key('a'), || name_key('b'));
    let username: fn() -> Sealed<Username> = || sealed(ALICE);
    let changed = |name, former, username| Is::UsernameChanged(UsernameChanged { name, former, username });
    vec![
        Is::SequenceBegun(SequenceBegun {}),
        Is::UsernameRequested(UsernameRequested {
            name: one(),
            username: username(),
        }),
        changed(Some(other()), Some(one()), Some(username())),
        changed(Some(one()), None, Some(username())),
        changed(None, Some(other()), None),
        changed(None, None, None),
        Is::UsernameRefused(UsernameRefused { name: one() }),
    ]
}

pub(super) fn subscriptions() -> Vec<inbox::Event> {
    use inbox::Event as Is;
    let after = |after| Is::Subscribed(Subscribed { chat: CHANNEL, after });
    vec![
        after(Some(message(7))),
        after(None),
        Is::Unsubscribed(Unsubscribed { chat: CHANNEL }),
    ]
}

pub(super) fn names() -> Vec<name::Event> {
    use name::Event as Is;
    let chat = Some(CHANNEL);
    let held = || Held {
        account: ALICE,
        chat,
        fact: None,
        rests_until: None,
    };
    vec![
        Is::Claimed(Claimed {
            account: ALICE,
            chat,
            until: NOON,
            fact: None,
        }),
        Is::Taken(held()),
        Is::Released(held()),
    ]
}

pub(super) fn interactions() -> Vec<interactions::Event> {
    use interactions::Event as Is;
    let emoji = || "👍".to_owned();
    let count = |number, views, reactions| Count {
        message: message(number),
        views,
        reactions,
    };
    let liked = vec![ReactionCount { emoji: emoji(), count: 2 }];
    vec![
        Is::Counted(Counted {
            messages: vec![
                count(1, Some(100), None),
                count(2, None, Some(liked)),
                count(3, Some(1), Some(Vec::new())),
            ],
        }),
        Is::ReactionChanged(ReactionChanged {
            message: message(1),
            account: ALICE,
            reactions: vec![emoji()],
        }),
        Is::ReactionChanged(ReactionChanged {
            message: message(1),
            account: ALICE,
            reactions: Vec::new(),
        }),
    ]
}
