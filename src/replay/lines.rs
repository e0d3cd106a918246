//! Whole lines of what comes in pieces.

use serde_json::Value;

/// Gives out whole lines, without empty ones, and knows how far they are.
#[derive(Debug, Default)]
pub struct Whole {
    /// A line's beginning.
    begun: Vec<u8>,
    lines: Vec<u8>,
    /// The position in the last line.
    position: Option<i64>,
}

impl Whole {
    /// The lines that end within this piece.
    pub fn of(&mut self, piece: &[u8]) -> &[u8] {
        self.lines.clear();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(part);
            if self.begun == b"\n" {
                // A sign of life.
                self.begun.clear();
            } else if part.ends_with(b"\n") {
                self.lines.append(&mut self.begun);
            }
        }
        self.position = last_position(&self.lines).or(self.position);
        &self.lines
    }

    /// How to go on.
    pub fn hint(&self) -> String {
        match self.position {
            Some(position) => {
                format!("this is not all: go on with --from {position}, in place of the lines of that position, which may not all be there")
            }
            None => "nothing was printed".to_owned(),
        }
    }
}

fn last_position(lines: &[u8]) -> Option<i64> {
    let last = lines.strip_suffix(b"\n")?.rsplit(|byte| *byte == b'\n').next()?;
    serde_json::from_slice::<Value>(last).ok()?["position"].as_i64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole_however_they_come_in() {
        let told = b"{\"position\":1}\n{\"position\":2}\n\n{\"position\":2}\n\n";
        let expected = b"{\"position\":1}\n{\"position\":2}\n{\"position\":2}\n";
        for size in 1..=told.len() {
            let (mut whole, mut out) = (Whole::default(), Vec::new());
            for piece in told.chunks(size) {
                let lines = whole.of(piece);
                assert!(lines.is_empty() || lines.ends_with(b"\n"));
                out.extend_from_slice(lines);
            }
            assert_eq!(out, expected, "in pieces of {size}");
            assert_eq!(whole.position, Some(2));
        }
    }

    #[test]
    fn a_line_that_was_not_finished_is_not_told() {
        let mut whole = Whole::default();
        assert_eq!(whole.of(b"{\"position\":7}\n{\"posi"), b"{\"position\":7}\n");
        assert!(whole.hint().contains("--from 7"));
        assert_eq!(Whole::default().hint(), "nothing was printed");
    }
}
