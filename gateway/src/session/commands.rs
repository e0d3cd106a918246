//! Commands over a WebSocket: checked in the order in which they come, executed side by side, answered by id.

mod dialogs;

use domain::chat::{self, Chat};
use domain::id::{ChatId, CommandId, MessageId};
use domain::time::Timestamp;
use futures::future::BoxFuture;
use infra::trace;
use serde::Serialize;
use tokio_util::task::AbortOnDropHandle;

use super::incoming::{Command, Delete, Read, Viewed};
use super::outgoing::{Answered, done, refused};
use crate::Shared;
use crate::caller::Device;
use crate::error::Error;
use crate::limits::Caller;

/// A command under way; gives what answers it. Commands for one chat are decided in the order in
/// which they were first polled.
pub(super) type UnderWay = BoxFuture<'static, Answered>;

/// What a command over a WebSocket answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Sent { message: MessageId, sent_at: Timestamp },
    Edited { message: MessageId, edited_at: Timestamp },
    Deleted { messages: Vec<MessageId> },
    Read { up_to: MessageId },
    Viewed { messages: Vec<MessageId> },
}

/// Checks a command, as far as that does not need its chat, and begins it, unless there are too many.
pub(super) async fn begin(gateway: &Shared, device: Device, id: CommandId, command: Command) -> Result<UnderWay, Error> {
    gateway.limits.caller(Caller::Account(device.account))?;
    Ok(match command {
        Command::Send(send) => {
            let chat = send.chat;
            let payload = Box::pin(gateway.in_time(gateway.saying(device, chat, send.into()))).await?;
            act(gateway, "ws chat.send", device, id, chat, payload)
        }
        Command::Edit(edit) => {
            let (chat, message) = (edit.chat, edit.message);
            let payload = Box::pin(gateway.in_time(gateway.editing(message, edit.into()))).await?;
            act(gateway, "ws chat.edit", device, id, chat, payload)
        }
        Command::Delete(Delete { chat, messages, .. }) => {
            act(gateway, "ws chat.delete", device, id, chat, chat::Command::Delete { messages })
        }
        Command::Dialog(dialog) => dialogs::begin(gateway, device, id, dialog)?,
        Command::Read(Read { chat, up_to, .. }) => read(Shared::clone(gateway), device, id, (chat, up_to)),
        Command::Viewed(Viewed { chat, messages, .. }) => {
            let gateway = Shared::clone(gateway);
            traced("ws views", async move {
                match gateway.in_time(gateway.viewed(device, chat, &messages)).await {
                    Ok(messages) => done(id, None, Outcome::Viewed { messages }),
                    Err(error) => refused(Some(id), &error).into(),
                }
            })
        }
    })
}

fn act(gateway: &Shared, name: &'static str, device: Device, id: CommandId, chat: ChatId, payload: chat::Command) -> UnderWay {
    let executor = gateway.executor.clone();
    // Only deleting what is deleted changes nothing.
    let nothing = || Outcome::Deleted { messages: Vec::new() };
    traced(name, async move {
        match executor.execute::<Chat>(chat, device.request(id, payload)).await {
            Ok(answer) => done(
                id,
                answer.position,
                answer.facts.iter().find_map(|fact| outcome(fact)).unwrap_or_else(nothing),
            ),
            Err(error) => refused(Some(id), &error.into()).into(),
        }
    })
}

/// Goes on by itself: it has a connection to the database, for which the session may come to wait while it looks after nothing else.
fn read(gateway: Shared, device: Device, id: CommandId, (chat, up_to): (ChatId, MessageId)) -> UnderWay {
    let reading = traced("ws inbox.read", async move {
        match gateway.in_time(gateway.read(device, id, chat, up_to)).await {
            Ok(position) => done(id, position, Outcome::Read { up_to }),
            Err(error) => refused(Some(id), &error).into(),
        }
    });
    let reading = AbortOnDropHandle::new(tokio::spawn(reading));
    Box::pin(async move {
        let broken = |broken| refused(Some(id), &Error::Internal(format!("a mark could not be made: {broken}"))).into();
        reading.await.unwrap_or_else(broken)
    })
}

/// Within a span of its own: each command of a session begins a trace.
fn traced(name: &'static str, command: impl Future<Output = Answered> + std::marker::Send + 'static) -> UnderWay {
    let span = trace::enter(|| name.into(), None);
    Box::pin(async move { span.within(command).await })
}

/// What the client needs to know of what its command made happen.
fn outcome(fact: &domain::fact::Fact) -> Option<Outcome> {
    let domain::event::Event::Chat(event) = &fact.event else {
        return None;
    };
    match event {
        chat::Event::MessageSent(sent) => Some(Outcome::Sent {
            message: sent.message,
            sent_at: fact.happened_at(),
        }),
        chat::Event::MessageEdited(edited) => Some(Outcome::Edited {
            message: edited.message,
            edited_at: fact.happened_at(),
        }),
        chat::Event::MessagesDeleted(deleted) => Some(Outcome::Deleted {
            messages: deleted.messages.clone(),
        }),
        chat::Event::Created(_)
        | chat::Event::Renamed(_)
        | chat::Event::MemberAdded(_)
        | chat::Event::MemberRemoved(_)
        | chat::Event::MemberLeft(_)
        | chat::Event::RoleChanged(_)
        | chat::Event::ReactionChanged(_)
        | chat::Event::MessagePinned(_)
        | chat::Event::MessagesUnpinned(_)
        | chat::Event::Described(_)
        | chat::Event::PermissionsChanged(_)
        | chat::Event::SlowModeChanged(_)
        | chat::Event::ProtectionChanged(_)
        | chat::Event::MemberRestricted(_)
        | chat::Event::MemberBanned(_)
        | chat::Event::MemberUnbanned(_)
        | chat::Event::LinkMade(_)
        | chat::Event::LinkChanged(_)
        | chat::Event::LinkRevoked(_)
        | chat::Event::JoinRequested(_)
        | chat::Event::JoinDeclined(_)
        | chat::Event::SequenceBegun(_)
        | chat::Event::UsernameRequested(_)
        | chat::Event::UsernameChanged(_)
        | chat::Event::UsernameRefused(_) => None,
    }
}
