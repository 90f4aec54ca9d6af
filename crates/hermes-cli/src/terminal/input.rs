use std::{
    io::{self, BufRead as _, IsTerminal as _, Read as _},
    sync::atomic::{AtomicBool, Ordering},
};

use tokio::sync::{Mutex, mpsc};

/// The longest line that is taken; a pasted address has a few hundred characters.
const LINE_LIMIT: u64 = 64 * 1024;

/// The lines of standard input, read by a thread of its own: a read cannot be cancelled, and a
/// sign-in that ends in the browser must not wait for the person to press Enter.
pub(crate) struct Lines {
    lines: Mutex<mpsc::Receiver<String>>,
    ended: AtomicBool,
    is_terminal: bool,
}

impl Lines {
    /// Starts to read.
    pub(crate) fn of_stdin() -> Self {
        let (sender, receiver) = mpsc::channel(16);
        std::thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            loop {
                let mut bytes = Vec::new();
                // A line that is too long is passed on cut, and refused by whoever parses it.
                match stdin
                    .by_ref()
                    .take(LINE_LIMIT)
                    .read_until(b'\n', &mut bytes)
                {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
                let line = String::from_utf8_lossy(&bytes);
                if sender
                    .blocking_send(line.trim_end_matches(['\r', '\n']).to_owned())
                    .is_err()
                {
                    return;
                }
            }
        });
        Self {
            lines: Mutex::new(receiver),
            ended: AtomicBool::new(false),
            is_terminal: io::stdin().is_terminal(),
        }
    }

    /// Lines that nobody types: standard input is left alone.
    pub(crate) fn none() -> Self {
        let (_, receiver) = mpsc::channel(1);
        Self {
            lines: Mutex::new(receiver),
            ended: AtomicBool::new(false),
            is_terminal: false,
        }
    }

    /// Whether a person types them, and may type another one.
    pub(crate) fn are_typed(&self) -> bool {
        self.is_terminal && !self.ended.load(Ordering::Relaxed)
    }

    /// The next line. When the input has ended, `None` once; after that it stays pending, so that
    /// whoever races it against something else is not kept busy.
    pub(crate) async fn next(&self) -> Option<String> {
        if self.ended.load(Ordering::Relaxed) {
            return std::future::pending().await;
        }
        let line = self.lines.lock().await.recv().await;
        self.ended.store(line.is_none(), Ordering::Relaxed);
        line
    }

    /// The answer to a question: the next line, or nothing if there will be none.
    pub(crate) async fn answer(&self) -> Option<String> {
        self.lines.lock().await.recv().await
    }
}
