//! E-mail addresses: the plain ones that everybody has.

use super::InvalidContact;

/// What a path of SMTP holds (RFC 5321, 4.5.3.1.3).
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;
const LONGEST_LABEL: usize = 63;

/// An e-mail address, its domain in lower case.
#[derive(Clone)]
pub struct Email(String);

impl Email {
    /// No quoted local parts, no comments, no addresses of hosts. A domain of other letters is written in its ASCII form (`xn--…`).
    pub(super) fn parse(text: &str) -> Result<Self, InvalidContact> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(InvalidContact::Email)?;
        if local.len() + 1 + domain.len() <= LONGEST && is_local(local) && is_domain(domain) {
            Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
        } else {
            Err(InvalidContact::Email)
        }
    }

    /// `local@domain`, the local part as its owner spells it: a provider may care.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// All in lower case: no provider gives `Alice@` and `alice@` to two people.
    pub(super) fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Email {}

/// A dot-atom (RFC 5322, 3.2.3).
fn is_local(local: &str) -> bool {
    let atom = |atom: &str| !atom.is_empty() && atom.bytes().all(is_atext);
    local.len() <= LONGEST_LOCAL && local.split('.').all(atom)
}

fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// Labels of letters, digits and hyphens, at least two; the last is no number, or it might be the address of a host.
fn is_domain(domain: &str) -> bool {
    let mut labels = domain.rsplit('.');
    let top = labels.next().unwrap_or_default();
    let named = top.bytes().any(|byte| byte.is_ascii_alphabetic());
    named && domain.contains('.') && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=LONGEST_LABEL).contains(&label.len()) && label.bytes().all(inside) && !label.starts_with('-') && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Option<String> {
        Email::parse(text).ok().map(|email| email.as_str().to_owned())
    }

    #[test]
    fn an_address_is_kept_as_it_is_spelt_but_for_its_domain() {
        assert_eq!(parsed("Alice.B+news@Example.ORG").as_deref(), Some("Alice.B+news@example.org"));
        assert_eq!(parsed(" a@xn--bcher-kva.example ").as_deref(), Some("a@xn--bcher-kva.example"));
        assert!(Email::parse("ALICE@example.org") == Email::parse("alice@EXAMPLE.org"));
        assert_eq!(Email::parse("Alice@example.org").unwrap().folded(), "alice@example.org");
    }

    #[test]
    fn what_is_not_plain_is_no_address() {
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("a@{}.org", ["a"; 126].join("."));
        for text in [
            "",
            "alice",
            "@example.org",
            "alice@",
            "alice@localhost",
            "alice@127.0.0.1",
            "alice@[127.0.0.1]",
            "alice@-a.org",
            "alice@a..org",
            ".alice@example.org",
            "al..ice@example.org",
            "\"alice\"@example.org",
            "Alice <alice@example.org>",
            "alice@example.org,bob@example.org",
            "alice@example.org\r\nBcc: bob@example.org",
            "älice@example.org",
            "alice@exämple.org",
            &long,
            &longer,
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_canonical_spelling_is_its_own(text in "[A-Za-z.+]{1,8}@[A-Za-z.-]{1,12}") {
            if let Some(canonical) = parsed(&text) {
                prop_assert_eq!(parsed(&canonical), Some(canonical.clone()));
            }
        }

        #[test]
        fn whatever_is_written_is_answered(text in any::<String>()) {
            let _ = parsed(&text);
        }
    }
}
