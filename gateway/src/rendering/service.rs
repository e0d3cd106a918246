//! Service messages as clients see them: what happened, in the place where it happened.

use domain::chat::content::Title;
use domain::chat::{self, Service};
use domain::fact::Fact;
use domain::sealed::Closed;
use domain::stream::Stream;
use serde::Serialize;
use utoipa::ToSchema;

use super::message::shown_in;
use super::{MessageView, Opener, TitleView};

/// What a service message tells.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Service)]
pub(crate) struct ServiceView {
    #[serde(flatten)]
    #[schema(value_type = ServiceShape)]
    what: Service,
    /// The new title, of `renamed`.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = TitleView)]
    title: Option<TitleView>,
}

/// What happened.
#[derive(Debug, ToSchema)]
#[schema(as = ServiceKind)]
#[expect(
    dead_code,
    reason = "documents the shape of `domain::chat::Service`, which knows nothing of OpenAPI"
)]
pub(crate) struct ServiceShape {
    /// `renamed`, `member_added`, `member_removed`, `member_left` or `message_pinned`.
    r#type: String,
    /// Who was added or removed, or left.
    account: Option<i64>,
    /// Who was added came by an invite link; absent: not.
    by_link: Option<bool>,
    /// Which message was pinned.
    message: Option<i64>,
}

impl Opener<'_> {
    /// What a service message tells now.
    pub(super) fn service(self, stream: &Stream, what: &Service, title: Option<&Closed>) -> ServiceView {
        ServiceView {
            what: what.clone(),
            title: title.map(|title| TitleView::of(self.open_closed::<Title>(stream, title).map(|title| title.title))),
        }
    }

    /// The service message that a fact is, if it is one.
    pub(super) fn told(self, fact: &Fact, event: &chat::Event) -> Option<MessageView> {
        let (message, what) = event.service()?;
        let title = if let chat::Event::Renamed(renamed) = event {
            Some(TitleView::of(self.open(&fact.stream, &renamed.title).map(|title| title.title)))
        } else {
            None
        };
        Some(MessageView {
            id: message.get(),
            from: what.author(fact.by.account()).and_then(|author| shown_in(&fact.stream, author)),
            sent_at: Some(fact.happened_at()),
            service: Some(ServiceView { what, title }),
            ..MessageView::default()
        })
    }
}
