//! Who is banned from a channel follows it no more: of that the channel knows nothing, the account's inbox does.

use async_trait::async_trait;
use domain::chat;
use domain::event::Event;
use domain::fact::Fact;
use domain::id::ChatId;
use domain::inbox::{self, Inbox};
use domain::stream::Stream;

use crate::reactor::{Context, Reactor, Trouble};

/// The reactor.
#[derive(Debug, Clone, Copy)]
pub struct Banned;

#[async_trait]
impl Reactor for Banned {
    fn name(&self) -> &'static str {
        "banned"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        matches!(stream, Stream::Chat(ChatId::Channel(_)))
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        let (Stream::Chat(chat), Event::Chat(chat::Event::MemberBanned(banned))) = (&fact.stream, &fact.event) else {
            return Ok(());
        };
        let gone = inbox::Command::Unsubscribe { chat: *chat };
        let answer = context.command::<Inbox>("unsubscribe", banned.account, gone).await?;
        answer.map(drop).map_err(|rejection| Trouble::Never(rejection.to_string()))
    }
}
