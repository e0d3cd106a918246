//! Reading files: plain or compressed, line by line, and no line longer than allowed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use anyhow::{Context as _, Result};
use flate2::read::MultiGzDecoder;

/// Bytes of a line, at most; what is longer is no line of a chat.
pub const LINE_MAX: usize = 64 * 1024;

/// A line of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// As it stands there, without its end.
    Text(String),
    /// Not UTF-8.
    NotText,
    /// Over [`LINE_MAX`].
    TooLong,
}

/// Whether it is a file; an error where there is nothing, or nothing that may be seen.
pub fn is_file(path: &Path) -> Result<bool> {
    let found = std::fs::metadata(path).with_context(|| format!("{} can't be opened", path.display()))?;
    Ok(!found.is_dir())
}

/// What some editors put before a text in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A file's bytes, without the mark that it is UTF-8; those of a `.gz` uncompressed.
pub fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    let file = File::open(path).with_context(|| format!("{} can't be opened", path.display()))?;
    let compressed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let bytes: Box<dyn Read> = if compressed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    unmarked(BufReader::new(bytes)).with_context(|| cut_off(path))
}

fn unmarked(mut bytes: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    let mut head = Vec::new();
    bytes.by_ref().take(MARK.len() as u64).read_to_end(&mut head)?;
    if head == MARK {
        head.clear();
    }
    Ok(Box::new(Cursor::new(head).chain(bytes)))
}

fn cut_off(path: &Path) -> String {
    format!("{} can't be read to its end; nothing of it was imported", path.display())
}

/// A file's lines, to its very end: of a file that is cut off nothing is told.
pub fn lines(path: &Path) -> Result<Vec<Line>> {
    let mut bytes = open(path)?;
    let mut lines = Vec::new();
    while let Some(line) = next(&mut bytes).with_context(|| cut_off(path))? {
        lines.push(line);
    }
    Ok(lines)
}

/// The next line; of one that is too long only as much is held as is allowed.
fn next(bytes: &mut impl BufRead) -> io::Result<Option<Line>> {
    let (mut line, mut too_long, mut any) = (Vec::new(), false, false);
    loop {
        let piece = bytes.fill_buf()?;
        if piece.is_empty() {
            break;
        }
        any = true;
        let end = memchr::memchr(b'\n', piece);
        let taken = end.unwrap_or(piece.len());
        too_long |= line.len() + taken > LINE_MAX;
        if !too_long {
            line.extend_from_slice(&piece[..taken]);
        }
        bytes.consume(taken + usize::from(end.is_some()));
        if end.is_some() {
            break;
        }
    }
    if !any {
        return Ok(None);
    }
    if too_long {
        return Ok(Some(Line::TooLong));
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(String::from_utf8(line).map_or(Line::NotText, Line::Text)))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    fn text(text: &str) -> Line {
        Line::Text(text.to_owned())
    }

    #[test]
    fn lines_that_are_no_text_or_too_long_are_told_and_the_others_read() {
        let mut bytes = b"one\r\n\xff\xfe\n".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', LINE_MAX + 1));
        bytes.extend(b"\n\nlast");
        let (_folder, path) = file("log.txt", &bytes);
        assert_eq!(
            lines(&path).unwrap(),
            [text("one"), Line::NotText, Line::TooLong, text(""), text("last")]
        );
    }

    #[test]
    fn a_mark_before_a_text_is_none_of_it() {
        for (bytes, first) in [(&b"\xef\xbb\xbfone\n"[..], text("one")), (b"\xef\xbbone", Line::NotText)] {
            let (_folder, path) = file("log.txt", bytes);
            assert_eq!(lines(&path).unwrap(), [first]);
        }
        let (_folder, path) = file("log.txt", b"\xef\xbb\xbf");
        assert_eq!(lines(&path).unwrap(), []);
    }

    #[test]
    fn a_compressed_file_is_read_like_a_plain_one_and_a_cut_one_refused() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(b"one\ntwo\n").unwrap();
        let bytes = encoder.finish().unwrap();
        let (_folder, path) = file("log.txt.gz", &bytes);
        assert_eq!(lines(&path).unwrap(), [text("one"), text("two")]);
        let (_folder, path) = file("log.txt.gz", &bytes[..bytes.len() - 6]);
        let words = format!("{:#}", lines(&path).unwrap_err());
        assert!(words.contains("nothing of it was imported"), "{words}");
    }
}
