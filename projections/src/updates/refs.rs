//! References to facts, packed: `position[.index]`, the first absolute, the others as differences.

use std::fmt::Write;

use domain::fact::FactRef;
use domain::id::Position;

/// Packs references: `1001,1,0.1,3` for 1001, 1002, index 1 of 1002, 1005. A released fact may lie before its predecessor.
pub(crate) fn pack(refs: impl IntoIterator<Item = FactRef>) -> String {
    let mut text = String::new();
    let mut before = 0;
    for at in refs {
        let position = at.position.get();
        let comma = if text.is_empty() { "" } else { "," };
        write!(text, "{comma}{}", position - before).expect("a string takes everything");
        if at.index != 0 {
            write!(text, ".{}", at.index).expect("a string takes everything");
        }
        before = position;
    }
    text
}

/// Reads packed references; `None`: that is not what [`pack`] writes.
pub(crate) fn unpack(text: &str) -> Option<Vec<FactRef>> {
    let mut before = 0i64;
    text.split(',')
        .map(|part| {
            let (step, index) = match part.split_once('.') {
                Some((step, index)) => (step, index.parse().ok()?),
                None => (part, 0),
            };
            before = before.checked_add(step.parse().ok()?)?;
            let position = Position::try_from(before).ok()?;
            Some(FactRef { position, index })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_is_read_back(refs in prop::collection::vec((1..i64::MAX, 0..5u32), 1..50)) {
            let refs: Vec<FactRef> = refs
                .into_iter()
                .map(|(position, index)| FactRef { position: Position::try_from(position).unwrap(), index })
                .collect();
            prop_assert_eq!(unpack(&pack(refs.clone())), Some(refs));
        }
    }

    #[test]
    fn neighbours_take_two_bytes() {
        let at = |position, index| FactRef {
            position: Position::try_from(position).unwrap(),
            index,
        };
        assert_eq!(
            pack([at(1001, 0), at(1002, 0), at(1002, 1), at(1005, 0), at(7, 0)]),
            "1001,1,0.1,3,-998"
        );
        assert_eq!(unpack("x"), None);
    }
}
