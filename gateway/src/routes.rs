//! All routes, their OpenAPI document, and what surrounds every request.

mod accounts;
mod addresses;
mod channels;
mod chats;
mod devices;
mod dialogs;
mod doctor;
mod erasure;
mod events;
mod export;
mod factors;
mod forwards;
mod front;
mod groups;
mod history;
mod import;
mod me;
mod members;
mod messages;
mod observed;
mod page;
mod parked;
mod past;
mod people;
mod pins;
mod probes;
mod queries;
mod reactions;
mod rebuild;
mod search;
mod sign_in;
mod standing;
mod status;
mod sync;
mod tokens;
mod typing;
mod uncalled;
mod unread;
mod updates;
mod username;
mod users;

use std::any::Any;

use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{OpenApi, openapi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Shared;
use crate::error::Error;
use crate::{limits, patience, session};

/// The document's head; the routes add themselves.
#[derive(OpenApi)]
#[openapi(
    info(title = "Heliograph", description = "A self-hosted messaging platform. docs/API.md says what this document can't: the WebSocket, guarantees, and how a client resyncs."),
    tags(
        (name = "admin", description = "For the operator's token."),
        (name = "sign-in", description = "Coming in: by a code that is sent to a phone number or an e-mail address. Without a token."),
        (name = "me", description = "The caller's own account."),
        (name = "users", description = "Other accounts."),
        (name = "chats", description = "Chats and their members."),
        (name = "channels", description = "Channels: many follow, few post."),
        (name = "messages", description = "Messages of a chat."),
        (name = "updates", description = "What happens, in order."),
        (name = "events", description = "The log itself, for services that the operator has let in."),
        (name = "probes", description = "For whatever runs the server."),
    ),
    modifiers(&Bearer),
    security(("token" = [])),
)]
struct Document;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("token", token);
    }
}

/// The gateway's routes.
pub(crate) fn router(gateway: Shared) -> Router {
    let (router, document) = documented().split_for_parts();
    let bare = queries::Bare::of(&document);
    let uncalled = uncalled::Refusal::of(&gateway, &document);
    let document = Json(with_trouble(document));
    router
        .route("/v1/openapi.json", axum::routing::get(async move || document))
        .merge(front::pages())
        .fallback(async || Error::NotFound)
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(bare, queries::refuse))
        .layer(middleware::from_fn_with_state(uncalled, uncalled::refuse))
        .layer(DefaultBodyLimit::max(gateway.config.body_max_bytes))
        .layer(middleware::from_fn_with_state(Shared::clone(&gateway), patience::in_time))
        .layer(middleware::from_fn_with_state(Shared::clone(&gateway), limits::at_the_door))
        .layer(middleware::from_fn(observed::observe))
        .with_state(gateway)
}

/// Whatever is asked, the server may be in trouble.
fn with_trouble(mut document: openapi::OpenApi) -> openapi::OpenApi {
    let body = openapi::Content::new(Some(openapi::Ref::from_schema_name("ErrorAnswer")));
    let trouble: openapi::RefOr<openapi::Response> = openapi::ResponseBuilder::new()
        .description("The server can't do it now (503) or met a defect (500); where waiting helps, `retry_after_ms` says how long.")
        .content("application/json", body)
        .into();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            responses.entry("5XX".to_owned()).or_insert_with(|| trouble.clone());
        }
    }
    document
}

