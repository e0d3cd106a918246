//! The vocabulary of Heliograph and its rules: pure and synchronous, no clock, no chance, no I/O.
//!
//! A **command** says what somebody wants of an **aggregate**; the aggregate **decides** on its state
//! alone and answers with **events** or a **rejection**; events, once recorded, are **facts**, and
//! folding them gives the state back.
//!
//! | word | meaning | where |
//! |---|---|---|
//! | account | a person or a bot, with its devices and perhaps a username | [`account`] |
//! | device | one authorised session of an account | [`id::DeviceId`] |
//! | chat | a direct chat, saved messages, a group; numbers its messages 1, 2, 3 … | [`chat`] |
//! | message | what a member says: a text with formatted ranges | [`chat::Body`], [`chat::Message`] |
//! | role, right | who may do what in a group | [`chat::Role`], [`chat::Right`] |
//! | permission | what members may do unless it is denied | [`chat::Permission`] |
//! | service message | what everybody should see of what happened, in its place among the messages | [`chat::Service`] |
//! | link | what lets people into a group by themselves, perhaps on request | [`chat::link`] |
//! | sign-in | proof, by a one-time code, that somebody holds a phone number or an e-mail address | [`sign_in`] |
//! | inbox | one account's own view of its chats: how far it has read | [`inbox`] |
//! | name | a unique thing, free, claimed or taken; known by its keyed hash | [`name`] |
//! | system | the installation itself: facts that projections have parked, tokens of services | [`system`] |
//! | id | a newtype for each, valid once it exists | [`id`] |
//! | text | a title, a name, a username: parsed at the edge, valid once it exists | [`text`] |
//! | timestamp | an instant, as data | [`time`] |
//! | actor | who asked: a device, a service, a reactor | [`actor`] |
//! | command | what somebody wants; imperative | `command` in each aggregate |
//! | event | what happened; past tense; its type's name and JSON are for ever | [`event`], `event` in each aggregate |
//! | rejection | what is wrong with a command, with a stable code | `rejection` in each aggregate |
//! | aggregate | a consistency boundary: state, `decide`, `evolve` | [`aggregate`] |
//! | stream | the events of one aggregate, and its name | [`stream`] |
//! | fact | an event as recorded: where, when, by whom | [`fact`] |
//! | sealed | what a human wrote or is called, encrypted with one account's key | [`sealed`] |
//! | story | given these events, when this is asked, then that happens: how the rules are tested | `testing` (feature) |

pub mod account;
pub mod actor;
pub mod aggregate;
pub mod chat;
pub mod event;
pub mod fact;
pub mod id;
pub mod inbox;
pub mod name;
pub mod sealed;
pub mod sign_in;
pub mod stream;
pub mod system;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod time;
