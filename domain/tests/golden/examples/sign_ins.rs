//! What happens to a contact, of the golden files.

use domain::id::SignInId;
use domain::sign_in::event::{Begun, Channel, CodeMade, Failed, Proved, Purpose, Used};
use domain::sign_in::{CodeHash, Event};
use domain::testing::{ALICE, BOB, NOON};
use domain::time::Timestamp;
use uuid::Uuid;

/// A sign-in, for an example.
pub(super) const SIGN_IN: SignInId = SignInId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));

pub(crate) fn all() -> Vec<Event> {
    let begun = |purpose, code| Event::Begun(Begun { purpose, code });
    vec![
        begun(Purpose::SignIn, made(Channel::Contact, Some(NOON.plus_seconds(1_800)))),
        begun(Purpose::Address(ALICE), made(Channel::Contact, Some(NOON.plus_seconds(1_800)))),
        begun(Purpose::Recovery(BOB), made(Channel::Devices, None)),
        Event::CodeMade(made(Channel::Contact, Some(NOON.plus_seconds(3_600)))),
        Event::CodeMade(made(Channel::Devices, None)),
        Event::Failed(Failed {
            sign_in: SIGN_IN,
            at: NOON,
            tries_full_at: NOON.plus_seconds(120),
        }),
        Event::Proved(Proved {
            sign_in: SIGN_IN,
            at: NOON,
            until: NOON.plus_seconds(600),
        }),
        Event::Used(Used {
            sign_in: SIGN_IN,
            account: ALICE,
        }),
    ]
}

fn made(channel: Channel, sends_full_at: Option<Timestamp>) -> CodeMade {
    CodeMade {
        sign_in: SIGN_IN,
        channel,
        code: CodeHash("0123456789abcdef".repeat(4)),
        at: NOON,
        until: NOON.plus_seconds(300),
        resend_at: NOON.plus_seconds(30),
        codes_full_at: NOON.plus_seconds(30),
        sends_full_at,
    }
}
