//! What a device is told about one fact: the update, and its body.

mod accounts;
mod dialogs;

use std::sync::Arc;

use domain::account::event::Username;
use domain::chat::Permission;
use domain::event::Event;
use domain::fact::Fact;
use domain::id::ChatId;
use domain::sealed::Sealed;
use domain::stream::Stream;
use domain::time::Timestamp;
use domain::{chat, interactions};
use projections::reactions::Count;
use projections::{sequences, timeline};

use super::chat::{ChatKind, MemberView};
use super::update::{ChatUpdate, DescriptionView, Happened, MessageCountView, TermsView, TitleView, Update, UsernameView};
use super::{CountView, Opener};

impl Opener<'_> {
    /// The body of an update, from its fact alone.
    pub(crate) fn body(self, fact: &Fact) -> Arc<str> {
        json(&self.update(fact)).into()
    }

    /// The body of an update about a message that has changed since, or may have.
    pub(crate) fn current_body(self, fact: &Fact, current: &timeline::Message) -> String {
        let chat = current.chat;
        let message = self.message(current);
        let at = fact.recorded_at;
        json(&match &fact.event {
            Event::Chat(chat::Event::MessageSent(_)) => Update::chat(ChatUpdate::MessageSent { chat, message, at }),
            Event::Chat(chat::Event::MessageEdited(_)) => {
                let message = message.of_edit();
                Update::chat(ChatUpdate::MessageEdited { chat, message, at })
            }
            Event::Chat(_)
            | Event::Account(_)
            | Event::Inbox(_)
            | Event::SignIn(_)
            | Event::Name(_)
            | Event::Interactions(_)
            | Event::System(_) => self.update(fact),
        })
    }

    /// The body of an update about a reaction, with how everybody reacts to the message when it is told.
    pub(crate) fn reaction_body(self, fact: &Fact, counts: &[Count]) -> String {
        let mut update = self.update(fact);
        if let Update::Chat(told) = &mut update
            && let ChatUpdate::ReactionChanged { reactions, .. } = &mut **told
        {
            *reactions = Some(CountView::of(counts));
        }
        json(&update)
    }

    /// An update from its fact alone.
    fn update(self, fact: &Fact) -> Update {
        match (&fact.event, &fact.stream) {
            (Event::Chat(event), Stream::Chat(chat)) => Update::chat(self.chat(fact, *chat, event)),
            (Event::Account(event), _) => self.account(fact, event),
            (Event::Inbox(event), Stream::Inbox(account)) => Update::Dialog(self.dialog(fact, *account, event)),
            (Event::Interactions(interactions::Event::Counted(counted)), Stream::Interactions(chat)) => {
                Update::chat(ChatUpdate::MessagesCounted {
                    chat: *chat,
                    messages: counted.messages.iter().map(MessageCountView::of).collect(),
                    happened: Happened::of(fact),
                })
            }
            (Event::Interactions(interactions::Event::ReactionChanged(changed)), Stream::Interactions(chat)) => {
                Update::chat(ChatUpdate::ReactionChanged {
                    chat: *chat,
                    message: changed.message,
                    account: changed.account,
                    chosen: changed.reactions.clone(),
                    reactions: None,
                    happened: Happened::of(fact),
                })
            }
            (Event::Chat(_) | Event::Inbox(_) | Event::SignIn(_) | Event::Name(_) | Event::Interactions(_) | Event::System(_), _) => {
                Update::unsupported(Happened::of(fact))
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each event, and nothing else")]
    fn chat(self, fact: &Fact, chat: ChatId, event: &chat::Event) -> ChatUpdate {
        let happened = happened(fact, chat, event);
        match event {
            chat::Event::Created(created) => ChatUpdate::ChatCreated {
                chat,
                kind: ChatKind::of(chat),
                title: self.title(fact, created.title.as_ref()),
                members: created
                    .members
                    .iter()
                    .map(|member| MemberView::new(member.account, &member.role))
                    .collect(),
                denied: matches!(chat, ChatId::Group(_)).then(Permission::denied_at_first),
                created_at: fact.happened_at(),
                happened,
            },
            chat::Event::Renamed(renamed) => ChatUpdate::ChatRenamed {
                chat,
                service_message: self.told(fact, event),
                title: self.title(fact, Some(&renamed.title)),
                happened,
            },
            chat::Event::MemberAdded(added) => ChatUpdate::MemberAdded {
                chat,
                member: MemberView::new(added.account, &added.role),
                count: added.count,
                service_message: self.told(fact, event),
                happened,
            },
            chat::Event::MemberRemoved(gone) => ChatUpdate::MemberRemoved {
                chat,
                account: gone.account,
                count: gone.count,
                service_message: self.told(fact, event),
                happened,
            },
            chat::Event::MemberLeft(gone) => ChatUpdate::MemberLeft {
                chat,
                account: gone.account,
                count: gone.count,
                service_message: self.told(fact, event),
                happened,
            },
            chat::Event::RoleChanged(changed) => ChatUpdate::RoleChanged {
                chat,
                member: MemberView::new(changed.account, &changed.role),
                happened,
            },
            chat::Event::MessageSent(sent) => ChatUpdate::MessageSent {
                chat,
                message: self.sent(fact, sent),
                at: happened.at,
            },
            chat::Event::MessageEdited(edited) => ChatUpdate::MessageEdited {
                chat,
                message: self.edited(fact, edited),
                at: happened.at,
            },
            chat::Event::MessagesDeleted(deleted) => ChatUpdate::MessagesDeleted {
                chat,
                messages: deleted.messages.clone(),
                happened,
            },
            chat::Event::SequenceBegun(_) => ChatUpdate::SequenceBegun { chat, happened },
            chat::Event::UsernameRequested(requested) => ChatUpdate::ChatUsernameRequested {
                chat,
                username: self.chat_username(fact, Some(&requested.username)),
                happened,
            },
            chat::Event::UsernameChanged(changed) => ChatUpdate::ChatUsernameChanged {
                chat,
                username: self.chat_username(fact, changed.username.as_ref()),
                happened,
            },
            chat::Event::UsernameRefused(_) => ChatUpdate::ChatUsernameRefused { chat, happened },
            chat::Event::ReactionChanged(changed) => ChatUpdate::ReactionChanged {
                chat,
                message: changed.message,
                account: changed.account,
                chosen: changed.reactions.iter().map(ToString::to_string).collect(),
                reactions: None,
                happened,
            },
            chat::Event::MessagePinned(pinned) => ChatUpdate::MessagePinned {
                chat,
                message: pinned.message,
                service_message: self.told(fact, event),
                happened,
            },
            chat::Event::Described(described) => ChatUpdate::ChatDescribed {
                chat,
                description: self.description(fact, described.description.as_ref()),
                happened,
            },
            chat::Event::PermissionsChanged(changed) => ChatUpdate::PermissionsChanged {
                chat,
                denied: changed.denied.clone(),
                happened,
            },
            chat::Event::SlowModeChanged(changed) => ChatUpdate::SlowModeChanged {
                chat,
                seconds: changed.seconds.seconds(),
                happened,
            },
            chat::Event::ProtectionChanged(changed) => ChatUpdate::ProtectionChanged {
                chat,
                protected: changed.protected,
                happened,
            },
            chat::Event::MemberRestricted(restricted) => ChatUpdate::MemberRestricted {
                chat,
                account: restricted.account,
                denied: restricted.denied.clone(),
                until: restricted.until,
                happened,
            },
            chat::Event::MemberBanned(banned) => ChatUpdate::MemberBanned {
                chat,
                account: banned.account,
                until: banned.until,
                happened,
            },
            chat::Event::MemberUnbanned(unbanned) => ChatUpdate::MemberUnbanned {
                chat,
                account: unbanned.account,
                happened,
            },
            chat::Event::LinkMade(made) => ChatUpdate::LinkMade {
                chat,
                link: made.link,
                terms: TermsView::of(made.terms),
                happened,
            },
            chat::Event::LinkChanged(changed) => ChatUpdate::LinkChanged {
                chat,
                link: changed.link,
                terms: TermsView::of(changed.terms),
                happened,
            },
            chat::Event::LinkRevoked(revoked) => ChatUpdate::LinkRevoked {
                chat,
                link: revoked.link,
                happened,
            },
            chat::Event::JoinRequested(asked) => ChatUpdate::JoinRequested {
                chat,
                account: asked.account,
                link: asked.link,
                happened,
            },
            chat::Event::JoinDeclined(declined) => ChatUpdate::JoinDeclined {
                chat,
                account: declined.account,
                happened,
            },
            chat::Event::MessagesUnpinned(unpinned) => ChatUpdate::MessagesUnpinned {
                chat,
                messages: unpinned.messages.clone(),
                happened,
            },
        }
    }

    fn chat_username(self, fact: &Fact, username: Option<&Sealed<Username>>) -> UsernameView {
        username.map_or_else(UsernameView::default, |username| {
            UsernameView::of(self.open(&fact.stream, username).map(|username| username.username))
        })
    }

    fn title(self, fact: &Fact, title: Option<&domain::sealed::Sealed<chat::content::Title>>) -> TitleView {
        title.map_or_else(TitleView::default, |title| {
            TitleView::of(self.open(&fact.stream, title).map(|title| title.title))
        })
    }
}

/// When and by whom; who runs a channel is not told to who follows it.
fn happened(fact: &Fact, chat: ChatId, event: &chat::Event) -> Happened {
    let happened = Happened::of(fact);
    match (chat, sequences::is_for_followers(chat, event)) {
        (ChatId::Channel(_), true) => happened.by_nobody(),
        (ChatId::Channel(_), false) | (ChatId::Direct(..) | ChatId::Group(_), _) => happened,
    }
}

impl Opener<'_> {
    fn description(self, fact: &Fact, description: Option<&domain::sealed::Sealed<chat::content::Description>>) -> DescriptionView {
        description.map_or_else(DescriptionView::default, |description| {
            DescriptionView::of(self.open(&fact.stream, description).map(|description| description.description))
        })
    }
}

/// The body of an update whose fact this program can't read.
pub(crate) fn unsupported(at: Timestamp) -> String {
    json(&Update::unsupported(Happened { at, by: None }))
}

fn json(update: &Update) -> String {
    serde_json::to_string(update).expect("updates are strings and numbers, which JSON can hold")
}
