//! How the caller has its chats: hidden, cleared, marked, muted, archived, pinned, with drafts. Each is told to the caller's devices alone, and recorded
//! at most once a second; the answer waits for that.

pub(super) mod marks;
pub(super) mod settings;
