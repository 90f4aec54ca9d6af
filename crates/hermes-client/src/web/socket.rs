use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use hermes_machine::{BoxFuture, Clock, http::Connection};
use hermes_protocol::{close::Close, limits};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Bytes, Message,
        protocol::{Role, WebSocketConfig},
    },
};

use crate::{Ended, Wire};

/// After how long without a word the gateway is asked whether it is there.
const ASK_AFTER: Duration = Duration::from_secs(15);

/// How many such times without a word end the socket: 45 seconds, as upstream's clients have it.
const SILENT: u32 = 3;

/// How long a frame may take on its way.
const STALL: Duration = Duration::from_secs(45);

/// A WebSocket. It notices a gateway that is gone without having said so.
pub(super) struct Socket {
    stream: WebSocketStream<Box<dyn Connection>>,
    clock: Arc<dyn Clock>,
    /// It goes on when a read is dropped and begun again.
    patience: BoxFuture<'static, ()>,
    /// How often the patience has ended since something came.
    silent: u32,
}

impl Socket {
    /// The socket that this connection has become.
    pub(super) async fn new(connection: Box<dyn Connection>, clock: Arc<dyn Clock>) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(Some(limits::FRAME_BYTES))
            .max_frame_size(Some(limits::FRAME_BYTES));
        Self {
            stream: WebSocketStream::from_raw_socket(connection, Role::Client, Some(config)).await,
            patience: patience(&clock),
            clock,
            silent: 0,
        }
    }

    async fn heard(&mut self) -> Result<String, Ended> {
        loop {
            let message = tokio::select! {
                biased;
                message = self.stream.next() => message,
                () = &mut self.patience => {
                    self.patience = patience(&self.clock);
                    self.silent += 1;
                    if self.silent >= SILENT {
                        return Err(Ended(None));
                    }
                    self.put(Message::Ping(Bytes::new())).await?;
                    continue;
                }
            };
            self.patience = patience(&self.clock);
            self.silent = 0;
            match message {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Close(close))) => {
                    return Err(Ended(close.map(|close| close.code.into())));
                }
                // Only text means something.
                Some(Ok(_)) => {}
                Some(Err(tungstenite::Error::Capacity(_))) => {
                    return Err(Ended(Some(Close::FrameTooLarge.code())));
                }
                Some(Err(_)) | None => return Err(Ended(None)),
            }
        }
    }

    async fn put(&mut self, message: Message) -> Result<(), Ended> {
        tokio::select! {
            biased;
            sent = self.stream.send(message) => sent.map_err(|_| Ended(None)),
            () = self.clock.sleep(STALL) => Err(Ended(None)),
        }
    }
}

impl Wire for Socket {
    fn send(&mut self, frame: String) -> BoxFuture<'_, Result<(), Ended>> {
        Box::pin(self.put(Message::text(frame)))
    }

    fn next(&mut self) -> BoxFuture<'_, Result<String, Ended>> {
        Box::pin(self.heard())
    }
}

fn patience(clock: &Arc<dyn Clock>) -> BoxFuture<'static, ()> {
    let clock = Arc::clone(clock);
    Box::pin(async move { clock.sleep(ASK_AFTER).await })
}
