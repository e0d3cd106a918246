//! Whatever a client sends, it gets a documented error, and nobody else notices.

mod connections;
mod edges;
mod others;
mod overload;
mod places;
mod requests;
mod scene;
mod sessions;
mod tokens;
