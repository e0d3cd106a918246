//! Chats' rules, told as stories.

mod bans;
mod channels;
mod direct;
mod editing;
mod entities;
mod formatting;
mod forwards;
mod imports;
mod kinds;
mod laws;
mod links;
mod members;
mod messages;
mod pins;
mod reactions;
mod replies;
mod roles;
mod sequence;
mod services;
mod settings;
mod wishes;

use super::command::{Create, Edit, MakeLink, Send};
use super::content::{Text, Title};
use super::event::{Created, MemberAdded, MemberGone, MessageSent, MessagesDeleted, RoleChanged};
use super::{Body, Chat, Command, Event, LinkToken, Permission, Right, Role, Terms, TitleText};
use crate::id::{AccountId, ChatId};
use crate::sealed::Sealed;
use crate::testing::{GROUP, Story, message, name_key};
use crate::time::Timestamp;

const TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAA";

fn given(events: impl IntoIterator<Item = Event>) -> Story<Chat> {
    Story::of(GROUP).given(events)
}

fn between(one: AccountId, other: AccountId) -> Story<Chat> {
    Story::of(ChatId::direct(one, other))
}

fn member(account: AccountId, role: Role) -> MemberAdded {
    MemberAdded::at_first(account, role)
}

fn admin(rights: impl IntoIterator<Item = Right>) -> Role {
    Role::Admin(rights.into_iter().collect())
}

fn title(by: AccountId, title: &str) -> Sealed<Title> {
    Sealed::open(by, Title { title: title.to_owned() })
}

// What happened.

fn created(by: AccountId) -> Event {
    Event::Created(Created {
        members: vec![member(by, Role::Owner)],
        title: Some(title(by, "Town")),
    })
}

fn joined(account: AccountId) -> Event {
    Event::MemberAdded(member(account, Role::Member))
}

/// As it happens today: the service message with that number, and how many members there are then.
fn added(account: AccountId, number: i64, count: u32) -> Event {
    Event::MemberAdded(MemberAdded {
        after: (number > 1).then(|| message(number - 1)),
        message: Some(message(number)),
        count: Some(count),
        ..member(account, Role::Member)
    })
}

fn left(account: AccountId) -> Event {
    Event::MemberLeft(gone(account))
}

fn removed(account: AccountId) -> Event {
    Event::MemberRemoved(gone(account))
}

/// As it was recorded when there were no service messages.
fn gone(account: AccountId) -> MemberGone {
    MemberGone {
        account,
        message: None,
        count: None,
    }
}

/// As it happens today.
fn gone_as(account: AccountId, number: i64, count: u32) -> MemberGone {
    MemberGone {
        account,
        message: Some(message(number)),
        count: Some(count),
    }
}

fn became(account: AccountId, role: Role) -> Event {
    Event::RoleChanged(RoleChanged { account, role })
}

fn said(number: i64, from: AccountId, text: &str) -> Event {
    Event::MessageSent(MessageSent {
        length: u32::try_from(text.encode_utf16().count()).expect("stories are short"),
        ..MessageSent::plain(message(number), from, Sealed::open(from, Text::plain(text)))
    })
}

fn deleted(numbers: impl IntoIterator<Item = i64>) -> Event {
    let messages = numbers.into_iter().map(message).collect();
    Event::MessagesDeleted(MessagesDeleted { messages })
}

// What is asked.

fn body(text: &str) -> Body {
    Body::parse(text, Vec::new()).expect("stories say what can be said")
}

fn say(text: &str) -> Command {
    Command::Send(Send::plain(body(text)))
}

fn answer(number: i64, text: &str) -> Command {
    Command::Send(Send {
        reply_to: Some(message(number)),
        ..Send::plain(body(text))
    })
}

fn edit(number: i64, text: &str) -> Command {
    Command::Edit(Edit::plain(message(number), body(text)))
}

fn delete(numbers: impl IntoIterator<Item = i64>) -> Command {
    Command::Delete {
        messages: numbers.into_iter().map(message).collect(),
    }
}

fn create(members: impl IntoIterator<Item = AccountId>) -> Command {
    Command::Create(Create {
        description: None,
        title: town(),
        members: members.into_iter().collect(),
    })
}

fn rename() -> Command {
    Command::Rename { title: town() }
}

fn town() -> TitleText {
    TitleText::parse("Town").expect("a title")
}

fn add(account: AccountId) -> Command {
    Command::Add { account }
}

fn remove(account: AccountId) -> Command {
    Command::Remove { account }
}

fn set_role(account: AccountId, role: Role) -> Command {
    Command::SetRole { account, role }
}

fn pass_on(account: AccountId) -> Command {
    Command::PassOn { account }
}

fn restrict(account: AccountId, denied: impl IntoIterator<Item = Permission>, until: Option<Timestamp>) -> Command {
    let denied = denied.into_iter().collect();
    Command::Restrict { account, denied, until }
}

fn ban(account: AccountId, until: Option<Timestamp>) -> Command {
    Command::Ban { account, until }
}

fn unban(account: AccountId) -> Command {
    Command::Unban { account }
}

/// A link whose token hashes to that digit over and over.
fn make_link(digit: char, terms: Terms) -> Command {
    Command::MakeLink(MakeLink {
        key: name_key(digit),
        token: LinkToken::new(TOKEN.to_owned()),
        terms,
        name: None,
    })
}

fn join(digit: char) -> Command {
    Command::Join { key: name_key(digit) }
}

fn approve(account: AccountId) -> Command {
    Command::Approve { account }
}

fn decline(account: AccountId) -> Command {
    Command::Decline { account }
}
