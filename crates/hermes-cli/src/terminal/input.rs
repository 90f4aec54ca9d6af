use std::io::{self, BufRead as _, Read as _};

use tokio::sync::{Mutex, mpsc};

/// The longest line that is taken; a pasted address has a few hundred characters.
const LINE_LIMIT: u64 = 64 * 1024;

/// The lines of standard input, read by a thread of its own: a read cannot be cancelled, and a
/// sign-in that ends in the browser must not wait for the person to press Enter.
pub(crate) struct Lines(Mutex<mpsc::Receiver<String>>);

impl Lines {
    /// Starts to read.
    pub(crate) fn of_stdin() -> Self {
        let (sender, receiver) = mpsc::channel(16);
        std::thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            loop {
                let mut bytes = Vec::new();
                // A line that is too long is passed on cut, and refused by whoever parses it.
                match stdin.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut bytes) {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
                let line = String::from_utf8_lossy(&bytes);
                if sender.blocking_send(line.trim_end_matches(['\r', '\n']).to_owned()).is_err() {
                    return;
                }
            }
        });
        Self(Mutex::new(receiver))
    }

    /// The next line; `None` once the input has ended.
    pub(crate) async fn next(&self) -> Option<String> {
        self.0.lock().await.recv().await
    }
}
