//! How far an import has come, on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar; nothing at all where nobody looks.
#[derive(Debug, Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Of an import whose size shows as its chats are read.
    pub fn new() -> Self {
        let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} {per_sec} {msg}").expect("the template is one");
        Self(ProgressBar::new(0).with_style(style))
    }

    /// So much more is to be done, of this chat.
    pub fn grows(&self, by: usize, chat: &str) {
        self.0.inc_length(by as u64);
        self.0.set_message(chat.to_owned());
    }

    /// So much is done.
    pub fn done(&self, by: usize) {
        self.0.inc(by as u64);
    }

    /// Leaves the line to what is printed next.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}
