//! Queries of routes that take none: refused like an unknown field elsewhere, and not passed over.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

use crate::error::Error;

/// Characters of a field's name that are repeated.
const NAME_MAX: usize = 64;

/// What takes no query: patterns of the API's paths, and methods.
#[derive(Debug, Clone)]
pub(super) struct Bare(Arc<HashSet<(String, Method)>>);

impl Bare {
    /// As the document has it. Probes are none of it: who asks for them may add what is needed on the way.
    pub(super) fn of(document: &OpenApi) -> Self {
        let of_the_api = operations(document).filter(|(path, ..)| path.starts_with("/v1/"));
        let bare = of_the_api
            .filter(|(.., operation)| !takes_one(operation))
            .map(|(path, method, _)| (path.to_owned(), method))
            .collect();
        Self(Arc::new(bare))
    }

    fn includes(&self, request: &Request) -> bool {
        let method = match *request.method() {
            Method::HEAD => Method::GET,
            ref method => method.clone(),
        };
        let route = request.extensions().get::<MatchedPath>();
        route.is_some_and(|route| self.0.contains(&(route.as_str().to_owned(), method)))
    }
}

/// All that the document has.
pub(super) fn operations(document: &OpenApi) -> impl Iterator<Item = (&str, Method, &Operation)> {
    document.paths.paths.iter().flat_map(|(path, item)| {
        let operations = [
            (Method::GET, &item.get),
            (Method::PUT, &item.put),
            (Method::POST, &item.post),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ];
        let there = operations
            .into_iter()
            .filter_map(|(method, operation)| Some((method, operation.as_ref()?)));
        there.map(|(method, operation)| (path.as_str(), method, operation))
    })
}

fn takes_one(operation: &Operation) -> bool {
    operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => true,
    })
}

/// Refuses a query where none is taken.
pub(super) async fn refuse(State(bare): State<Bare>, request: Request, next: Next) -> Response {
    let field = request
        .uri()
        .query()
        .and_then(|query| query.split(['=', '&']).find(|field| !field.is_empty()));
    match field {
        Some(field) if bare.includes(&request) => {
            let field: String = field.chars().take(NAME_MAX).collect();
            Error::InvalidRequest(format!("unknown field `{field}`: nothing can be asked for in this query")).into_response()
        }
        Some(_) | None => next.run(request).await,
    }
}
