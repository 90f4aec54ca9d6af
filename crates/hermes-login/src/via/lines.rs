use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};

use super::frame::{self, FRAME_LIMIT, FrameError};

/// Why a message was not sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    /// It cannot be one.
    Frame(FrameError),
    /// Nobody reads any more.
    Gone,
}

/// Reads frames. Dropping a read loses nothing: what has arrived is kept.
pub(super) struct FrameReader<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: BufReader::new(reader),
            line: Vec::new(),
        }
    }

    /// The next line, or `None` at the end; half a line at the end is none.
    pub(super) async fn line(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        loop {
            // A stream that breaks has ended.
            let Ok(bytes) = self.reader.fill_buf().await else {
                return Ok(None);
            };
            if bytes.is_empty() {
                return Ok(None);
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(bytes.len(), |end| end + 1);
            self.line.extend(bytes.iter().take(used));
            self.reader.consume(used);
            if self.line.len() > FRAME_LIMIT {
                return Err(FrameError::TooLong);
            }
            if end.is_some() {
                return Ok(Some(std::mem::take(&mut self.line)));
            }
        }
    }

    /// The next message of the attempt, or `None` at the end.
    pub(super) async fn next<T: DeserializeOwned>(
        &mut self,
        id: &str,
    ) -> Result<Option<T>, FrameError> {
        let Some(line) = self.line().await? else {
            return Ok(None);
        };
        let (_, body) = frame::parse(&line, Some(id))?;
        Ok(Some(body))
    }
}

/// Sends a message.
pub(super) async fn send<W: AsyncWrite + Unpin, T: Serialize>(
    writer: &mut W,
    id: &str,
    body: &T,
) -> Result<(), Unsent> {
    let line = frame::write(id, body).map_err(Unsent::Frame)?;
    let written = async {
        writer.write_all(&line).await?;
        writer.flush().await
    };
    written.await.map_err(|_| Unsent::Gone)
}
