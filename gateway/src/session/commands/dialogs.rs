//! Commands about reactions, pins, and how the caller has its chats. What they answer is nothing but that they are done.

use domain::chat::{self, Body, Chat};
use domain::id::{ChatId, CommandId, MessageId, Position};
use domain::inbox::{Command, MUTED_FOR_EVER, command};
use serde::Serialize;

use super::super::incoming::Dialog;
use super::super::outgoing::{Answered, done, refused};
use super::{UnderWay, traced};
use crate::Shared;
use crate::caller::Device;
use crate::error::Error;

/// `{}`
#[derive(Serialize)]
struct Done {}

/// What is wanted: of the chat, or of the caller's inbox.
enum Wanted {
    React(ChatId, MessageId, Vec<String>),
    Chat(ChatId, Box<chat::Command>),
    Inbox(Command),
}

/// Begins a command.
pub(super) fn begin(gateway: &Shared, device: Device, id: CommandId, dialog: Dialog) -> Result<UnderWay, Error> {
    let (name, wanted) = wanted(dialog)?;
    let gateway = Shared::clone(gateway);
    Ok(traced(name, async move {
        let position = gateway.in_time(act(&gateway, device, id, wanted)).await;
        answer(id, position)
    }))
}

async fn act(gateway: &Shared, device: Device, id: CommandId, wanted: Wanted) -> Result<Option<Position>, Error> {
    match wanted {
        Wanted::React(chat, message, chosen) => gateway.react(device, id, (chat, message), &chosen).await,
        Wanted::Chat(chat, payload) => Ok(gateway.executor.execute::<Chat>(chat, device.request(id, *payload)).await?.position),
        Wanted::Inbox(payload) => gateway.inbox(device, id, payload).await,
    }
}

fn answer(id: CommandId, position: Result<Option<Position>, Error>) -> Answered {
    match position {
        Ok(position) => done(id, position, Done {}),
        Err(error) => refused(Some(id), &error).into(),
    }
}

fn wanted(dialog: Dialog) -> Result<(&'static str, Wanted), Error> {
    let inbox = Wanted::Inbox;
    Ok(match dialog {
        Dialog::React(react) => ("ws chat.react", Wanted::React(react.chat, react.message, react.reactions)),
        Dialog::PinMessage(pin) => {
            let message = pin.message;
            ("ws chat.pin", Wanted::Chat(pin.chat, Box::new(chat::Command::Pin { message })))
        }
        Dialog::UnpinMessage(unpin) => {
            let payload = unpin
                .message
                .map_or(chat::Command::UnpinAll, |message| chat::Command::Unpin { message });
            ("ws chat.unpin", Wanted::Chat(unpin.chat, Box::new(payload)))
        }
        Dialog::Hide(hide) => ("ws inbox.hide", inbox(Command::hide(hide.chat, hide.messages))),
        Dialog::Clear(clear) => ("ws inbox.clear", inbox(Command::clear(clear.chat, clear.up_to))),
        Dialog::MarkUnread(one) => ("ws inbox.mark_unread", inbox(Command::mark_unread(one.chat, true))),
        Dialog::UnmarkUnread(one) => ("ws inbox.mark_unread", inbox(Command::mark_unread(one.chat, false))),
        Dialog::Mute(mute) => (
            "ws inbox.mute",
            inbox(Command::mute(mute.chat, Some(mute.until.unwrap_or(MUTED_FOR_EVER)))),
        ),
        Dialog::Unmute(one) => ("ws inbox.mute", inbox(Command::mute(one.chat, None))),
        Dialog::PinChat(one) => ("ws inbox.pin", inbox(Command::pin(one.chat, true))),
        Dialog::UnpinChat(one) => ("ws inbox.pin", inbox(Command::pin(one.chat, false))),
        Dialog::OrderPinned(order) => ("ws inbox.reorder", inbox(Command::Reorder { chats: order.chats })),
        Dialog::Archive(one) => ("ws inbox.archive", inbox(Command::archive(one.chat, true))),
        Dialog::Unarchive(one) => ("ws inbox.archive", inbox(Command::archive(one.chat, false))),
        Dialog::Draft(draft) => {
            let body = draft.text.map(|text| Body::parse(&text, draft.entities)).transpose()?;
            let reply_to = draft.reply_to;
            let draft_of = body.map(|body| command::Draft { body, reply_to });
            ("ws inbox.draft", inbox(Command::draft(draft.chat, draft_of)))
        }
    })
}
