//! A chat's rules.

mod bans;
mod forwards;
mod links;
mod members;
mod mentions;
mod messages;
mod pins;
mod reactions;
mod roles;
mod settings;
mod usernames;
mod wishes;

use super::event::{MemberAdded, MemberGone, SequenceBegun};
use super::{Chat, Command, Event, Permission, Rejection, Right, Role, TOLD_MAX};
use crate::actor::{Actor, UPKEEP};
use crate::aggregate::{Context, Known};
use crate::id::{AccountId, ChatId, LinkId, MessageId};
use crate::time::Timestamp;

pub(super) use links::lets_in;
pub(super) use reactions::lets_react;

type Decision = Result<Vec<Event>, Rejection>;

pub(super) fn decide(chat: &Chat, context: &Context, command: &Command, known: &Known) -> Decision {
    match (&context.by, command) {
        (Actor::Reactor(_), Command::Vacate { account }) => return members::vacate(chat, departed(*account, context)),
        (Actor::Service(name), Command::Vacate { account }) if name == UPKEEP => return members::vacate(chat, departed(*account, context)),
        (Actor::Reactor(_), _) => return usernames::react(chat, command),
        (Actor::Device(..) | Actor::Import(_) | Actor::Service(_) | Actor::Admin(..), _) => {}
    }
    let asker = asker(context)?;
    match command {
        Command::Create(create) => members::create(chat, asker, create, known),
        Command::Rename { title } => settings::rename(chat, asker, title),
        Command::Add { account } => members::add(chat, asker, *account, known),
        Command::Remove { account } => members::remove(chat, asker, *account),
        Command::Leave => members::leave(chat, asker),
        Command::SetRole { account, role } => roles::set_role(chat, asker, *account, role),
        Command::Send(send) => messages::send(chat, asker, send, known),
        Command::Forward(forward) => forwards::forward(chat, asker, forward, known),
        Command::Edit(edit) => messages::edit(chat, asker, edit, known),
        Command::Delete { messages } => messages::delete(chat, asker, messages, known),
        Command::Describe { description } => settings::describe(chat, asker, description.as_ref()),
        Command::PassOn { account } => roles::pass_on(chat, asker, *account),
        Command::Permit { denied } => settings::permit(chat, asker, denied),
        Command::SlowDown { pause } => settings::slow_down(chat, asker, *pause),
        Command::Protect { protected } => settings::protect(chat, asker, *protected),
        Command::Restrict { account, denied, until } => bans::restrict(chat, asker, *account, denied, *until),
        Command::Ban { account, until } => bans::ban(chat, asker, *account, *until),
        Command::Unban { account } => bans::unban(chat, asker, *account),
        Command::MakeLink(make) => links::make(chat, asker, make),
        Command::ChangeLink { link, terms, name } => links::change(chat, asker, *link, *terms, name.as_ref()),
        Command::RevokeLink { link } => links::revoke(chat, asker, *link),
        Command::Join { key } => links::join(chat, asker, key),
        Command::Approve { account } => links::approve(chat, asker, *account),
        Command::Decline { account } => links::decline(chat, asker, *account),
        Command::React { message, reactions } => reactions::react(chat, asker, *message, reactions, known),
        Command::Pin { message } => pins::pin(chat, asker, *message, known),
        Command::Unpin { message } => pins::unpin(chat, asker, &[*message]),
        Command::UnpinAll => pins::unpin(chat, asker, &chat.pins),
        Command::RequestUsername { name, username } => usernames::request(chat, asker.by, name, username),
        Command::DropUsername => usernames::drop_it(chat, asker.by),
        Command::WantUsername { .. } | Command::AdoptUsername { .. } | Command::RefuseUsername { .. } | Command::Vacate { .. } => {
            Err(Rejection::DevicesOnly)
        }
    }
}

/// Who asks, by whose rules, and when.
#[derive(Debug, Clone, Copy)]
struct Asker {
    by: AccountId,
    rules: Rules,
    at: Timestamp,
}

/// Whose rules decide what somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// Those of here: roles and their rights, and what others wish.
    Own,
    /// Those of the place where it happened, which is told here: title, joins and removals stand as they were.
    Elsewhere,
}

fn asker(context: &Context) -> Result<Asker, Rejection> {
    let (by, rules) = match &context.by {
        Actor::Device(account, _) => (*account, Rules::Own),
        Actor::Import(account) => (*account, Rules::Elsewhere),
        Actor::Service(_) | Actor::Reactor(_) | Actor::Admin(..) => return Err(Rejection::DevicesOnly),
    };
    Ok(Asker { by, rules, at: context.at })
}

/// An account that is gone, as who it would be if it asked itself.
fn departed(account: AccountId, context: &Context) -> Asker {
    Asker {
        by: account,
        rules: Rules::Own,
        at: context.at,
    }
}

