//! What an account wishes of another one: others' commands are decided by it.

use super::privacy::{Allowed, Privacy};

/// What an account wishes of another one; nothing, unless it said so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Whether it has blocked the other.
    pub blocked: bool,
    /// Whether the other is a contact of it.
    pub contact: bool,
    /// Who may do what with it.
    pub privacy: Privacy,
}

impl Wishes {
    /// Whether the other may do what this part of the privacy is about.
    pub fn allow(&self, part: impl FnOnce(&Privacy) -> Allowed) -> bool {
        let allowed = match part(&self.privacy) {
            Allowed::Everybody => true,
            Allowed::Contacts => self.contact,
            Allowed::Nobody => false,
        };
        allowed && !self.blocked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(write: Allowed) -> Wishes {
        let privacy = Privacy {
            write,
            ..Privacy::default()
        };
        Wishes {
            privacy,
            ..Wishes::default()
        }
    }

    #[test]
    fn who_wishes_nothing_lets_everybody_do_everything() {
        let nothing = Wishes::default();
        assert!(nothing.allow(|privacy| privacy.write) && nothing.allow(|privacy| privacy.find_by_phone));
    }

    #[test]
    fn contacts_may_what_contacts_may_and_who_is_blocked_may_nothing() {
        for (allowed, stranger, contact) in [
            (Allowed::Everybody, true, true),
            (Allowed::Contacts, false, true),
            (Allowed::Nobody, false, false),
        ] {
            let of = |contact, blocked| Wishes {
                blocked,
                contact,
                ..wishes(allowed)
            };
            let writes = |wishes: Wishes| wishes.allow(|privacy| privacy.write);
            assert_eq!(writes(of(false, false)), stranger, "{allowed:?}");
            assert_eq!(writes(of(true, false)), contact, "{allowed:?}");
            assert!(!writes(of(true, true)) && !writes(of(false, true)), "{allowed:?}");
        }
    }
}
