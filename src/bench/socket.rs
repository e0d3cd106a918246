//! A WebSocket client cheap enough to share a machine with what it measures: one buffer in, one out.
//!
//! Frames go out masked with a zero key, which every server takes and costs nothing. Fragmented
//! messages are refused: the server sends none.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Bytes of free space that a read asks for: idle connections stay small, busy ones grow.
const READ_BYTES: usize = 4 * 1024;
const PATH: &str = "/v1/ws";

/// A connection that has been upgraded.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    incoming: BytesMut,
    outgoing: BytesMut,
}

impl Socket {
    /// Connects and upgrades.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let mut stream = TcpStream::connect(address).await.context("can't connect to the server")?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET {PATH} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: aGVsaW9ncmFwaC1iZW5jaA==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut incoming = BytesMut::new();
        let end = loop {
            incoming.reserve(512);
            ensure!(
                stream.read_buf(&mut incoming).await? > 0,
                "the server closed the connection while upgrading it"
            );
            if let Some(end) = memchr::memmem::find(&incoming, b"\r\n\r\n") {
                break end + 4;
            }
        };
        let head = incoming.split_to(end);
        if !head.starts_with(b"HTTP/1.1 101") {
            bail!(
                "the server refused the WebSocket: {}",
                String::from_utf8_lossy(&head).lines().next().unwrap_or_default()
            );
        }
        Ok(Self {
            stream,
            incoming,
            outgoing: BytesMut::new(),
        })
    }

    /// Puts a text frame into the outgoing buffer.
    pub fn push(&mut self, text: &[u8]) {
        self.frame(0x1, text);
    }

    /// Writes out what was pushed.
    pub async fn flush(&mut self) -> Result<()> {
        if !self.outgoing.is_empty() {
            self.stream.write_all_buf(&mut self.outgoing).await?;
        }
        Ok(())
    }

    /// Waits until more has come in. May be dropped at any time without losing a byte.
    pub async fn wait(&mut self) -> Result<()> {
        self.incoming.reserve(READ_BYTES);
        let read = self.stream.read_buf(&mut self.incoming).await?;
        ensure!(read > 0, "the server closed the connection");
        Ok(())
    }

    /// The next text that has come in whole; pings are answered with the next flush.
    pub fn take(&mut self) -> Result<Option<BytesMut>> {
        while let Some((opcode, payload)) = self.take_frame()? {
            match opcode {
                0x1 => return Ok(Some(payload)),
                0x8 => bail!(
                    "the server closed the session: {}",
                    String::from_utf8_lossy(payload.get(2..).unwrap_or_default())
                ),
                0x9 => self.frame(0xA, &payload),
                0xA => {}
                _ => bail!("the server sent a frame of an unknown kind ({opcode:#x})"),
            }
        }
        Ok(None)
    }

    /// The next text, however long it takes.
    pub async fn next(&mut self) -> Result<BytesMut> {
        loop {
            if let Some(text) = self.take()? {
                return Ok(text);
            }
            self.flush().await?;
            self.wait().await?;
        }
    }

    fn take_frame(&mut self) -> Result<Option<(u8, BytesMut)>> {
        let Some((&[first, second], rest)) = self.incoming.split_first_chunk::<2>() else {
            return Ok(None);
        };
        ensure!(
            first & 0x80 != 0 && second & 0x80 == 0,
            "the server sent a fragmented or masked frame"
        );
        let (head, length) = match second & 0x7F {
            126 => match rest.first_chunk::<2>() {
                Some(bytes) => (4, u64::from(u16::from_be_bytes(*bytes))),
                None => return Ok(None),
            },
            127 => match rest.first_chunk::<8>() {
                Some(bytes) => (10, u64::from_be_bytes(*bytes)),
                None => return Ok(None),
            },
            short => (2, u64::from(short)),
        };
        let length = usize::try_from(length)?;
        if self.incoming.len() < head + length {
            self.incoming.reserve(head + length - self.incoming.len());
            return Ok(None);
        }
        self.incoming.advance(head);
        Ok(Some((first & 0x0F, self.incoming.split_to(length))))
    }

    fn frame(&mut self, opcode: u8, payload: &[u8]) {
        let out = &mut self.outgoing;
        out.extend_from_slice(&[0x80 | opcode]);
        match u16::try_from(payload.len()) {
            Ok(length) if length < 126 => out.extend_from_slice(&[0x80 | payload.len().to_be_bytes()[7]]),
            Ok(length) => {
                out.extend_from_slice(&[0xFE]);
                out.extend_from_slice(&length.to_be_bytes());
            }
            Err(_) => {
                out.extend_from_slice(&[0xFF]);
                out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
            }
        }
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(payload);
    }
}
