//! What a device is told about one fact: the update, and its body.

use std::sync::Arc;

use domain::event::Event;
use domain::fact::Fact;
use domain::id::ChatId;
use domain::time::Timestamp;
use domain::{account, chat, inbox};
use projections::timeline;

use super::Opener;
use super::chat::{ChatKind, MemberView};
use super::update::{Happened, NameView, TitleView, Update, UsernameView};

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
            Event::Chat(chat::Event::MessageSent(_)) => Update::MessageSent { chat, message, at },
            Event::Chat(chat::Event::MessageEdited(_)) => Update::MessageEdited {
                chat,
                message: message.of_edit(),
                at,
            },
            Event::Chat(_) | Event::Account(_) | Event::Inbox(_) | Event::SignIn(_) | Event::Name(_) | Event::System(_) => {
                self.update(fact)
            }
        })
    }

    /// An update from its fact alone.
    fn update(self, fact: &Fact) -> Update {
        match &fact.event {
            Event::Chat(event) => match &fact.stream {
                domain::stream::Stream::Chat(chat) => self.chat(fact, *chat, event),
                _ => Update::Unsupported {
                    happened: Happened::of(fact),
                },
            },
            Event::Account(event) => self.account(fact, event),
            Event::Inbox(inbox::Event::Read(read)) => Update::ChatRead {
                chat: read.chat,
                up_to: read.up_to,
                happened: Happened::of(fact),
            },
            Event::SignIn(_) | Event::Name(_) | Event::System(_) => Update::Unsupported {
                happened: Happened::of(fact),
            },
        }
    }

    fn chat(self, fact: &Fact, chat: ChatId, event: &chat::Event) -> Update {
        let happened = Happened::of(fact);
        match event {
            chat::Event::Created(created) => Update::ChatCreated {
                chat,
                kind: ChatKind::of(chat),
                title: self.title(fact, created.title.as_ref()),
                members: created
                    .members
                    .iter()
                    .map(|member| MemberView::new(member.account, &member.role))
                    .collect(),
                happened,
            },
            chat::Event::Renamed(renamed) => Update::ChatRenamed {
                chat,
                title: self.title(fact, Some(&renamed.title)),
                happened,
            },
            chat::Event::MemberAdded(added) => Update::MemberAdded {
                chat,
                member: MemberView::new(added.account, &added.role),
                happened,
            },
            chat::Event::MemberRemoved(gone) => Update::MemberRemoved {
                chat,
                account: gone.account,
                happened,
            },
            chat::Event::MemberLeft(gone) => Update::MemberLeft {
                chat,
                account: gone.account,
                happened,
            },
            chat::Event::RoleChanged(changed) => Update::RoleChanged {
                chat,
                member: MemberView::new(changed.account, &changed.role),
                happened,
            },
            chat::Event::MessageSent(sent) => Update::MessageSent {
                chat,
                message: self.sent(fact, sent),
                at: happened.at,
            },
            chat::Event::MessageEdited(edited) => Update::MessageEdited {
                chat,
                message: self.edited(fact, edited),
                at: happened.at,
            },
            chat::Event::MessagesDeleted(deleted) => Update::MessagesDeleted {
                chat,
                messages: deleted.messages.clone(),
                happened,
            },
        }
    }

    fn account(self, fact: &Fact, event: &account::Event) -> Update {
        let happened = Happened::of(fact);
        match event {
            account::Event::Registered(_) => Update::Unsupported { happened },
            account::Event::ProfileChanged(changed) => Update::ProfileChanged {
                name: NameView::of(self.open(&fact.stream, &changed.profile).map(|profile| profile.name)),
                happened,
            },
            account::Event::DeviceAuthorised(authorised) => Update::DeviceAuthorised {
                device: authorised.device,
                name: NameView::of(self.open(&fact.stream, &authorised.name).map(|name| name.name)),
                happened,
            },
            account::Event::DeviceEnded(ended) => Update::DeviceEnded {
                device: ended.device,
                happened,
            },
            account::Event::UsernameRequested(requested) => Update::UsernameRequested {
                username: UsernameView::of(self.open(&fact.stream, &requested.username).map(|name| name.username)),
                happened,
            },
            account::Event::UsernameChanged(changed) => Update::UsernameChanged {
                username: changed.username.as_ref().map_or_else(UsernameView::default, |username| {
                    UsernameView::of(self.open(&fact.stream, username).map(|name| name.username))
                }),
                happened,
            },
            account::Event::UsernameRefused(_) => Update::UsernameRefused { happened },
        }
    }

    fn title(self, fact: &Fact, title: Option<&domain::sealed::Sealed<chat::content::Title>>) -> TitleView {
        title.map_or_else(TitleView::default, |title| {
            TitleView::of(self.open(&fact.stream, title).map(|title| title.title))
        })
    }
}

/// The body of an update whose fact this program can't read.
pub(crate) fn unsupported(at: Timestamp) -> String {
    let happened = Happened { at, by: None };
    json(&Update::Unsupported { happened })
}

fn json(update: &Update) -> String {
    serde_json::to_string(update).expect("updates are strings and numbers, which JSON can hold")
}
