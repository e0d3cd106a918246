//! What people may do, and when they look at all that there is.

mod drawn;
mod every;

pub(crate) use drawn::life;
pub(crate) use every::{every, growing};

/// How many people there are.
pub(crate) const PEOPLE: usize = 3;

/// One of a list, whatever there is in it: as far along as this is of all numbers.
#[derive(Debug, Clone, Copy, Default)]
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
    /// Applies at most so many updates of the device to each snapshot taken so far, and so many of each chat's own sequence.
    CatchUp {
        limit: u32,
        in_chats: u32,
    },
    Say {
        chat: Pick,
        how: Saying,
    },
    Edit {
        chat: Pick,
        message: Pick,
        place: bool,
    },
    Forward {
        chat: Pick,
        message: Pick,
        to: Pick,
    },
    View {
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
    FoundChannel,
    /// Has a channel be called by a name of the town.
    NameChannel {
        chat: Pick,
        which: Pick,
    },
    UnnameChannel {
        chat: Pick,
    },
    Subscribe {
        chat: Pick,
    },
    MakeLink {
        chat: Pick,
        requests: bool,
    },
    ChangeLink {
        link: Pick,
    },
    RevokeLink {
        link: Pick,
    },
    /// Comes by a link, or asks to.
    Join {
        link: Pick,
    },
    /// Lets in who asks, or does not.
    Answer {
        chat: Pick,
        whom: Pick,
        yes: bool,
    },
    Crown {
        chat: Pick,
        whom: Pick,
    },
    SlowDown {
        chat: Pick,
        slow: bool,
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
    /// Has factors asked for, and then not any more.
    Guard,
    /// Is reached at a further address, and then not any more.
    BeReached,
}

/// How something is said.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Saying {
    Plainly,
    /// In answer to the newest message.
    Replying,
    /// The same, quoting it.
    Quoting,
    /// Naming somebody else.
    Mentioning,
    Location,
    Contact,
}
