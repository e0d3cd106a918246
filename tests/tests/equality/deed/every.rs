//! Deeds as they are listed, so that each is done once, at least.

use super::{Deed, FIRST, LAST, Pick, Saying};

/// The channel and the group of all, among the eight chats that there are at the beginning.
const CHANNEL: Pick = Pick(6 << 13);
const GROUP: Pick = Pick(7 << 13);
/// Somebody else: the second of the people, for the first.
const OTHER: Pick = FIRST;

/// Every deed once, at least, in phases: the first of the people looks, does everything, and looks again.
pub(crate) fn every() -> Vec<Vec<(usize, Deed)>> {
    let by = |who: usize, deeds: Vec<Deed>| deeds.into_iter().map(move |deed| (who, deed));
    let mut first: Vec<Deed> = vec![look(false), look(true)];
    for deeds in [talk(), rules(), marks(), members(), channel(), oneself()] {
        first.extend(deeds);
    }
    first.extend([Deed::CatchUp { limit: 3, in_chats: 2 }, look(false)]);
    // Somebody who is there all along reads what the others say, and follows the channel.
    let meanwhile = vec![
        look(true),
        Deed::Read { chat: GROUP, up_to: LAST },
        Deed::Subscribe { chat: CHANNEL },
    ];
    let asks = || by(1, vec![Deed::Join { link: FIRST }, look(true)]).collect();
    let answers = |yes| {
        by(
            0,
            vec![Deed::Answer {
                chat: GROUP,
                whom: OTHER,
                yes,
            }],
        )
        .collect()
    };
    let mut end = vec![Deed::Leave { chat: GROUP }, Deed::Found { alone: false }, Deed::FoundChannel];
    end.extend([Deed::PlanErasure, Deed::ThinkBetter, look(true)]);
    vec![
        by(0, first).chain(by(1, meanwhile)).collect(),
        asks(),
        answers(false),
        asks(),
        answers(true),
        by(1, vec![viewed(), Deed::Leave { chat: CHANNEL }]).chain(by(0, end)).collect(),
    ]
}

/// A group of a thousand, which is the only chat: while people talk, one more comes, so that a sequence of its own begins.
pub(crate) fn growing() -> Vec<Vec<(usize, Deed)>> {
    let says = |who| {
        (
            who,
            Deed::Say {
                chat: LAST,
                how: Saying::Plainly,
            },
        )
    };
    let react = |who, how| {
        (
            who,
            Deed::React {
                chat: LAST,
                message: LAST,
                how,
            },
        )
    };
    let before = vec![(0, look(true)), (1, look(false)), says(0), says(1), react(1, LAST), (1, look(true))];
    let mut begins = vec![
        (0, Deed::Add { chat: LAST, whom: LAST }),
        says(0),
        (0, look(false)),
        (2, look(true)),
    ];
    for _ in 0..4 {
        begins.extend([says(1), react(1, FIRST), (1, look(true)), react(1, LAST)]);
    }
    let after = vec![
        says(2),
        says(0),
        (0, Deed::Rename { chat: LAST }),
        (0, Deed::Remove { chat: LAST, whom: OTHER }),
        (0, Deed::Add { chat: LAST, whom: OTHER }),
        (
            0,
            Deed::SetRole {
                chat: LAST,
                whom: OTHER,
                admin: true,
            },
        ),
        (1, Deed::CatchUp { limit: 5, in_chats: 3 }),
        (2, Deed::Read { chat: LAST, up_to: LAST }),
        (2, Deed::Hide { chat: LAST, message: LAST }),
        (2, Deed::Draft { chat: LAST, any: true }),
    ];
    vec![before, begins, after]
}

fn look(open: bool) -> Deed {
    Deed::Look { page: 2, rest: true, open }
}

fn viewed() -> Deed {
    Deed::View {
        chat: CHANNEL,
        message: LAST,
    }
}

fn talk() -> Vec<Deed> {
    let chat = GROUP;
    let mut deeds = Vec::new();
    for how in [
        Saying::Plainly,
        Saying::Replying,
        Saying::Quoting,
        Saying::Mentioning,
        Saying::Location,
        Saying::Contact,
    ] {
        deeds.push(Deed::Say { chat, how });
    }
    deeds.extend([
        Deed::Edit {
            chat,
            message: FIRST,
            place: false,
        },
        Deed::Forward {
            chat,
            message: FIRST,
            to: GROUP,
        },
        Deed::Read { chat, up_to: FIRST },
        Deed::Delete {
            chat,
            messages: vec![FIRST],
        },
    ]);
    deeds
}

fn rules() -> Vec<Deed> {
    let (chat, whom) = (GROUP, OTHER);
    vec![
        Deed::Describe { chat, any: true },
        Deed::Permit { chat, react: false },
        Deed::Permit { chat, react: true },
        Deed::SlowDown { chat, slow: true },
        Deed::SlowDown { chat, slow: false },
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
        Deed::MakeLink { chat, requests: true },
        Deed::MakeLink { chat, requests: false },
        Deed::ChangeLink { link: LAST },
        Deed::RevokeLink { link: LAST },
    ]
}

fn marks() -> Vec<Deed> {
    let (chat, message) = (GROUP, LAST);
    vec![
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
    ]
}

/// In the end the other is out of it.
fn members() -> Vec<Deed> {
    let (chat, whom) = (GROUP, OTHER);
    vec![
        Deed::Rename { chat },
        Deed::SetRole { chat, whom, admin: true },
        Deed::Remove { chat, whom },
        Deed::Add { chat, whom },
        Deed::Crown { chat: CHANNEL, whom },
        Deed::Remove { chat, whom },
    ]
}

fn channel() -> Vec<Deed> {
    let (chat, how) = (CHANNEL, Saying::Plainly);
    vec![
        Deed::Say { chat, how },
        Deed::Say {
            chat,
            how: Saying::Replying,
        },
        Deed::Edit {
            chat,
            message: FIRST,
            place: false,
        },
        Deed::Pin { chat, message: LAST },
        Deed::React {
            chat,
            message: LAST,
            how: LAST,
        },
        Deed::Draft { chat, any: true },
        Deed::MarkUnread { chat, unread: true },
        Deed::Say { chat, how },
        Deed::Delete {
            chat,
            messages: vec![FIRST],
        },
        Deed::Rename { chat },
        Deed::Protect { chat, protected: true },
        Deed::MakeLink { chat, requests: false },
        // One name for two is one too few.
        Deed::TakeUsername { which: FIRST },
        Deed::NameChannel { chat, which: FIRST },
        Deed::NameChannel { chat, which: LAST },
        Deed::TakeUsername { which: LAST },
        Deed::DropUsername,
        viewed(),
    ]
}

fn oneself() -> Vec<Deed> {
    let whom = OTHER;
    vec![
        Deed::Know { whom, by_name: true },
        Deed::Forget { whom },
        Deed::Block { whom },
        Deed::Unblock { whom },
        Deed::Wish { strict: true },
        Deed::Wish { strict: false },
        Deed::CallOneself { bio: true },
        Deed::AuthoriseDevice,
        Deed::RenameDevice { which: FIRST },
        Deed::EndDevice { which: FIRST },
        Deed::Administer { may: true },
        Deed::Administer { may: false },
        Deed::Suspend,
        Deed::Guard,
        Deed::BeReached,
    ]
}
