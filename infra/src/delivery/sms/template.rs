//! A request with places for whom, what and which code, each escaped as where it stands asks.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::uri::{Scheme, Uri};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::config::sms::{Format, Method, Sms};

/// What is percent-encoded: all but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a contact or a text may hold at worst.
const NASTY: &str = "\"\\\u{1}&=%+#? \n{to}é";

/// A request to be filled in. Never shown: providers' keys may stand in it.
#[derive(Clone)]
pub struct Template {
    url: String,
    body: Option<String>,
    format: Format,
}

/// A request that is filled in.
pub(super) struct Filled {
    pub(super) url: String,
    pub(super) body: String,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Template")
    }
}

impl Template {
    /// That of a section, or what is wrong with it.
    pub fn of(config: &Sms) -> Result<Self, String> {
        let url = config.url.as_ref().ok_or("sms.url: set it, as delivery.phone is sms")?;
        let template = Self {
            url: url.reveal().to_owned(),
            body: config.body.as_ref().map(|body| body.reveal().to_owned()),
            format: config.format,
        };
        template.check()?;
        if (config.method == Method::Get) != template.body.is_none() {
            return Err("sms.body: set it, unless sms.method is GET".to_owned());
        }
        headers(config)?;
        Ok(template)
    }

    fn check(&self) -> Result<(), String> {
        let filled = self.fill(NASTY, NASTY, NASTY);
        let url: Uri = filled
            .url
            .parse()
            .map_err(|_| "sms.url: must be a URL; other signs than letters, digits and -._~ percent-encoded")?;
        let is_web = url.scheme() == Some(&Scheme::HTTP) || url.scheme() == Some(&Scheme::HTTPS);
        if !is_web || url.host().is_none_or(str::is_empty) || url.authority().is_some_and(|name| name.as_str().contains('@')) {
            return Err("sms.url: must start with https:// or http:// and a host; the user is sms.user".to_owned());
        }
        if self.format == Format::Json && self.body.is_some() && serde_json::from_str::<Value>(&filled.body).is_err() {
            return Err(
                "sms.body: must be JSON, with {to}, {text} and {code} within strings, as in {\"to\":\"{to}\",\"text\":\"{text}\"}"
                    .to_owned(),
            );
        }
        let has = |place: &str| self.url.contains(place) || self.body.as_ref().is_some_and(|body| body.contains(place));
        if !has("{to}") || !(has("{text}") || has("{code}")) {
            return Err("sms.body: must say where {to}, and {text} or {code}, belong".to_owned());
        }
        Ok(())
    }

    /// Whether it goes over TLS.
    pub fn is_encrypted(&self) -> bool {
        self.url.starts_with("https:")
    }

    /// Where it goes.
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            Some(_) | None => authority,
        }
    }

    /// Fills it in.
    pub(super) fn fill(&self, to: &str, code: &str, text: &str) -> Filled {
        let places = [("{to}", to), ("{code}", code), ("{text}", text)];
        let escape = match self.format {
            Format::Form => encoded,
            Format::Json => quoted,
        };
        Filled {
            url: filled(&self.url, &places, encoded),
            body: self.body.as_ref().map(|body| filled(body, &places, escape)).unwrap_or_default(),
        }
    }
}

/// From left to right, so that what was put in is not looked at again.
fn filled(template: &str, places: &[(&str, &str)], escape: fn(&str) -> String) -> String {
    let (mut done, mut rest) = (String::with_capacity(template.len() * 2), template);
    while let Some(start) = rest.find('{') {
        done.push_str(&rest[..start]);
        rest = &rest[start..];
        if let Some((place, value)) = places.iter().find(|(place, _)| rest.starts_with(place)) {
            done.push_str(&escape(value));
            rest = &rest[place.len()..];
        } else {
            done.push('{');
            rest = &rest[1..];
        }
    }
    done + rest
}