fn documented() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(accounts::create, accounts::list))
        .routes(routes!(devices::authorise, devices::list))
        .routes(routes!(devices::end))
        .routes(routes!(erasure::erase))
        .routes(routes!(doctor::examine))
        .routes(routes!(parked::release))
        .routes(routes!(tokens::issue, tokens::list))
        .routes(routes!(tokens::end))
        .routes(routes!(events::tell))
        .routes(routes!(past::chat))
        .routes(routes!(past::members))
        .routes(routes!(past::messages))
        .routes(routes!(rebuild::start, rebuild::status, rebuild::cancel))
        .routes(routes!(import::import))
        .routes(routes!(standing::list))
        .routes(routes!(standing::suspend))
        .routes(routes!(standing::restore))
        .routes(routes!(standing::promote))
        .routes(routes!(standing::demote))
        .routes(routes!(me::get, me::change, erasure::schedule))
        .routes(routes!(erasure::call_off))
        .routes(routes!(export::export))
        .routes(routes!(sign_in::begin))
        .routes(routes!(sign_in::resend))
        .routes(routes!(sign_in::code::show))
        .routes(routes!(sign_in::factor::show))
        .routes(routes!(sign_in::recovery::begin))
        .routes(routes!(sign_in::recovery::show))
        .routes(routes!(username::request, username::drop))
        .routes(routes!(factors::get))
        .routes(routes!(factors::password::set, factors::password::remove))
        .routes(routes!(factors::totp::begin, factors::totp::set, factors::totp::remove))
        .routes(routes!(factors::totp::make_codes))
        .routes(routes!(addresses::list, addresses::adding::begin))
        .routes(routes!(addresses::adding::resend))
        .routes(routes!(addresses::adding::show))
        .routes(routes!(addresses::drop))
        .routes(routes!(devices::own::list, devices::own::end_others))
        .routes(routes!(devices::own::rename, devices::own::end))
        .routes(routes!(people::contacts::list))
        .routes(routes!(people::contacts::add, people::contacts::remove))
        .routes(routes!(people::blocked::list))
        .routes(routes!(people::blocked::block, people::blocked::unblock))
        .routes(routes!(people::privacy::get, people::privacy::change))
        .routes(routes!(users::get))
        .routes(routes!(users::find))
        .routes(routes!(users::phones::find))
        .merge(of_chats())
        .routes(routes!(updates::poll))
        .routes(routes!(updates::acknowledge))
        .routes(routes!(session::upgrade))
        .routes(routes!(probes::health))
        .routes(routes!(probes::ready))
        .routes(routes!(probes::measured))
        .routes(routes!(status::status))
}

fn of_chats() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(chats::create, chats::seen::list))
        .routes(routes!(chats::direct))
        .routes(routes!(chats::seen::get, chats::rename))
        .routes(routes!(chats::read))
        .routes(routes!(typing::tell))
        .routes(routes!(channels::create, channels::find))
        .routes(routes!(channels::subscribe))
        .routes(routes!(channels::username::request, channels::username::drop))
        .routes(routes!(channels::updates::list))
        .routes(routes!(channels::views::see))
        .routes(routes!(dialogs::marks::clear))
        .routes(routes!(dialogs::marks::mark, dialogs::marks::unmark))
        .routes(routes!(dialogs::settings::mute, dialogs::settings::unmute))
        .routes(routes!(dialogs::settings::archive, dialogs::settings::take_out))
        .routes(routes!(dialogs::settings::reorder))
        .routes(routes!(dialogs::settings::pin, dialogs::settings::unpin))
        .routes(routes!(dialogs::settings::draft, dialogs::settings::discard))
        .routes(routes!(members::list, members::add))
        .routes(routes!(members::change, members::remove))
        .routes(routes!(members::leave))
        .routes(routes!(groups::settings::get))
        .routes(routes!(groups::settings::describe, groups::settings::undescribe))
        .routes(routes!(groups::settings::permit))
        .routes(routes!(groups::settings::slow_down))
        .routes(routes!(groups::settings::protect, groups::settings::unprotect))
        .routes(routes!(groups::settings::pass_on))
        .routes(routes!(groups::bans::list))
        .routes(routes!(groups::bans::ban, groups::bans::unban))
        .routes(routes!(groups::restrictions::list))
        .routes(routes!(groups::restrictions::restrict, groups::restrictions::lift))
        .routes(routes!(groups::links::list, groups::links::make))
        .routes(routes!(groups::links::change, groups::links::revoke))
        .routes(routes!(groups::requests::list))
        .routes(routes!(groups::requests::approve, groups::requests::decline))
        .routes(routes!(groups::joining::preview))
        .routes(routes!(groups::joining::join))
        .routes(routes!(history::list, messages::send))
        .routes(routes!(messages::get, messages::edit, messages::delete))
        .routes(routes!(messages::delete_many))
        .routes(routes!(forwards::forward))
        .routes(routes!(dialogs::marks::hide))
        .routes(routes!(reactions::list, reactions::react, reactions::take_back))
        .routes(routes!(reactions::readers))
        .routes(routes!(pins::list, pins::unpin_all))
        .routes(routes!(pins::pin, pins::unpin))
        .routes(routes!(search::everywhere))
        .routes(routes!(search::in_chat))
        .routes(routes!(sync::sync))
}

#[expect(clippy::needless_pass_by_value, reason = "the layer gives it away")]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let reason = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    Error::Internal(format!("a request panicked: {}", reason.unwrap_or("without a word"))).into_response()
}
