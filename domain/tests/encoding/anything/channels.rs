//! Any event of a channel, a subscription, interactions.

use domain::chat::event::{SequenceBegun, UsernameChanged, UsernameRefused, UsernameRequested};
use domain::inbox::event::{Subscribed, Unsubscribed};
use domain::interactions::event::{Count, Counted, ReactionChanged, ReactionCount};
use domain::{chat, inbox, interactions};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{accounts, chats, keys, messages, sealed};

pub(super) fn of_channels() -> impl Strategy<Value = chat::Event> {
    use chat::Event as Is;
    let changed = (option::of(keys()), option::of(keys()), option::of(sealed()));
    prop_oneof![
        Just(Is::SequenceBegun(SequenceBegun {})),
        (keys(), sealed()).prop_map(|(name, username)| Is::UsernameRequested(UsernameRequested { name, username })),
        changed.prop_map(|(name, former, username)| Is::UsernameChanged(UsernameChanged { name, former, username })),
        keys().prop_map(|name| Is::UsernameRefused(UsernameRefused { name })),
    ]
}

pub(super) fn of_subscriptions() -> impl Strategy<Value = inbox::Event> {
    use inbox::Event as Is;
    prop_oneof![
        (chats(), option::of(messages())).prop_map(|(chat, after)| Is::Subscribed(Subscribed { chat, after })),
        chats().prop_map(|chat| Is::Unsubscribed(Unsubscribed { chat })),
    ]
}

pub(super) fn of_interactions() -> impl Strategy<Value = interactions::Event> {
    use interactions::Event as Is;
    let reactions = vec(
        (any::<String>(), any::<u32>()).prop_map(|(emoji, count)| ReactionCount { emoji, count }),
        0..3,
    );
    let count = (messages(), option::of(any::<u32>()), option::of(reactions)).prop_map(|(message, views, reactions)| Count {
        message,
        views,
        reactions,
    });
    let changed = (messages(), accounts(), vec(any::<String>(), 0..3));
    prop_oneof![
        vec(count, 0..4).prop_map(|messages| Is::Counted(Counted { messages })),
        changed.prop_map(|(message, account, reactions)| Is::ReactionChanged(ReactionChanged {
            message,
            account,
            reactions
        })),
    ]
}