fn encoded(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// As it stands between the quotes of a JSON string.
fn quoted(value: &str) -> String {
    let quoted = Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The headers of every request, who asks among them; or what is wrong with them.
pub(super) fn headers(config: &Sms) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    if config.method != Method::Get {
        let kind = match config.format {
            Format::Form => "application/x-www-form-urlencoded",
            Format::Json => "application/json",
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if let (Some(user), Some(password)) = (&config.user, &config.password) {
        let pair = STANDARD.encode(format!("{user}:{}", password.reveal()));
        headers.insert(
            AUTHORIZATION,
            secret(&format!("Basic {pair}")).ok_or("sms.user: can't stand in a header")?,
        );
    }
    if let Some(token) = &config.token {
        let bearer = secret(&format!("Bearer {}", token.reveal()));
        headers.insert(AUTHORIZATION, bearer.ok_or("sms.token: can't stand in a header")?);
    }
    for header in &config.headers {
        // One may hold a key: which, is not said.
        let (name, value) = pair(header.reveal()).ok_or("sms.headers: each must be \"Name: value\"")?;
        headers.insert(name, value);
    }
    Ok(headers)
}

fn pair(header: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = header.split_once(':')?;
    Some((name.trim().parse().ok()?, secret(value.trim())?))
}

fn secret(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(url: &str, format: Format, body: &str) -> Result<Template, String> {
        Template::of(&Sms {
            url: Some(url.to_owned().into()),
            body: Some(body.to_owned().into()),
            format,
            ..Sms::default()
        })
    }

    fn filled_in(template: &Template) -> Filled {
        template.fill("+4915123456789", "012345", "012345 is \"yours\" & {to}")
    }

    #[test]
    fn a_form_is_percent_encoded() {
        let template = template("https://sms.example/send", Format::Form, "To={to}&From=%2B15550100&Body={text}").unwrap();
        let filled = filled_in(&template);
        assert_eq!(
            filled.body,
            "To=%2B4915123456789&From=%2B15550100&Body=012345%20is%20%22yours%22%20%26%20%7Bto%7D"
        );
    }

    #[test]
    fn json_is_quoted_and_its_own_braces_stay() {
        let body = r#"{"messages":[{"to":"{to}","text":"{text}"}],"code":"{code}"}"#;
        let filled = filled_in(&template("https://sms.example/send", Format::Json, body).unwrap());
        let expected = serde_json::json!({"messages": [{"to": "+4915123456789", "text": "012345 is \"yours\" & {to}"}], "code": "012345"});
        assert_eq!(serde_json::from_str::<Value>(&filled.body).unwrap(), expected);
    }

    #[test]
    fn a_url_may_say_it_all() {
        let config = Sms {
            url: Some("https://sms.example/{to}?text={text}".to_owned().into()),
            method: Method::Get,
            ..Sms::default()
        };
        let filled = filled_in(&Template::of(&config).unwrap());
        assert_eq!(
            filled.url,
            "https://sms.example/%2B4915123456789?text=012345%20is%20%22yours%22%20%26%20%7Bto%7D"
        );
        assert_eq!(filled.body, "");
    }

    #[test]
    fn it_says_where_it_goes() {
        for (url, host, is_encrypted) in [
            ("https://sms.example/{to}?{text}", "sms.example", true),
            ("http://127.0.0.1:8000?{to}{text}", "127.0.0.1", false),
            ("http://[::1]/{to}{text}", "[::1]", false),
        ] {
            let template = template(url, Format::Form, "").unwrap();
            assert_eq!((template.host(), template.is_encrypted()), (host, is_encrypted));
        }
    }

    #[test]
    fn what_can_be_no_request_is_refused() {
        for (url, format, body) in [
            ("sms.example/send", Format::Form, "To={to}&Body={text}"),
            ("ftp://sms.example", Format::Form, "To={to}&Body={text}"),
            ("https://me:secret@sms.example", Format::Form, "To={to}&Body={text}"),
            ("https://sms.example/a b", Format::Form, "To={to}&Body={text}"),
            ("https://sms.example", Format::Form, "To={to}"),
            ("https://sms.example", Format::Form, "Body={text}"),
            ("https://sms.example", Format::Json, r#"{"to":{to},"text":"{text}"}"#),
            ("https://sms.example", Format::Json, "To={to}&Body={text}"),
        ] {
            let refused = template(url, format, body).unwrap_err();
            assert!(!refused.contains("secret"), "{refused}");
        }
    }

    #[test]
    fn who_asks_stands_in_a_header_that_is_never_shown() {
        let config = Sms {
            user: Some("AC0123".to_owned()),
            password: Some("hunter2".to_owned().into()),
            headers: vec!["X-Key: hunter3".to_owned().into()],
            ..Sms::default()
        };
        let headers = headers(&config).unwrap();
        assert_eq!(headers[AUTHORIZATION], "Basic QUMwMTIzOmh1bnRlcjI=");
        assert_eq!(headers["x-key"], "hunter3");
        let shown = format!("{headers:?}");
        assert!(!shown.contains("hunter") && !shown.contains("aHVud"), "{shown}");
    }
}
