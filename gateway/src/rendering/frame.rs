//! Bodies of updates put together: with a command or a number, and many of them into frames.

use domain::id::{CommandId, Seq};

/// The body of an update that answers the receiving device's own command.
pub(crate) fn with_command(body: &str, command: CommandId) -> String {
    with(body, &format!(r#"{{"command":"{command}","#))
}

/// The body of an update with its number.
pub(crate) fn with_seq(body: &str, seq: Seq) -> String {
    with(body, &format!(r#"{{"seq":{seq},"#))
}

/// Bodies are objects that begin with their `type`.
fn with(body: &str, opening: &str) -> String {
    let rest = body.strip_prefix('{').unwrap_or(body);
    let mut text = String::with_capacity(opening.len() + rest.len());
    text.push_str(opening);
    text.push_str(rest);
    text
}

/// Packs consecutive updates into as few frames as their limits allow.
#[derive(Debug)]
pub(crate) struct Packer {
    max_updates: usize,
    max_bytes: usize,
    first: Seq,
    count: usize,
    joined: String,
}

impl Packer {
    /// For frames of at most so many updates, each ended once it holds so many bytes.
    pub(crate) fn new(first: Seq, max_updates: usize, max_bytes: usize) -> Self {
        Self {
            max_updates,
            max_bytes,
            first,
            count: 0,
            joined: String::new(),
        }
    }

    /// Takes the next update. Answers a full frame: the number of its first update and its bodies, joined.
    pub(crate) fn push(&mut self, body: &str) -> Option<(Seq, String)> {
        if self.count > 0 {
            self.joined.push(',');
        }
        self.joined.push_str(body);
        self.count += 1;
        let full = self.count >= self.max_updates || self.joined.len() >= self.max_bytes;
        full.then(|| self.take()).flatten()
    }

    /// What was taken and not given out yet.
    pub(crate) fn take(&mut self) -> Option<(Seq, String)> {
        if self.count == 0 {
            return None;
        }
        let frame = (self.first, std::mem::take(&mut self.joined));
        let behind = self.first.get().saturating_add(i64::try_from(self.count).unwrap_or(i64::MAX));
        self.first = Seq::try_from(behind).unwrap_or(Seq::MAX);
        self.count = 0;
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_gets_its_number_and_its_command() {
        let command = "0190d6a4-0000-7000-8000-000000000001";
        assert_eq!(with_seq(r#"{"type":"a"}"#, Seq::MIN), r#"{"seq":1,"type":"a"}"#);
        let own = with_command(r#"{"type":"a"}"#, CommandId(command.parse().unwrap()));
        assert_eq!(own, format!(r#"{{"command":"{command}","type":"a"}}"#));
    }

    #[test]
    fn frames_are_dense_and_within_their_limits() {
        let mut packer = Packer::new(Seq::try_from(41).unwrap(), 2, 6);
        let bodies = ["1", "2", "3", "long one", "5"];
        let mut frames: Vec<_> = bodies.iter().filter_map(|body| packer.push(body)).collect();
        frames.extend(packer.take());
        let frames: Vec<_> = frames.iter().map(|(first, joined)| (first.get(), joined.as_str())).collect();
        assert_eq!(frames, [(41, "1,2"), (43, "3,long one"), (45, "5")]);
        assert_eq!(packer.take(), None);
    }
}
