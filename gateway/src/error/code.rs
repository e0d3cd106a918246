//! Every error code: its stable name, its HTTP status and what it means to a client.

use axum::http::StatusCode;

/// Declares the codes; `docs/API.md` lists the same, a test compares them.
macro_rules! codes {
    ($($variant:ident = $name:literal, $status:ident, $meaning:literal;)*) => {
        /// A stable error code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// All of them, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The HTTP status that comes with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// What it means.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    // The request itself.
    MalformedJson = "malformed_json", BAD_REQUEST, "The body or frame is not JSON.";
    InvalidRequest = "invalid_request", BAD_REQUEST, "JSON, path or query of the wrong shape: a wrong type, a missing or unknown field, an id out of range. The message names the field.";
    InvalidIdempotencyKey = "invalid_idempotency_key", BAD_REQUEST, "`Idempotency-Key` is not a UUID, or there are two.";
    InvalidPosition = "invalid_position", BAD_REQUEST, "`Heliograph-Position`, or the `after` of a replay, is not a position of this installation's log.";
    Unauthorized = "unauthorized", UNAUTHORIZED, "No token, or one that is not known.";
    DeviceEnded = "device_ended", UNAUTHORIZED, "The token's device has been ended. Sign in anew.";
    TokenEnded = "token_ended", UNAUTHORIZED, "The service's token has been ended, or has expired.";
    Forbidden = "forbidden", FORBIDDEN, "The token is good, but not for this: an account's token where the admin's is needed, or the reverse.";
    MissingScope = "missing_scope", FORBIDDEN, "The service's token lacks the scope that this needs; the message names it.";
    NotFound = "not_found", NOT_FOUND, "There is no such route.";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The route exists, not with this method; `Allow` says with which.";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The body did not arrive in time.";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is over the limit.";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body's `Content-Type` is not `application/json` in UTF-8, or the body is compressed.";
    UpgradeRequired = "upgrade_required", UPGRADE_REQUIRED, "`/v1/ws` was asked for without a WebSocket handshake.";
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "More than the [rate limits](#rate-limits) allow; the message says of what. Nothing was done; send again, with the same id, after `retry_after_ms`.";
    // Commands in general.
    CommandIdReused = "command_id_reused", CONFLICT, "This command id was used for another command. Draw a new one.";
    CommandTooLarge = "command_too_large", PAYLOAD_TOO_LARGE, "What the command would record is over what one record may hold.";
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "Too many commands, or looks at the past, are waiting. Nothing was done; send again, with the same id, after `retry_after_ms`.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The log or a database can't be reached. The command may or may not have been accepted: send it again, with the same id, after `retry_after_ms`.";
    Behind = "behind", SERVICE_UNAVAILABLE, "The read models do not include yet what the answer must include: the wanted position, or all of the log, without which a cursor or token that they do not know can't be judged. Ask again after `retry_after_ms`.";
    ShuttingDown = "shutting_down", SERVICE_UNAVAILABLE, "This server is about to stop. Connect again.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "A defect of the server. The message holds nothing else.";
    // Texts and names.
    TextBlank = "text_blank", BAD_REQUEST, "There is nothing to see in the text.";
    TextTooLong = "text_too_long", BAD_REQUEST, "The text is over its limit.";
    TextControlCharacter = "text_control_character", BAD_REQUEST, "The text has control characters.";
    TooManyEntities = "too_many_entities", BAD_REQUEST, "More formatted ranges than a message may have.";
    InvalidEntity = "invalid_entity", BAD_REQUEST, "A formatted range that can't be: out of the text, within a character, crossing another, or with fields that are not its type's.";
    InvalidLocation = "invalid_location", BAD_REQUEST, "There is no such place on the earth, or the accuracy is too poor.";
    InvalidContact = "invalid_contact", BAD_REQUEST, "A contact's phone number has 3 to 15 digits.";
    ExtraTooLong = "extra_too_long", BAD_REQUEST, "`extra` is over its limit.";
    NotAUsername = "not_a_username", BAD_REQUEST, "A username is 5 to 32 letters a-z, digits and underscores, a letter first.";
    InvalidPhone = "invalid_phone", BAD_REQUEST, "Not a phone number with its country code, or one that its country does not give out.";
    InvalidEmail = "invalid_email", BAD_REQUEST, "Not an e-mail address, or one of an unusual form.";
    InvalidCode = "invalid_code", BAD_REQUEST, "A code is six digits, a recovery code 24 letters and digits.";
    InvalidPassword = "invalid_password", BAD_REQUEST, "A password has 8 to 256 characters.";
    CommonPassword = "common_password", BAD_REQUEST, "The password is among the first that anybody would try.";
    HintTellsPassword = "hint_tells_password", BAD_REQUEST, "The hint has the password in it.";
    UsernameReserved = "username_reserved", BAD_REQUEST, "This username is kept back: somebody would pass for who runs the server.";
    // Signing in.
    ContactUnreachable = "contact_unreachable", CONFLICT, "The server has no way to send codes to phones, or to e-mail addresses.";
    SignInNotFound = "sign_in_not_found", NOT_FOUND, "The phone number or e-mail address has no such sign-in (any more). Begin another.";
    WrongCode = "wrong_code", BAD_REQUEST, "The code is wrong.";
    CodeExpired = "code_expired", GONE, "The code is too old. Have another one sent.";
    CodeSpent = "code_spent", GONE, "Too many wrong codes were shown in the place of this one. Have another one sent.";
    CodeUsed = "code_used", CONFLICT, "The right code was shown before, and it is not this one.";
    CodeNotShown = "code_not_shown", CONFLICT, "The code has to be shown first.";
    WrongFactor = "wrong_factor", BAD_REQUEST, "The password, one-time password or recovery code is wrong, or was used already.";
    SignInExpired = "sign_in_expired", GONE, "The code was shown too long ago. Begin another sign-in.";
    SignInUsed = "sign_in_used", CONFLICT, "The sign-in was used already.";
    RegistrationClosed = "registration_closed", FORBIDDEN, "No account is reached there, and who runs the server lets nobody register.";
    TooManyCodes = "too_many_codes", TOO_MANY_REQUESTS, "Too many codes were asked for. Ask again after `retry_after_ms`.";
    TooManySends = "too_many_sends", TOO_MANY_REQUESTS, "Too many codes were sent there. Ask again after `retry_after_ms`, or have it sent to the account's other devices.";
    TooSoon = "too_soon", TOO_MANY_REQUESTS, "A code was sent just now. Wait for it; another can be sent after `retry_after_ms`.";
    // Accounts.
    AccountNotFound = "account_not_found", NOT_FOUND, "There is no such account.";
    AccountErased = "account_erased", GONE, "The account and what it said have been erased.";
    AccountSuspended = "account_suspended", FORBIDDEN, "The operator or an admin keeps the account from acting.";
    SecondFactorRequired = "second_factor_required", FORBIDDEN, "This installation requires a second factor of everybody. Set a password or an authenticator app; nothing else is possible before.";
    DeviceNotFound = "device_not_found", NOT_FOUND, "The account has no such device; perhaps it was ended.";
    TooManyDevices = "too_many_devices", CONFLICT, "The account has as many devices as it may have. End one first.";
    DeviceIdsExhausted = "device_ids_exhausted", CONFLICT, "The account can authorise no further device, ever.";
    FactorNeeded = "factor_needed", FORBIDDEN, "A second factor that is set has to be shown: of the kind that is to be changed, where that is set.";
    FactorNotSet = "factor_not_set", CONFLICT, "The account has no such second factor.";
    FactorsChanged = "factors_changed", CONFLICT, "The second factor was changed meanwhile. Show the present one.";
    TooManyTries = "too_many_tries", TOO_MANY_REQUESTS, "Too many wrong ones were shown. Try again after `retry_after_ms`.";
    LastAddress = "last_address", CONFLICT, "The last address that one signs in with stays. Set another one first.";
    SameAddress = "same_address", CONFLICT, "The address serves the account in another way: the recovery address is not one that it signs in with.";
    AddressTaken = "address_taken", CONFLICT, "Another account signs in with the address, or is about to.";
    NoRecoveryAddress = "no_recovery_address", CONFLICT, "The account has no recovery address, or another by now.";
    Oneself = "oneself", BAD_REQUEST, "Another account has to be named, not one's own.";
    TooManyContacts = "too_many_contacts", CONFLICT, "The account has as many contacts as it may have.";
    TooManyBlocked = "too_many_blocked", CONFLICT, "The account blocks as many others as it may.";
    AccountIsAdmin = "account_is_admin", FORBIDDEN, "The account is an admin, whom only the operator may suspend or restore.";
    ErasureNotDue = "erasure_not_due", CONFLICT, "The account is not to be erased, or not yet.";
    ExportUnderWay = "export_under_way", CONFLICT, "An export of this account is under way already. Take it in, or break it off, first.";
    UsernameTaken = "username_taken", CONFLICT, "Somebody else has this username, or gave it up lately.";
    // Chats.
    ChatNotFound = "chat_not_found", NOT_FOUND, "There is no such chat, or the caller is not a member (any more).";
    NotAGroup = "not_a_group", BAD_REQUEST, "Direct chats have no title, no roles, and the same two sides for ever; to a channel nobody is added, and from it nobody removed.";
    MissingRight = "missing_right", FORBIDDEN, "The caller's role does not include the right that this needs.";
    MemberNotFound = "member_not_found", NOT_FOUND, "The account is not a member of the chat.";
    TooManyMembers = "too_many_members", CONFLICT, "The group has as many members as it may have.";
    RemovingOneself = "removing_oneself", BAD_REQUEST, "To leave a group is another request than to remove others.";
    TargetIsOwner = "target_is_owner", FORBIDDEN, "The owner can't be removed or given another role.";
    TargetIsAdmin = "target_is_admin", FORBIDDEN, "Only the owner may remove another admin or change another admin's role.";
    OwnershipNotGiven = "ownership_not_given", BAD_REQUEST, "Ownership is no role that is given to members. `POST /v1/chats/{chat}/owner` passes it on.";
    RightNotHeld = "right_not_held", FORBIDDEN, "An admin can't give a right without having it.";
    CannotWrite = "cannot_write", FORBIDDEN, "The other account does not let the caller write to it, or one of the two has blocked the other; which, is not told.";
    CannotAdd = "cannot_add", FORBIDDEN, "The same of adding an account to a group. The message names it.";
    NotAChannel = "not_a_channel", BAD_REQUEST, "Only channels are followed, have usernames, and tell who has seen what.";
    TooManyAdmins = "too_many_admins", CONFLICT, "The channel has as many admins as it may have.";
    TooManySubscriptions = "too_many_subscriptions", CONFLICT, "The account follows as many channels as it may.";
    TooManyUsernames = "too_many_usernames", CONFLICT, "The channel's owner has as many channels with a username as one may have.";
    ChatFull = "chat_full", CONFLICT, "The chat can hold no further message, ever.";
    HistoryTooLong = "history_too_long", UNPROCESSABLE_ENTITY, "With `as_of`: the chat's past up to then is more than one answer may replay. Ask for an earlier moment, or the operator for an export.";
    // Messages.
    MessageNotFound = "message_not_found", NOT_FOUND, "The chat has no such message.";
    MessageDeleted = "message_deleted", GONE, "The message is deleted.";
    NotYourMessage = "not_your_message", FORBIDDEN, "Only its author may edit a message; in a channel, who has the right.";
    TooManyMessages = "too_many_messages", BAD_REQUEST, "More messages than can be deleted, hidden, forwarded, or told to be seen, at once.";
    ForwardNotEdited = "forward_not_edited", FORBIDDEN, "What somebody else said first can't be edited.";
    OtherKind = "other_kind", BAD_REQUEST, "An edit keeps what a message is: a text stays a text, a place a place.";
    EditTooLate = "edit_too_late", FORBIDDEN, "The message was sent too long ago to be edited.";
    QuoteWithoutReply = "quote_without_reply", BAD_REQUEST, "A quote needs `reply_to`, the message that it is of.";
    InvalidQuote = "invalid_quote", BAD_REQUEST, "The quote is no part of the answered message's text, or too long.";
    ProtectedContent = "protected_content", FORBIDDEN, "The message may not be forwarded.";
    NotAnEmoji = "not_an_emoji", BAD_REQUEST, "A reaction is one emoji.";
    TooManyReactions = "too_many_reactions", BAD_REQUEST, "More emoji than one reacts to a message with.";
    TooManyPins = "too_many_pins", CONFLICT, "The chat has as many pinned messages as it may have. Take one down first.";
    NotPermitted = "not_permitted", FORBIDDEN, "The group does not let its members, or this one, do that; the message says what.";
    SlowMode = "slow_mode", TOO_MANY_REQUESTS, "The group is in slow mode. Write again after `retry_after_ms`.";
    ServiceMessage = "service_message", FORBIDDEN, "A service message is not edited, forwarded, pinned or reacted to.";
    OwnerOnly = "owner_only", FORBIDDEN, "Only the group's owner may do that.";
    UntilInThePast = "until_in_the_past", BAD_REQUEST, "`until` lies in the past.";
    Banned = "banned", FORBIDDEN, "The account is banned from the group. The ban has to be lifted first.";
    TooManyBans = "too_many_bans", CONFLICT, "The group has as many banned, or restricted, accounts as it may have.";
    TooManyLinks = "too_many_links", CONFLICT, "The group has as many invite links as it may have. Revoke one first.";
    LinkNotFound = "link_not_found", NOT_FOUND, "The group has no such invite link; perhaps it was revoked.";
    LinkNotValid = "link_not_valid", NOT_FOUND, "There is no such invite link, or it lets nobody in any more.";
    JoinRequestNotFound = "join_request_not_found", NOT_FOUND, "The account does not ask to join the group (any more).";
    TooManyJoinRequests = "too_many_join_requests", CONFLICT, "As many ask to join the group as may. Some have to be answered first.";
    TooManyPinned = "too_many_pinned", CONFLICT, "As many chats are pinned as may be.";
    GroupTooLarge = "group_too_large", CONFLICT, "Who has read a message is told in groups to 100 members.";
    NotSentYet = "not_sent_yet", CONFLICT, "The chat has no message with this id yet, so it can't be marked as read.";
    SearchUnavailable = "search_unavailable", SERVICE_UNAVAILABLE, "Messages can't be searched just now, or not at all: the operator does not want it.";
    // Updates.
    Resync = "resync", CONFLICT, "The cursor is of no use: of another epoch, older than what is kept, from the future, or of another history. Begin with a [snapshot](#a-first-screen).";
    SeqFromTheFuture = "seq_from_the_future", BAD_REQUEST, "The device has no update with this number yet, so it can't be acknowledged.";
    NotOpen = "not_open", BAD_REQUEST, "WebSocket: the first frame must be `open`.";
    AlreadyOpen = "already_open", CONFLICT, "WebSocket: the session is open already.";
    TooManySessions = "too_many_sessions", CONFLICT, "WebSocket: the account has as many at once as it may have. Close one first.";
    NotCallable = "not_callable", BAD_REQUEST, "WebSocket: this request can't be a [call](#calls).";
    // The installation.
    NotParked = "not_parked", NOT_FOUND, "This fact is not parked, or was released already.";
    TokenNotFound = "token_not_found", NOT_FOUND, "There never was a service's token with this number.";
    TooManyTokens = "too_many_tokens", CONFLICT, "There are as many services' tokens as there may be. End one first; expired ones count.";
    ExpiresInThePast = "expires_in_the_past", BAD_REQUEST, "A token whose time is over already would be of no use.";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shown when it fails: the rows as they should be.
    #[test]
    fn the_documentation_lists_every_code() {
        let rows = |code: &Code| format!("| `{}` | {} | {} |", code.name(), code.status().as_u16(), code.meaning());
        let expected: Vec<String> = Code::ALL.iter().map(rows).collect();
        let section = include_str!("../../../docs/API.md")
            .split("\n## ")
            .find(|section| section.starts_with("Errors\n"))
            .unwrap();
        let documented: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
        assert!(documented == expected, "docs/API.md should say:\n{}\n", expected.join("\n"));
    }

    #[test]
    fn no_two_codes_share_a_name() {
        let names: std::collections::BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
