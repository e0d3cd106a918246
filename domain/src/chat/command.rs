//! What somebody wants of a chat.

mod message;

use std::collections::BTreeSet;

use serde::Serialize;

pub use message::{Carried, Edit, EditWindow, Forward, Quoted, Send};

use super::{DescriptionText, Emoji, LinkNameText, LinkToken, Permission, Role, SlowMode, Terms, TitleText};
use crate::account::UsernameText;
use crate::id::{AccountId, LinkId, MessageId, NameKey};
use crate::sealed::Closed;
use crate::time::Timestamp;

/// Something somebody wants of a chat. A direct chat comes into being with its first message.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Create the group or the channel, the asker being its owner.
    Create(Create),
    /// Give a group or a channel another title.
    Rename {
        /// The new title.
        title: TitleText,
    },
    /// Make an account a member; nothing changes if it is one.
    Add {
        /// Whom; must exist.
        account: AccountId,
    },
    /// Remove another member.
    Remove {
        /// Whom.
        account: AccountId,
    },
    /// Leave; an owner's place goes to the longest-serving admin, else to the longest-serving member.
    Leave,
    /// Change a member's role, or an admin's rights. In a channel: of whom, the caller has checked to be a subscriber.
    SetRole {
        /// Whose.
        account: AccountId,
        /// The role from now on; not `Owner`.
        role: Role,
    },
    /// Send a message.
    Send(Send),
    /// Send messages of this or another chat on, into this one.
    Forward(Forward),
    /// Replace what a message says.
    Edit(Edit),
    /// Delete messages for everybody; those deleted already are passed over.
    Delete {
        /// Which; at most [`super::DELETE_MAX`].
        messages: Vec<MessageId>,
    },
    /// Ask for a username for a channel.
    RequestUsername {
        /// The name's key.
        name: NameKey,
        /// The name.
        username: UsernameText,
    },
    /// Give a channel's username up.
    DropUsername,
    /// A reactor's, who asks before it claims a name: nothing happens where the channel has asked for it, or goes by it.
    WantUsername {
        /// The name's key.
        name: NameKey,
    },
    /// A reactor's: the requested name was claimed; use it.
    AdoptUsername {
        /// The claimed name's key.
        name: NameKey,
        /// The claimed name, as sealed in the request.
        username: Closed,
    },
    /// A reactor's: the requested name can't be had.
    RefuseUsername {
        /// The name's key.
        name: NameKey,
    },
    /// Give a group another description, or none.
    Describe {
        /// The new description.
        description: Option<DescriptionText>,
    },
    /// Give one's ownership to another member, and be an admin with all rights.
    PassOn {
        /// To whom.
        account: AccountId,
    },
    /// Say what members may not do.
    Permit {
        /// What is denied.
        denied: BTreeSet<Permission>,
    },
    /// Let members wait between two messages.
    SlowDown {
        /// How long.
        pause: SlowMode,
    },
    /// Say whether what is said may be carried elsewhere.
    Protect {
        /// Whether it may not.
        protected: bool,
    },
    /// Deny a member what others may, or lift that.
    Restrict {
        /// Whom.
        account: AccountId,
        /// What it may not do; nothing: the restriction is lifted.
        denied: BTreeSet<Permission>,
        /// Until when; `None`: for ever.
        until: Option<Timestamp>,
    },
    /// Keep an account out of the group, and remove it if it is in.
    Ban {
        /// Whom; must exist.
        account: AccountId,
        /// Until when; `None`: for ever.
        until: Option<Timestamp>,
    },
    /// Let a banned account come in again.
    Unban {
        /// Whom.
        account: AccountId,
    },
    /// Make an invite link.
    MakeLink(MakeLink),
    /// Change how far a link lets people in, and what it is called.
    ChangeLink {
        /// Which.
        link: LinkId,
        /// How far from now on.
        terms: Terms,
        /// What it is called from now on.
        name: Option<LinkNameText>,
    },
    /// Let a link let nobody in any more.
    RevokeLink {
        /// Which.
        link: LinkId,
    },
    /// Join by a link, or ask to.
    Join {
        /// The keyed hash of the link's token.
        key: NameKey,
    },
    /// Let in who asked to join.
    Approve {
        /// Whom.
        account: AccountId,
    },
    /// Do not let in who asked to join; or take back that one asked oneself.
    Decline {
        /// Whom.
        account: AccountId,
    },
    /// React to a message with these and no others.
    React {
        /// Which message.
        message: MessageId,
        /// The asker's whole set from now on, at most [`super::REACTIONS_MAX`]; named twice: once. Empty: none.
        reactions: Vec<Emoji>,
    },
    /// Pin a message, for everybody; nothing changes if it is pinned.
    Pin {
        /// Which message.
        message: MessageId,
    },
    /// Take a message down; nothing changes if it is not pinned.
    Unpin {
        /// Which message.
        message: MessageId,
    },
    /// Take all pinned messages down.
    UnpinAll,
    /// Have an account leave, as it would itself, or ask to join no more: one that is erased, or that follows no more the channel that it runs. Whoever sees
    /// to that asks for it.
    Vacate {
        /// Who is gone.
        account: AccountId,
    },
}

/// Create the group or the channel.
#[derive(Debug, Clone, Serialize)]
pub struct Create {
    /// Its title.
    pub title: TitleText,
    /// Members beside the creator; must exist. Named twice, or the creator named: once. None in a channel.
    pub members: Vec<AccountId>,
    /// What it says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<DescriptionText>,
}

/// Make an invite link. Its token is drawn anew when the command is sent again, so it is no part of its digest, and the first one stays.
#[derive(Debug, Clone, Serialize)]
pub struct MakeLink {
    /// The token's keyed hash.
    #[serde(skip)]
    pub key: NameKey,
    /// What lets people in.
    #[serde(skip)]
    pub token: LinkToken,
    /// How far it lets people in.
    pub terms: Terms,
    /// What it is called.
    pub name: Option<LinkNameText>,
}
