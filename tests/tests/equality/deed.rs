//! What people may do, and when they look at all that there is.

use proptest::prelude::*;

/// How many people there are.
pub(crate) const PEOPLE: usize = 3;
/// Deeds of a sequence, at most.
const DEEDS: usize = 90;

/// One of a list, whatever there is in it: as far along as this is of all numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pick(u16);

/// The first of a list.
const FIRST: Pick = Pick(0);
/// The last of it.
const LAST: Pick = Pick(u16::MAX);

impl Pick {
    /// Which of so many, which must be some.
    pub(crate) fn of(self, size: usize) -> usize {
        (usize::from(self.0) * size) >> u16::BITS
    }
}

/// Something that somebody does. What it is done to is chosen among what there is then.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    /// Takes a snapshot, to be compared in the end: pages of this length, all of them at once or the rest later; with all messages and members.
    Look {
        page: u32,
        rest: bool,
        open: bool,
    },
    /// Applies at most so many updates to each snapshot taken so far.
    CatchUp {
        limit: u32,
    },
    Say {
        chat: Pick,
        reply: bool,
    },
    Edit {
        chat: Pick,
        message: Pick,
    },
    Delete {
        chat: Pick,
        messages: Vec<Pick>,
    },
    Read {
        chat: Pick,
        up_to: Pick,
    },
    React {
        chat: Pick,
        message: Pick,
        how: Pick,
    },
    Pin {
        chat: Pick,
        message: Pick,
    },
    Unpin {
        chat: Pick,
        message: Pick,
    },
    Hide {
        chat: Pick,
        message: Pick,
    },
    Clear {
        chat: Pick,
        up_to: Pick,
    },
    MarkUnread {
        chat: Pick,
        unread: bool,
    },
    Mute {
        chat: Pick,
        muted: bool,
    },
    PinChat {
        chat: Pick,
        pinned: bool,
    },
    Archive {
        chat: Pick,
        archived: bool,
    },
    Draft {
        chat: Pick,
        any: bool,
    },
    Found {
        alone: bool,
    },
    Rename {
        chat: Pick,
    },
    Add {
        chat: Pick,
        whom: Pick,
    },
    Remove {
        chat: Pick,
        whom: Pick,
    },
    Leave {
        chat: Pick,
    },
    Describe {
        chat: Pick,
        any: bool,
    },
    Permit {
        chat: Pick,
        react: bool,
    },
    Protect {
        chat: Pick,
        protected: bool,
    },
    Restrict {
        chat: Pick,
        whom: Pick,
        restricted: bool,
    },
    Ban {
        chat: Pick,
        whom: Pick,
        banned: bool,
    },
    SetRole {
        chat: Pick,
        whom: Pick,
        admin: bool,
    },
    Know {
        whom: Pick,
        by_name: bool,
    },
    Forget {
        whom: Pick,
    },
    Block {
        whom: Pick,
    },
    Unblock {
        whom: Pick,
    },
    Wish {
        strict: bool,
    },
    CallOneself {
        bio: bool,
    },
    TakeUsername {
        which: Pick,
    },
    DropUsername,
    AuthoriseDevice,
    RenameDevice {
        which: Pick,
    },
    EndDevice {
        which: Pick,
    },
    Administer {
        may: bool,
    },
    Suspend,
    PlanErasure,
    ThinkBetter,
}

/// A sequence of deeds, and whose they are.
pub(crate) fn life() -> impl Strategy<Value = Vec<(usize, Deed)>> {
    prop::collection::vec((0..PEOPLE, deed()), 1..DEEDS)
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        20 => looks(),
        60 => talks(),
        20 => members(),
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
        (1u32..30).prop_map(|limit| Deed::CatchUp { limit }),
    ]
}

fn talks() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (pick(), any::<bool>()).prop_map(|(chat, reply)| Deed::Say { chat, reply }),
        1 => (pick(), pick()).prop_map(|(chat, message)| Deed::Edit { chat, message }),
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

/// Every deed once, at least: the first of the people looks, does everything, and looks again.
pub(crate) fn every() -> Vec<(usize, Deed)> {
    // The group of all, which is the last chat at the beginning; somebody else.
    let (group, other) = (LAST, FIRST);
    let look = |open| Deed::Look { page: 2, rest: true, open };
    let mut deeds = vec![look(false), look(true)];
    deeds.extend([Deed::Say { chat: group, reply: false }, Deed::Say { chat: group, reply: true }]);
    deeds.push(Deed::Edit {
        chat: group,
        message: FIRST,
    });
    deeds.push(Deed::Read { chat: group, up_to: FIRST });
    deeds.push(Deed::Delete {
        chat: group,
        messages: vec![FIRST],
    });
    let (chat, whom) = (group, other);
    deeds.extend([
        Deed::Describe { chat, any: true },
        Deed::Permit { chat, react: false },
        Deed::Permit { chat, react: true },
        Deed::Protect { chat, protected: true },
        Deed::Protect { chat, protected: false },
        Deed::Restrict {
            chat,
            whom,
            restricted: true,
        },
        Deed::Restrict {
            chat,
            whom,
            restricted: false,
        },
        Deed::Ban { chat, whom, banned: true },
        Deed::Ban { chat, whom, banned: false },
        Deed::Add { chat, whom },
    ]);
    let (chat, message) = (group, LAST);
    deeds.extend([
        Deed::React { chat, message, how: LAST },
        Deed::Pin { chat, message },
        Deed::Unpin { chat, message },
        Deed::MarkUnread { chat, unread: true },
        Deed::Mute { chat, muted: true },
        Deed::PinChat { chat, pinned: true },
        Deed::Archive { chat, archived: true },
        Deed::Draft { chat, any: true },
        Deed::Hide { chat, message },
        Deed::Clear { chat, up_to: LAST },
    ]);
    deeds.extend([
        Deed::Rename { chat: group },
        Deed::SetRole {
            chat: group,
            whom: other,
            admin: true,
        },
    ]);
    deeds.extend([Deed::Remove { chat: group, whom: other }, Deed::Add { chat: group, whom: other }]);
    deeds.extend([
        Deed::Know {
            whom: other,
            by_name: true,
        },
        Deed::Forget { whom: other },
    ]);
    deeds.extend([Deed::Block { whom: other }, Deed::Unblock { whom: other }]);
    deeds.extend([
        Deed::Wish { strict: true },
        Deed::Wish { strict: false },
        Deed::CallOneself { bio: true },
    ]);
    deeds.extend([Deed::TakeUsername { which: FIRST }, Deed::DropUsername]);
    deeds.extend([
        Deed::AuthoriseDevice,
        Deed::RenameDevice { which: FIRST },
        Deed::EndDevice { which: FIRST },
    ]);
    deeds.extend([Deed::Administer { may: true }, Deed::Administer { may: false }, Deed::Suspend]);
    deeds.extend([
        Deed::PlanErasure,
        Deed::ThinkBetter,
        Deed::Found { alone: false },
        Deed::Leave { chat: group },
    ]);
    deeds.extend([Deed::CatchUp { limit: 3 }, look(false)]);
    let mut every: Vec<_> = deeds.into_iter().map(|deed| (0, deed)).collect();
    // Somebody who is there all along reads what the others say, and sees the first one leave.
    every.extend([(1, look(true)), (1, Deed::Read { chat: group, up_to: LAST })]);
    every
}
