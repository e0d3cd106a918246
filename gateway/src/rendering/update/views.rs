//! What shows a sealed text in an update or an answer.

use domain::chat::Terms;
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::rendering::Shut;

/// Declares what shows one sealed text: `null` with `"erased":true` once its key is gone, with `"unreadable":true` while it is lost.
macro_rules! sealed_view {
    ($(#[$doc:meta])* $name:ident, $field:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Serialize, ToSchema)]
        pub(crate) struct $name {
            /// The text; `null` when there is none, it is erased, or can't be read at present.
            pub(crate) $field: Option<String>,
            /// Its author's key is gone and the text with it.
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            pub(crate) erased: bool,
            /// The server can't read the text at present; it is not gone.
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            pub(crate) unreadable: bool,
        }

        impl $name {
            /// The text, or why it does not show. The default is no text.
            pub(crate) fn of($field: Result<String, Shut>) -> Self {
                Self {
                    erased: $field == Err(Shut::Erased),
                    unreadable: $field == Err(Shut::Unreadable),
                    $field: $field.ok(),
                }
            }
        }
    };
}

sealed_view!(
    /// A title; direct chats have none.
    TitleView, title
);
sealed_view!(
    /// What a group says of itself.
    DescriptionView, description
);
sealed_view!(
    /// A name.
    NameView, name
);
sealed_view!(
    /// A username, or none.
    UsernameView, username
);
sealed_view!(
    /// A phone number or an e-mail address.
    AddressView, address
);

/// How far an invite link lets people in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LinkTerms)]
pub(crate) struct TermsView {
    /// How many may join by it; absent: any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    uses_max: Option<u32>,
    /// Until when, in µs since 1970; absent: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    until: Option<Timestamp>,
    /// Who comes by it asks to join, and an admin decides.
    requests: bool,
}

impl TermsView {
    /// These.
    pub(crate) fn of(terms: Terms) -> Self {
        Self {
            uses_max: terms.uses_max.map(std::num::NonZeroU32::get),
            until: terms.until,
            requests: terms.requests,
        }
    }
}
