//! What tests are told with.
//!
//! A [`World`] is a real server as its clients meet it, embedded or on a NATS server and PostgreSQL; a
//! [`Person`] has devices that keep what they hear as an honest client does ([`client`]);
//! [`finish`](World::finish) asserts what must hold after any story. Beside it: real servers of the tests' own
//! with ways to break them ([`nats`], [`postgres`], [`proxy`], [`machine`]), a mail server and a provider of text messages that keep what they are
//! given ([`mail`], [`provider`]), a search for what must stand nowhere ([`plaintext`]), logs to feed projections with ([`fed`], [`history`]),
//! and a reading of IRC logs that imports are compared with ([`irc`]).

pub mod authenticator;
pub mod backend;
pub mod chance;
pub mod client;
pub mod collector;
pub mod deadline;
pub mod documented;
pub mod duckdb;
pub mod fed;
pub mod history;
pub mod irc;
pub mod launch;
pub mod machine;
pub mod mail;
pub mod nats;
pub mod newcomer;
pub mod observer;
pub mod past;
pub mod plaintext;
pub mod port;
pub mod postgres;
pub mod preload;
pub mod process;
pub mod provider;
pub mod proxy;
pub mod story;
pub mod world;

pub use backend::Backend;
pub use client::device::Device;
pub use client::http::{Answer, Client};
pub use observer::Observer;
pub use world::World;
pub use world::person::Person;
