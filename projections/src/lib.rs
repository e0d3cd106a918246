//! The read models: what the log says, as rows that can be asked.
//!
//! | word | where |
//! |---|---|
//! | what a read model is, and which facts are its share | [`projection`], [`lane`] |
//! | the loop that feeds them, and where it stands | [`runner`], [`checkpoint`], [`progress`] |
//! | making them anew beside those that serve | [`rebuild`] |
//! | facts that projections go on without | [`parking`] |
//! | who there is, chats, messages, accounts' view of them | [`directory`], [`chats`], [`members`], [`timeline`], [`dialogs`] |
//! | who reacts to messages, what is pinned, whom messages mention | [`reactions`], [`pins`], [`mentions`] |
//! | who may not be in a group, and who comes by which link | [`bans`], [`links`] |
//! | how accounts stand to each other | [`people`] |
//! | which commands were accepted lately; what the executor asks | [`commands`], [`infra::executor::Recall`] |
//! | each device's numbered updates, and their live delivery | [`updates`], [`feed`] |
//! | the numbered updates of a chat that many follow | [`sequences`], [`feed`] |
//! | what is durable but not from the log | [`state`] |
//! | codes on their way to people | [`outbox`] |
//! | what follows the log and issues commands | [`reactor`] |
//! | what time brings: chores that issue commands for what is due | [`upkeep`] |
//! | whether two databases say the same | [`hash`] |
//! | the log's facts as lines, as analysts read them | [`replay`] |
//! | a chat as it was | [`past`] |
//! | every fact as a row, for analysts | [`archive`] |
//! | what was said, to be found by its words | [`search`] |

mod apart;
pub mod archive;
pub mod bans;
mod cells;
pub mod chats;
pub mod checkpoint;
pub mod commands;
pub mod dialogs;
pub mod directory;
pub mod feed;
pub mod hash;
pub mod lane;
pub mod links;
pub mod members;
pub mod mentions;
pub mod outbox;
pub mod parking;
pub mod past;
pub mod people;
pub mod pins;
pub mod progress;
pub mod projection;
pub mod reactions;
pub mod reactor;
pub mod reactors;
pub mod read_models;
pub mod rebuild;
mod recall;
pub mod replay;
pub mod runner;
pub mod search;
pub mod sequences;
mod share;
pub mod state;
pub mod timeline;
pub mod updates;
pub mod upkeep;

pub use read_models::ReadModels;
