//! The events' source as their manual: what its doc comments say of each type and field.

use std::collections::BTreeMap;

/// The events of one aggregate.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// What a type says, and the structure that holds it.
    events: BTreeMap<String, (String, String)>,
    structures: BTreeMap<String, Vec<Field>>,
}

/// A field of a structure.
#[derive(Debug)]
pub(super) struct Field {
    name: String,
    is_optional: bool,
    /// Whether its own fields stand in its place.
    is_flat: bool,
    /// The Rust type, without `Option`.
    kind: String,
    /// Its doc comment.
    pub(super) says: String,
}

/// What stands before an item.
#[derive(Default)]
struct Before {
    docs: Vec<String>,
    attributes: String,
}

impl Source {
    /// Reads what `rustfmt` has laid out: a field or variant a line.
    pub(super) fn read(text: &str) -> Self {
        let (mut source, mut before, mut place) = (Self::default(), Before::default(), String::new());
        for line in text.lines().map(str::trim) {
            if let Some(doc) = line.strip_prefix("///") {
                before.docs.push(doc.trim().to_owned());
            } else if line.starts_with("#[") {
                before.attributes.push_str(line);
            } else {
                let before = std::mem::take(&mut before);
                if let Some(name) = opening(line) {
                    name.clone_into(&mut place);
                } else if line == "}" {
                    place.clear();
                } else if place == "Event" {
                    source.variant(line, &before);
                } else if let Some((name, kind)) = line.strip_prefix("pub ").and_then(|line| line.split_once(": ")) {
                    let field = Field::new(name, kind.trim_end_matches(','), &before);
                    source.structures.entry(place.clone()).or_default().push(field);
                }
            }
        }
        source
    }

    fn variant(&mut self, line: &str, before: &Before) {
        let held = line.split_once('(').and_then(|(_, held)| held.strip_suffix("),"));
        if let (Some(held), Some(name)) = (held, before.renamed()) {
            self.events.insert(name.to_owned(), (before.docs.join(" "), held.to_owned()));
        }
    }

    /// What a type says, and its fields.
    pub(super) fn event(&self, name: &str) -> (&str, Vec<&Field>) {
        let (says, held) = self.events.get(name).unwrap_or_else(|| panic!("{name} is not in its source"));
        (says, self.fields(held))
    }

    fn fields(&self, structure: &str) -> Vec<&Field> {
        let own = self.structures.get(structure).into_iter().flatten();
        own.flat_map(|field| if field.is_flat { self.fields(&field.kind) } else { vec![field] })
            .collect()
    }
}

/// The name of a structure or enumeration that begins here.
fn opening(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "))?;
    rest.strip_suffix(" {")
}

impl Before {
    fn renamed(&self) -> Option<&str> {
        let (_, rest) = self.attributes.split_once("rename = \"")?;
        rest.split('"').next()
    }
}

impl Field {
    fn new(name: &str, kind: &str, before: &Before) -> Self {
        let kind = within("Option<", kind).unwrap_or(kind);
        let kind = within("Box<", kind).unwrap_or(kind);
        Self {
            name: before.renamed().unwrap_or(name).to_owned(),
            is_optional: before.attributes.contains("default"),
            is_flat: before.attributes.contains("flatten"),
            kind: kind.to_owned(),
            says: before.docs.join(" "),
        }
    }

    /// Its name as replays tell it, with `?` where it may be absent.
    pub(super) fn shown(&self) -> String {
        let name = if self.name == "sealed" { "content" } else { &self.name };
        format!("{name}{}", if self.is_optional { "?" } else { "" })
    }

    /// What a sealed field holds, as an example.
    pub(super) fn content(&self) -> Option<&'static str> {
        let kind = self.kind.strip_prefix("Sealed<")?.strip_suffix('>')?;
        Some(match kind {
            "Title" => r#"{"title":"Town"}"#,
            "Text" => r#"{"text":"hello"}"#,
            "Description" => r#"{"description":"About us"}"#,
            "LinkLabel" => r#"{"name":"Poster"}"#,
            "Profile" => r#"{"name":"Alice"}"#,
            "DeviceName" => r#"{"name":"phone"}"#,
            "Username" => r#"{"username":"alice"}"#,
            "Address" => r#"{"address":"+442079460000"}"#,
            "ContactName" => r#"{"name":"Bobby"}"#,
            "PasswordSecret" | "TotpSecret" | "RecoveryCodes" | "LinkSecret" => "{}",
            unknown => panic!("what does a sealed {unknown} look like? Say it here"),
        })
    }

    /// Its form in JSON, in words.
    pub(super) fn form(&self) -> String {
        form(&self.kind)
    }
}

/// What stands within a generic type of this name.
fn within<'k>(outer: &str, kind: &'k str) -> Option<&'k str> {
    kind.strip_prefix(outer).and_then(|kind| kind.strip_suffix('>'))
}

fn form(kind: &str) -> String {
    if let Some(item) = within("Vec<", kind).or_else(|| within("BTreeSet<", kind)) {
        return format!("list: {}", form(item));
    }
    let words = match kind {
        "bool" => "flag",
        "AccountId" | "DeviceId" | "MessageId" | "Position" | "ServiceTokenId" | "LinkId" | "NonZeroU32" | "SlowMode" | "i64" | "u32" => {
            "number"
        }
        "SignInId" => "UUID",
        "ChatId" | "CodeHash" | "Emoji" | "NameKey" | "Scope" | "String" | "TokenHash" | "TokenName" => "text",
        "Timestamp" => "µs since 1970",
        "Role" => r#"`"owner"`, `"member"` or `{"admin":[right, …]}`"#,
        "Permission" => r#"`"write"`, `"react"`, `"add_members"`, `"change_info"` or `"pin_messages"`"#,
        "MemberAdded" => "`{account, role, after?}`",
        "Entity" => "`{kind, offset, length, account?}`",
        "Purpose" => r#"`"sign_in"`, `{"address":account}` or `{"recovery":account}`"#,
        "Channel" => r#"`"devices"` or `"contact"`"#,
        "AddressUse" => r#"`"phone"`, `"email"` or `"recovery"`"#,
        "EndReason" => r#"`"idle"`, `"others"` or `"erasure"`"#,
        "Factor" => r#"`"password"`, `"totp"` or `"recovery_code"`"#,
        "Kind" => r#"`"location"` or `"contact"`"#,
        "Count" => "`{message, views?, reactions?}`",
        "ReactionCount" => "`{emoji, count}`",
        "Quote" => "`{offset, length}`",
        "Forwarded" => "`{from?, hidden?, chat?, message?, sent_at}`",
        "Privacy" => r#"`{find_by_phone, write, last_seen, add_to_groups, forwards?}`, each `"everybody"`, `"contacts"` or `"nobody"`"#,
        "FactRef" => "`{position, index}`",
        "Sealed<Title>" => "`{title}`",
        "Sealed<Text>" => "`{text, details?, location?, contact?, extra?}`",
        "Sealed<Profile>" => "`{name, bio?}`",
        "Sealed<DeviceName>" => "`{name, platform?}`",
        "Sealed<ContactName>" => "`{name}`",
        "Sealed<Address>" => "`{address}`",
        "Sealed<PasswordSecret>" | "Sealed<TotpSecret>" | "Sealed<RecoveryCodes>" | "Sealed<LinkSecret>" => "never told",
        "Sealed<Description>" => "`{description}`",
        "Sealed<LinkLabel>" => "`{name?}`",
        "Sealed<Username>" => "`{username}`",
        unknown => panic!("what does {unknown} look like in JSON? Say it here"),
    };
    words.to_owned()
}
