//! What is told about how an account has its chats.

use domain::fact::Fact;
use domain::id::AccountId;
use domain::inbox::Event;

use crate::rendering::Opener;
use crate::rendering::update::{DialogUpdate as Told, Happened};

impl Opener<'_> {
    /// An update about an account's inbox.
    pub(super) fn dialog(self, fact: &Fact, account: AccountId, event: &Event) -> Told {
        let happened = Happened::of(fact);
        match event {
            Event::Read(read) => Told::ChatRead {
                chat: read.chat,
                account,
                up_to: read.up_to,
                happened,
            },
            Event::MessagesHidden(hidden) => Told::MessagesHidden {
                chat: hidden.chat,
                messages: hidden.messages.clone(),
                happened,
            },
            Event::Cleared(cleared) => Told::ChatCleared {
                chat: cleared.chat,
                up_to: cleared.up_to,
                happened,
            },
            Event::MarkedUnread(marked) => Told::ChatMarkedUnread {
                chat: marked.chat,
                unread: marked.unread,
                happened,
            },
            Event::Muted(muted) => Told::ChatMuted {
                chat: muted.chat,
                until: muted.until,
                happened,
            },
            Event::PinsChanged(changed) => Told::ChatsPinned {
                chats: changed.chats.clone(),
                happened,
            },
            Event::Archived(archived) => Told::ChatArchived {
                chat: archived.chat,
                archived: archived.archived,
                happened,
            },
            Event::DraftChanged(changed) => Told::DraftChanged {
                chat: changed.chat,
                draft: self.drafted(&fact.stream, changed, fact.happened_at()),
                happened,
            },
        }
    }
}
