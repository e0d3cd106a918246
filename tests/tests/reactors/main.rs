//! Reactors: usernames, and what becomes of facts that a reactor fails on.

mod late;
mod parking;
mod town;
mod usernames;
