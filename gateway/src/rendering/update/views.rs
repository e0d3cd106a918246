//! What shows a sealed text in an update or an answer.

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
