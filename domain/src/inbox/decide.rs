//! An inbox's rules: marks only rise, and never beyond what was sent; what is so already does not happen again.

mod dialogs;
mod marks;
mod subscriptions;

use super::{Command, Event, Inbox, Rejection};
use crate::actor::{Actor, UPKEEP};
use crate::aggregate::Context;

type Decision = Result<Vec<Event>, Rejection>;

pub(super) fn decide(inbox: &Inbox, context: &Context, command: &Command) -> Decision {
    match (&context.by, command) {
        (Actor::Device(account, _) | Actor::Import(account), _) if *account == inbox.account => {}
        (Actor::Reactor(_), Command::Unsubscribe { .. } | Command::UnsubscribeAll) => {}
        (Actor::Service(name), Command::Unsubscribe { .. }) if name == UPKEEP => {}
        (Actor::Device(..) | Actor::Import(_) | Actor::Admin(..) | Actor::Service(_) | Actor::Reactor(_), _) => {
            return Err(Rejection::NotYours);
        }
    }
    match command {
        Command::Read { chat, up_to, top } => marks::read(inbox, *chat, *up_to, *top),
        Command::Hide { chat, messages, top } => marks::hide(inbox, *chat, messages, *top),
        Command::Clear { chat, up_to, top } => marks::clear(inbox, *chat, *up_to, *top),
        Command::MarkUnread { chat, unread, member } => {
            allowed(!unread || *member)?;
            Ok(marks::mark_unread(inbox, *chat, *unread))
        }
        Command::Mute { chat, until, member } => {
            allowed(until.is_none() || *member)?;
            Ok(dialogs::mute(inbox, *chat, *until, context.at))
        }
        Command::Pin { chat, pinned, member } => {
            allowed(!pinned || *member)?;
            dialogs::pin(inbox, *chat, *pinned)
        }
        Command::Reorder { chats } => Ok(dialogs::reorder(inbox, chats)),
        Command::Archive { chat, archived, member } => {
            allowed(!archived || *member)?;
            Ok(dialogs::archive(inbox, *chat, *archived))
        }
        Command::Draft { chat, draft, member } => {
            allowed(draft.is_none() || *member)?;
            Ok(dialogs::draft(inbox, *chat, draft.as_deref()))
        }
        Command::Subscribe { chat, top } => subscriptions::subscribe(inbox, *chat, *top),
        Command::Unsubscribe { chat } => Ok(subscriptions::unsubscribe(inbox, *chat)),
        Command::UnsubscribeAll => Ok(subscriptions::unsubscribe_all(inbox)),
    }
}

/// What was done may be undone by who has left, too.
fn allowed(allowed: bool) -> Result<(), Rejection> {
    if allowed { Ok(()) } else { Err(Rejection::NotAMember) }
}
