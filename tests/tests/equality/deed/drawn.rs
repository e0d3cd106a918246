//! Deeds as chance has them.

use proptest::prelude::*;
use proptest::sample::select;

use super::{Deed, PEOPLE, Pick, Saying};

/// Deeds of a sequence, at most.
const DEEDS: usize = 90;

/// How something may be said: mostly plainly.
const SAYINGS: &[Saying] = &[
    Saying::Plainly,
    Saying::Plainly,
    Saying::Plainly,
    Saying::Replying,
    Saying::Quoting,
    Saying::Mentioning,
    Saying::Location,
    Saying::Contact,
];

/// A sequence of deeds, and whose they are.
pub(crate) fn life() -> impl Strategy<Value = Vec<(usize, Deed)>> {
    prop::collection::vec((0..PEOPLE, deed()), 1..DEEDS)
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        20 => looks(),
        60 => talks(),
        20 => members(),
        20 => comings(),
        25 => dialogs(),
        15 => marks(),
        20 => oneself(),
    ]
}

fn pick() -> impl Strategy<Value = Pick> {
    any::<u16>().prop_map(Pick)
}

fn looks() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (1u32..6, any::<bool>(), any::<bool>()).prop_map(|(page, rest, open)| Deed::Look { page, rest, open }),
        (1u32..30, 1u32..10).prop_map(|(limit, in_chats)| Deed::CatchUp { limit, in_chats }),
    ]
}

fn talks() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (pick(), select(SAYINGS)).prop_map(|(chat, how)| Deed::Say { chat, how }),
        2 => (pick(), pick(), any::<bool>()).prop_map(|(chat, message, place)| Deed::Edit { chat, message, place }),
        1 => (pick(), pick(), pick()).prop_map(|(chat, message, to)| Deed::Forward { chat, message, to }),
        1 => (pick(), pick()).prop_map(|(chat, message)| Deed::View { chat, message }),
        2 => (pick(), prop::collection::vec(pick(), 1..4)).prop_map(|(chat, messages)| Deed::Delete { chat, messages }),
        2 => (pick(), pick()).prop_map(|(chat, up_to)| Deed::Read { chat, up_to }),
    ]
}

fn marks() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (pick(), pick(), pick()).prop_map(|(chat, message, how)| Deed::React { chat, message, how }),
        1 => (pick(), pick()).prop_map(|(chat, message)| Deed::Pin { chat, message }),
        1 => (pick(), pick()).prop_map(|(chat, message)| Deed::Unpin { chat, message }),
    ]
}

fn dialogs() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (pick(), pick()).prop_map(|(chat, message)| Deed::Hide { chat, message }),
        (pick(), pick()).prop_map(|(chat, up_to)| Deed::Clear { chat, up_to }),
        (pick(), any::<bool>()).prop_map(|(chat, unread)| Deed::MarkUnread { chat, unread }),
        (pick(), any::<bool>()).prop_map(|(chat, muted)| Deed::Mute { chat, muted }),
        (pick(), any::<bool>()).prop_map(|(chat, pinned)| Deed::PinChat { chat, pinned }),
        (pick(), any::<bool>()).prop_map(|(chat, archived)| Deed::Archive { chat, archived }),
        (pick(), any::<bool>()).prop_map(|(chat, any)| Deed::Draft { chat, any }),
    ]
}

fn members() -> impl Strategy<Value = Deed> {
    prop_oneof![
        1 => any::<bool>().prop_map(|alone| Deed::Found { alone }),
        1 => pick().prop_map(|chat| Deed::Rename { chat }),
        3 => (pick(), pick()).prop_map(|(chat, whom)| Deed::Add { chat, whom }),
        2 => (pick(), pick()).prop_map(|(chat, whom)| Deed::Remove { chat, whom }),
        1 => pick().prop_map(|chat| Deed::Leave { chat }),
        1 => (pick(), any::<bool>()).prop_map(|(chat, any)| Deed::Describe { chat, any }),
        1 => (pick(), any::<bool>()).prop_map(|(chat, react)| Deed::Permit { chat, react }),
        1 => (pick(), any::<bool>()).prop_map(|(chat, protected)| Deed::Protect { chat, protected }),
        1 => (pick(), pick(), any::<bool>()).prop_map(|(chat, whom, restricted)| Deed::Restrict { chat, whom, restricted }),
        1 => (pick(), pick(), any::<bool>()).prop_map(|(chat, whom, banned)| Deed::Ban { chat, whom, banned }),
        2 => (pick(), pick(), any::<bool>()).prop_map(|(chat, whom, admin)| Deed::SetRole { chat, whom, admin }),
    ]
}

fn comings() -> impl Strategy<Value = Deed> {
    prop_oneof![
        1 => Just(Deed::FoundChannel),
        1 => (pick(), pick()).prop_map(|(chat, which)| Deed::NameChannel { chat, which }),
        1 => pick().prop_map(|chat| Deed::UnnameChannel { chat }),
        4 => pick().prop_map(|chat| Deed::Subscribe { chat }),
        3 => (pick(), any::<bool>()).prop_map(|(chat, requests)| Deed::MakeLink { chat, requests }),
        1 => pick().prop_map(|link| Deed::ChangeLink { link }),
        1 => pick().prop_map(|link| Deed::RevokeLink { link }),
        4 => pick().prop_map(|link| Deed::Join { link }),
        2 => (pick(), pick(), any::<bool>()).prop_map(|(chat, whom, yes)| Deed::Answer { chat, whom, yes }),
        1 => (pick(), pick()).prop_map(|(chat, whom)| Deed::Crown { chat, whom }),
        1 => (pick(), any::<bool>()).prop_map(|(chat, slow)| Deed::SlowDown { chat, slow }),
    ]
}

fn oneself() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (pick(), any::<bool>()).prop_map(|(whom, by_name)| Deed::Know { whom, by_name }),
        pick().prop_map(|whom| Deed::Forget { whom }),
        pick().prop_map(|whom| Deed::Block { whom }),
        pick().prop_map(|whom| Deed::Unblock { whom }),
        pick().prop_map(|whom| Deed::Unblock { whom }),
        any::<bool>().prop_map(|strict| Deed::Wish { strict }),
        any::<bool>().prop_map(|bio| Deed::CallOneself { bio }),
        pick().prop_map(|which| Deed::TakeUsername { which }),
        Just(Deed::DropUsername),
        Just(Deed::AuthoriseDevice),
        pick().prop_map(|which| Deed::RenameDevice { which }),
        pick().prop_map(|which| Deed::EndDevice { which }),
        any::<bool>().prop_map(|may| Deed::Administer { may }),
        Just(Deed::Suspend),
        Just(Deed::PlanErasure),
        Just(Deed::ThinkBetter),
    ]
}
