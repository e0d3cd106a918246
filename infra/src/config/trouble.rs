//! What is wrong with a configuration that can't be read: the key, where it stands, what it must be. Never what it is, as it may be a secret.

use figment::Error;
use figment::error::{Actual, Kind};

use super::secret;

/// One line for each thing that is wrong.
pub(super) fn told(errors: &Error) -> String {
    errors
        .clone()
        .into_iter()
        .map(|error| line(&error))
        .collect::<Vec<_>>()
        .join("\n  ")
}

fn line(error: &Error) -> String {
    let key = if error.path.is_empty() {
        String::new()
    } else {
        format!("{}: ", error.path.join("."))
    };
    format!("{key}{}{}", words(&error.kind), place(error))
}

fn words(kind: &Kind) -> String {
    match kind {
        Kind::InvalidType(found, wanted) | Kind::InvalidValue(found, wanted) => format!("found {}, expected {wanted}", sort(found)),
        Kind::Unsupported(found) | Kind::UnsupportedKey(found, _) => format!("found {}", sort(found)),
        Kind::Message(message) => without_the_file(message),
        Kind::InvalidLength(..)
        | Kind::UnknownVariant(..)
        | Kind::UnknownField(..)
        | Kind::MissingField(_)
        | Kind::DuplicateField(_)
        | Kind::ISizeOutOfRange(_)
        | Kind::USizeOutOfRange(_) => kind.to_string(),
    }
}

fn sort(found: &Actual) -> &'static str {
    match found {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "a number",
        Actual::Char(_) | Actual::Str(_) | Actual::Bytes(_) => "a text",
        Actual::Seq => "a list",
        Actual::Map => "a section",
        Actual::Unit
        | Actual::Option
        | Actual::NewtypeStruct
        | Actual::Enum
        | Actual::UnitVariant
        | Actual::NewtypeVariant
        | Actual::TupleVariant
        | Actual::StructVariant
        | Actual::Other(_) => "something else",
    }
}

/// What is wrong with TOML is told with a piece of the file, in lines that are marked at their beginning.
fn without_the_file(message: &str) -> String {
    let marked = |line: &&str| {
        line.trim_start_matches(|char: char| char == ' ' || char.is_ascii_digit())
            .starts_with('|')
    };
    let lines: Vec<&str> = message.lines().filter(|line| !marked(line) && !line.is_empty()).collect();
    lines.join("; ")
}

fn place(error: &Error) -> String {
    let Some(metadata) = &error.metadata else { return String::new() };
    let file = metadata.source.as_ref().and_then(|source| source.file_path());
    match (file, &error.kind) {
        (Some(file), _) => format!(" (in {})", file.display()),
        (None, kind) if wants_text(kind) => {
            r#" (in the environment, where what looks like a number or a list needs quotes of its own: '"0123"')"#.to_owned()
        }
        (None, Kind::InvalidType(_, wanted)) if wanted == "a sequence" => r#" (in the environment, as in '["one", "another"]')"#.to_owned(),
        (None, _) => " (in the environment)".to_owned(),
    }
}

fn wants_text(kind: &Kind) -> bool {
    match kind {
        Kind::Message(message) => message == secret::NO_TEXT,
        Kind::InvalidType(_, wanted) => wanted == "a string",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use figment::Figment;
    use figment::providers::{Format as _, Toml};

    use super::*;
    use crate::config::Config;

    fn trouble(toml: &str) -> String {
        told(&Figment::from(Toml::string(toml)).extract::<Config>().unwrap_err())
    }

    #[test]
    fn of_a_value_nothing_is_told() {
        for (toml, told) in [
            ("[sms]\npassword = 271828", "sms.password: must be a text"),
            (
                "[sms]\nheaders = \"X-Key: 271828\"",
                "sms.headers: found a text, expected a sequence",
            ),
            ("[sms]\nheaders = [271828]", "sms.headers"),
            ("[database]\nurl = [271828]", "database.url: must be a text"),
            ("[sms]\npassword = hunter271828", "line 2"),
            ("[sms]\npassword = \"271828", "line 2"),
            ("[sms]\ntoken = 'a'\ntoken = \"271828\"", "duplicate key"),
            (
                "[server]\nconnections = \"271828 or so\"",
                "server.connections: found a text, expected ",
            ),
        ] {
            let trouble = trouble(toml);
            assert!(trouble.contains(told) && !trouble.contains("271828"), "{trouble}");
        }
    }
}
