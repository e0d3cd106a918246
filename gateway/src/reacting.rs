//! Reacting to messages: in the chat's own stream or, where many follow, in the one beside it.

use domain::chat::{self, Chat, Command, Emoji};
use domain::id::{ChatId, CommandId, MessageId, Position};
use domain::interactions::{self, Interactions};
use infra::executor;
use projections::{reactions, sequences, timeline};

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;

impl Gateway {
    /// Reacts to a message with these emoji and no others.
    pub(crate) async fn react(
        &self,
        me: Device,
        command: CommandId,
        (chat, message): (ChatId, MessageId),
        chosen: &[String],
    ) -> Result<Option<Position>, Error> {
        if chosen.len() > chat::REACTIONS_MAX {
            return Err(chat::Rejection::TooManyReactions.into());
        }
        let reactions: Vec<Emoji> = chosen.iter().map(|emoji| Emoji::parse(emoji)).collect::<Result<_, _>>()?;
        self.limits.message(me.account, chat)?;
        // A group whose sequence has just begun may be asked itself: that is told at once, and counts as much.
        if sequences::has_own(&self.models, chat).await? {
            return self.react_among_many(me, command, (chat, message), &reactions).await;
        }
        let payload = Command::React { message, reactions };
        let done = self.executor.execute::<Chat>(chat, me.request(command, payload)).await?;
        Ok(done.position)
    }

    /// Reacts where many follow. What was accepted before gets its answer again, whatever has become of the message.
    async fn react_among_many(
        &self,
        me: Device,
        command: CommandId,
        at: (ChatId, MessageId),
        reactions: &[Emoji],
    ) -> Result<Option<Position>, Error> {
        let mut found = self.find_reacted(me, at, reactions).await;
        let changes = |present: &[Emoji]| present.len() > reactions.len() || reactions.iter().any(|emoji| !present.contains(emoji));
        if !found.as_deref().is_ok_and(changes) {
            // Who is refused, or changes nothing, is judged by rows that include all that has happened.
            self.level().await?;
            found = self.find_reacted(me, at, reactions).await;
        }
        let (present, refusal) = match found {
            Ok(present) => (present, None),
            Err(refusal) => (Vec::new(), Some(refusal)),
        };
        let (chat, message) = at;
        let payload = interactions::Command::React {
            message,
            reactions: texts(reactions),
            present: texts(&present),
            allowed: refusal.is_none(),
        };
        match (
            self.executor.execute::<Interactions>(chat, me.request(command, payload)).await,
            refusal,
        ) {
            (Err(executor::Error::Rejected(interactions::Rejection::NotAllowed)), Some(refusal)) => Err(refusal),
            (done, _) => Ok(done?.position),
        }
    }

    /// With what the caller reacts to a message by now, if it may react with these.
    async fn find_reacted(&self, me: Device, (chat, message): (ChatId, MessageId), reactions: &[Emoji]) -> Result<Vec<Emoji>, Error> {
        if reactions.is_empty() {
            // What one said may always be taken back, of what one has hidden from oneself, too.
            self.must_be_in(me, chat).await?;
            let found = timeline::messages(&self.models.db, &[(chat, message)]).await?.pop();
            undeleted(found, message)?;
        } else {
            let found = self.seen(me, chat, message).await?;
            if found.service.is_some() {
                return Err(chat::Rejection::ServiceMessage(message).into());
            }
            let among = self.executor.look::<Chat>(chat).await?;
            among.lets_react(me.account, self.clock.now())?;
        }
        Ok(reactions::set_of(&self.models.db, (chat, message), me.account).await?)
    }

    /// A message that the caller sees.
    pub(crate) async fn seen(&self, me: Device, chat: ChatId, message: MessageId) -> Result<timeline::Message, Error> {
        self.must_be_in(me, chat).await?;
        let found = timeline::message(&self.models.db, me.account, chat, message).await?;
        undeleted(found, message)
    }
}

fn undeleted(found: Option<timeline::Message>, message: MessageId) -> Result<timeline::Message, Error> {
    let found = found.ok_or(Error::MessageNotFound(message))?;
    if found.deleted {
        return Err(chat::Rejection::MessageDeleted(message).into());
    }
    Ok(found)
}

fn texts(reactions: &[Emoji]) -> Vec<String> {
    reactions.iter().map(ToString::to_string).collect()
}
