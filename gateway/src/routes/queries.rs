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
        let mut bare = HashSet::new();
        for (path, item) in document.paths.paths.iter().filter(|(path, _)| path.starts_with("/v1/")) {
            let operations = [
                (Method::GET, &item.get),
                (Method::PUT, &item.put),
                (Method::POST, &item.post),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            let without = operations
                .into_iter()
                .filter_map(|(method, operation)| operation.as_ref().filter(|operation| !takes_one(operation)).map(|_| method));
            bare.extend(without.map(|method| (path.clone(), method)));
        }
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
