//! Codes in the server's terminal: for trying out.

use std::io::{self, Write};

use async_trait::async_trait;

use super::{Delivery, Message, Trouble};

/// Writes codes to the server's standard error, past the log: what is logged may be kept, and be sent elsewhere.
#[derive(Debug)]
pub struct Console;

#[async_trait]
impl Delivery for Console {
    fn name(&self) -> &'static str {
        "console"
    }

    async fn deliver(&self, message: &Message) -> Result<(), Trouble> {
        write(&mut io::stderr().lock(), message).map_err(|error| Trouble::Passing(format!("nobody reads the terminal: {}", error.kind())))
    }
}

/// One line, in one piece: others write there, too.
fn write(terminal: &mut impl Write, message: &Message) -> io::Result<()> {
    let line = format!("code for {}: {}\n", message.to.as_str(), message.code.reveal());
    terminal.write_all(line.as_bytes())?;
    terminal.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Contact;
    use crate::delivery::Purpose;

    #[test]
    fn the_code_stands_in_a_line_of_its_own() {
        let message = Message {
            to: Contact::email("alice@example.org").unwrap(),
            code: "012345".parse().unwrap(),
            purpose: Purpose::SignIn,
        };
        let mut terminal = Vec::new();
        write(&mut terminal, &message).unwrap();
        assert_eq!(terminal, b"code for alice@example.org: 012345\n");
    }
}