/// The asker's role in a group or a channel; of a channel's people only the owner and the admins have one here.
fn role_in_group(chat: &Chat, by: AccountId) -> Result<&Role, Rejection> {
    match chat.id {
        ChatId::Group(_) | ChatId::Channel(_) => chat.members.get(&by).map(|member| &member.role).ok_or(Rejection::NotAMember),
        ChatId::Direct(..) => Err(Rejection::NotAGroup),
    }
}

/// The asker's role in a chat, which a direct chat's two sides have before it exists.
fn role_in_chat(chat: &Chat, by: AccountId) -> Result<&Role, Rejection> {
    match chat.id {
        ChatId::Direct(low, high) if by == low || by == high => Ok(&Role::Member),
        ChatId::Direct(..) => Err(Rejection::NotAMember),
        ChatId::Group(_) | ChatId::Channel(_) => role_in_group(chat, by),
    }
}

/// Refuses what there is only in groups, to a channel.
fn no_channel(chat: &Chat) -> Result<(), Rejection> {
    if is_channel(chat) { Err(Rejection::NotAGroup) } else { Ok(()) }
}

fn is_channel(chat: &Chat) -> bool {
    matches!(chat.id, ChatId::Channel(_))
}

/// Whether the asker may do what needs a right in a group; in an import, only whether the group exists.
fn may_in_group(chat: &Chat, asker: Asker, right: Right) -> Result<(), Rejection> {
    match (asker.rules, chat.id) {
        (Rules::Elsewhere, ChatId::Group(_)) if chat.exists => Ok(()),
        (Rules::Own | Rules::Elsewhere, _) => need(role_in_group(chat, asker.by)?, right),
    }
}

/// Whether the asker may do what members of a group may unless it is denied; in an import, only whether the group exists.
fn permitted_in_group(chat: &Chat, asker: Asker, permission: Permission) -> Result<(), Rejection> {
    match (asker.rules, chat.id) {
        (Rules::Elsewhere, ChatId::Group(_)) if chat.exists => Ok(()),
        (Rules::Own | Rules::Elsewhere, _) => permitted(chat, role_in_group(chat, asker.by)?, asker, permission),
    }
}

/// Whether the asker, in its role, may do what members may unless it is denied.
fn permitted(chat: &Chat, role: &Role, asker: Asker, permission: Permission) -> Result<(), Rejection> {
    let right = permission.right();
    let by_role = right.map_or_else(|| role.leads(), |right| role.may(right));
    if asker.rules == Rules::Elsewhere || by_role || !chat.standing.denies(asker.by, permission, asker.at) {
        return Ok(());
    }
    match right {
        Some(right) if chat.standing.denied.contains(&permission) => Err(Rejection::MissingRight(right)),
        Some(_) | None => Err(Rejection::NotPermitted(permission)),
    }
}

fn need(role: &Role, right: Right) -> Result<(), Rejection> {
    if role.may(right) {
        Ok(())
    } else {
        Err(Rejection::MissingRight(right))
    }
}

fn role_of(chat: &Chat, account: AccountId) -> Result<&Role, Rejection> {
    chat.members
        .get(&account)
        .map(|member| &member.role)
        .ok_or(Rejection::MemberNotFound(account))
}

/// Whether one with the first role may remove another with the second, or change that role.
fn within_reach(own: &Role, target: &Role) -> Result<(), Rejection> {
    match (own, target) {
        (_, Role::Owner) => Err(Rejection::TargetIsOwner),
        (Role::Owner, Role::Admin(_)) | (_, Role::Member) => Ok(()),
        (Role::Admin(_) | Role::Member, Role::Admin(_)) => Err(Rejection::TargetIsAdmin),
    }
}

/// The service message that a fact is. What happened elsewhere is none: there it was told in words, or not at all. Nor is one in a chat that can
/// hold no further message.
fn service_message(chat: &Chat, asker: Asker) -> Option<MessageId> {
    match asker.rules {
        Rules::Own => messages::next(chat.top).ok(),
        Rules::Elsewhere => None,
    }
}

/// One more member. Who is the first too many for devices to be told of all that happens has the group's own sequence begin.
fn added(chat: &Chat, asker: Asker, account: AccountId, link: Option<LinkId>) -> Vec<Event> {
    let begins = !chat.own_sequence && chat.members.len() >= TOLD_MAX;
    let begun = begins.then_some(Event::SequenceBegun(SequenceBegun {}));
    let added = Event::MemberAdded(MemberAdded {
        account,
        role: Role::Member,
        after: chat.top,
        message: service_message(chat, asker),
        count: Some(count(chat.members.len() + 1)),
        link,
    });
    std::iter::once(added).chain(begun).collect()
}

/// One member less.
fn gone(chat: &Chat, asker: Asker, account: AccountId) -> MemberGone {
    let is_group = matches!(chat.id, ChatId::Group(_));
    MemberGone {
        account,
        // Who runs a channel goes without a word.
        message: service_message(chat, asker).filter(|_| is_group),
        count: is_group.then(|| count(chat.members.len().saturating_sub(1))),
    }
}

fn count(members: usize) -> u32 {
    u32::try_from(members).expect("a group has at most some thousand members")
}
