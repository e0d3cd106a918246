//! `/v1/chats/{chat}/links`: what lets people into a group by themselves.

use std::num::NonZeroU32;

use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::chat::command::MakeLink;
use domain::chat::content::{LinkLabel, LinkSecret};
use domain::chat::{self, Chat, Command, LinkNameText, LinkToken, Right, Terms};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, CommandId, LinkId};
use domain::stream::Stream;
use domain::time::Timestamp;
use projections::links::{self, Link};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{have, must_have};
use crate::Shared;
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, Path};
use crate::position::Fresh;
use crate::rendering::{Opener, TermsView};

/// How far a link lets people in, and what it is called.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LinkTerms {
    /// How many may join by it; absent: any number.
    #[schema(value_type = Option<u32>, minimum = 1)]
    uses_max: Option<NonZeroU32>,
    /// Until when, in µs since 1970; absent: for ever.
    #[schema(value_type = Option<i64>)]
    until: Option<Timestamp>,
    /// Who comes by it asks to join, and an admin decides.
    requests: bool,
    /// What those who manage links call it: 1 to 32 characters.
    name: Option<String>,
}

/// An invite link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Link)]
pub(crate) struct LinkView {
    /// Its number within the chat.
    #[schema(value_type = i64)]
    id: LinkId,
    /// What lets people in; absent when who made it was erased, or it can't be read at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(flatten)]
    terms: TermsView,
    /// How many have joined by it.
    uses: u32,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    made_by: Option<AccountId>,
    /// When, in µs since 1970.
    #[schema(value_type = i64)]
    made_at: Timestamp,
}

/// One link.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneLink {
    link: LinkView,
}

/// A chat's links, by number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Links {
    links: Vec<LinkView>,
}

/// Lists a group's invite links that are not revoked.
#[utoipa::path(get, path = "/v1/chats/{chat}/links", tag = "chats", params(("chat" = String, Path)),
    responses((status = 200, body = Links), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
) -> Result<axum::Json<Links>, Error> {
    let _turn = gateway.turn().await;
    must_have(&gateway, me, chat, Right::ManageLinks).await?;
    let rows = links::of_chat(&gateway.models.db, chat).await?;
    let labels = rows.iter().filter_map(|row| row.label.as_ref().map(|label| label.of));
    let owners: Vec<AccountId> = rows.iter().map(|row| row.secret.of).chain(labels).collect();
    let opener = Opener::for_accounts(&gateway.keys, &owners).await?;
    let links = rows.iter().map(|row| view(opener, row)).collect();
    Ok(axum::Json(Links { links }))
}

/// Makes an invite link.
#[utoipa::path(post, path = "/v1/chats/{chat}/links", tag = "chats", params(("chat" = String, Path)), request_body = LinkTerms,
    responses((status = 201, body = OneLink), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn make(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(terms): Json<LinkTerms>,
) -> Result<Answer<OneLink>, Error> {
    let (token, name) = (draw(&gateway, chat, command), name(terms.name.as_deref())?);
    let payload = Command::MakeLink(MakeLink {
        key: gateway.keys.name_key("link", &token),
        token: LinkToken::new(token.clone()),
        terms: terms.terms(),
        name,
    });
    let done = gateway.executor.execute::<Chat>(chat, me.request(command, payload)).await?;
    let made = done.facts.iter().find_map(|fact| made(fact));
    let (id, made_at) = made.ok_or_else(|| Error::Internal("a link was made and there is none".to_owned()))?;
    let link = LinkView {
        id,
        token: Some(token),
        name: terms.name.as_deref().map(|name| name.trim().to_owned()),
        terms: TermsView::of(terms.terms()),
        uses: 0,
        made_by: Some(me.account),
        made_at,
    };
    Ok(Answer::created(OneLink { link }).at(done.position))
}

/// Changes how far a link lets people in, and what it is called.
#[utoipa::path(put, path = "/v1/chats/{chat}/links/{link}", tag = "chats", params(("chat" = String, Path), ("link" = i64, Path)),
    request_body = LinkTerms, responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn change(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path((chat, link)): Path<(ChatId, LinkId)>,
    Json(new): Json<LinkTerms>,
) -> Result<Answer<()>, Error> {
    let (terms, name) = (new.terms(), name(new.name.as_deref())?);
    have(&gateway, me, command, chat, Command::ChangeLink { link, terms, name }).await
}

/// Lets a link let nobody in any more. Who came by it stays.
#[utoipa::path(delete, path = "/v1/chats/{chat}/links/{link}", tag = "chats", params(("chat" = String, Path), ("link" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn revoke(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: (chat, link) }: Bare<(ChatId, LinkId)>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::RevokeLink { link }).await
}

impl LinkTerms {
    fn terms(&self) -> Terms {
        Terms {
            uses_max: self.uses_max,
            until: self.until,
            requests: self.requests,
        }
    }
}

fn name(name: Option<&str>) -> Result<Option<LinkNameText>, Error> {
    let parsed = name.map(LinkNameText::parse).transpose();
    parsed.map_err(|invalid| Error::Text("name", invalid))
}

/// 128 bits that nobody guesses, drawn from the command's id: sent again, it tells the same.
fn draw(gateway: &Shared, chat: ChatId, command: CommandId) -> String {
    let scope = format!("link {chat}");
    let halves = [0, 1].map(|half| gateway.keys.draw(&scope, command, half).to_be_bytes());
    URL_SAFE_NO_PAD.encode(halves.concat())
}

fn made(fact: &Fact) -> Option<(LinkId, Timestamp)> {
    match &fact.event {
        Event::Chat(chat::Event::LinkMade(made)) => Some((made.link, fact.happened_at())),
        Event::Chat(_)
        | Event::Account(_)
        | Event::SignIn(_)
        | Event::Inbox(_)
        | Event::Name(_)
        | Event::Interactions(_)
        | Event::System(_) => None,
    }
}

fn view(opener: Opener<'_>, row: &Link) -> LinkView {
    let stream = Stream::Chat(row.chat);
    let secret = opener.open_closed::<LinkSecret>(&stream, &row.secret).ok();
    let (token, first) = secret.map_or((None, None), |secret| (Some(secret.token), secret.name));
    let name = match &row.label {
        Some(label) => opener.open_closed::<LinkLabel>(&stream, label).ok().and_then(|label| label.name),
        None => first,
    };
    LinkView {
        id: row.link,
        token,
        name,
        terms: TermsView::of(row.terms),
        uses: row.uses,
        made_by: row.made_by,
        made_at: row.made_at,
    }
}
