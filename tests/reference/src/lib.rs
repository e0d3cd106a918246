//! How a client keeps what it is told: a snapshot, and the updates behind it, applied one after the other.
//!
//! This is the part of a client that is easy to get wrong, and no other: it asks nobody, waits for nothing, and knows nothing of the server
//! but what `docs/API.md` says. `docs/CLIENTS.md` walks through it. The server's tests drive it: whatever happens, an old snapshot with the
//! updates since is what a fresh snapshot tells, field by field.
//!
//! | what | where |
//! |---|---|
//! | all that a client keeps; what it has to fetch | [`State`] |
//! | what each kind of update does | [`Kind`], `apply.rs` |
//! | a chat: its place in the list, what is unread, its messages | [`Chat`] |
//! | the own account, contacts, devices | [`Own`] |

mod apply;
mod chat;
mod cursor;
mod kind;
mod own;
mod state;
mod told;

pub use chat::Chat;
pub use cursor::Cursor;
pub use kind::Kind;
pub use own::Own;
pub use state::{Gap, State};
