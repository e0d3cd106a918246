//! A frame that is a request: what it says stands where HTTP has it.

use axum::http::{Method, Uri};
use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// `{"type":"call","id":"…","method":"POST","path":"/v1/chats/g-1/forward","body":{…}}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// How.
    #[serde(deserialize_with = "method")]
    pub(crate) method: Method,
    /// What is asked, with its query.
    #[serde(deserialize_with = "path")]
    pub(crate) path: Uri,
    /// What is said, as it was written.
    #[serde(default)]
    pub(crate) body: Option<Box<RawValue>>,
}

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

fn method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
    let text = String::deserialize(deserializer)?;
    let method = METHODS.into_iter().find(|method| method.as_str() == text);
    method.ok_or_else(|| D::Error::custom("must be GET, POST, PUT, PATCH or DELETE"))
}

/// Reads a path of this API, and nothing of which a part would be passed over: no host, no fragment.
fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uri, D::Error> {
    let text = String::deserialize(deserializer)?;
    let uri = text.starts_with("/v1/").then(|| text.parse::<Uri>().ok()).flatten();
    uri.filter(|uri| uri.path_and_query().is_some_and(|whole| whole.as_str() == text))
        .ok_or_else(|| D::Error::custom("must be a path from /v1/ on, perhaps with a query, as a request has it"))
}

#[cfg(test)]
mod tests {
    use crate::session::incoming::{Incoming, read};

    use super::*;

    fn called(method: &str, path: &str, rest: &str) -> Result<Call, String> {
        let frame = format!(r#"{{"type":"call","id":"0190d6a4-0000-7000-8000-000000000001","method":"{method}","path":"{path}"{rest}}}"#);
        match read(&frame) {
            Ok(Incoming::Call(_, call)) => Ok(call),
            Ok(other) => panic!("{other:?}"),
            Err(misunderstood) => Err(misunderstood.error.to_string()),
        }
    }

    #[test]
    fn a_call_says_what_a_request_says() {
        let call = called("PUT", "/v1/chats/g-1/draft?a=%2Fb", r#","body": {"text" : "well"}"#).unwrap();
        assert_eq!((call.method, call.path.path()), (Method::PUT, "/v1/chats/g-1/draft"));
        assert_eq!(call.path.query(), Some("a=%2Fb"));
        assert_eq!(call.body.unwrap().get(), r#"{"text" : "well"}"#);
        for nothing in ["", r#","body":null"#] {
            assert!(called("GET", "/v1/me", nothing).unwrap().body.is_none(), "{nothing}");
        }
    }

    #[test]
    fn dots_and_signs_stay_as_they_are() {
        for path in ["/v1/../v1/me", "/v1//me", "/v1/%2e%2e/me", "/v1/me%00", "/v1/ws/"] {
            assert_eq!(called("GET", path, "").unwrap().path.path(), path);
        }
    }

    #[test]
    fn what_is_no_path_of_the_api_is_refused() {
        for path in [
            "",
            "/",
            "*",
            "v1/me",
            "//v1/me",
            "/V1/me",
            "/v2/me",
            "/v1",
            "/metrics",
            "http://127.0.0.1/v1/me",
            "/v1/me#name",
            "/v1/me?a=b#c",
            "/v1/my name",
            r"/v1/me\r\nHost: x",
            r"/v1/me\u0000",
        ] {
            let why = called("GET", path, "").expect_err(path);
            assert!(why.starts_with("path: "), "{path}: {why}");
        }
        for method in ["", "get", "HEAD", "OPTIONS", "CONNECT", "TRACE", "BREW"] {
            let why = called(method, "/v1/me", "").expect_err(method);
            assert!(why.starts_with("method: "), "{method}: {why}");
        }
        assert!(called("GET", "/v1/me", r#","headers":{}"#).unwrap_err().contains("headers"));
    }
}
