use std::{
    io::{self, IsTerminal as _},
    sync::atomic::{AtomicBool, Ordering},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use tokio::sync::{Mutex, mpsc};

/// The longest line that is taken; a pasted address has a few hundred characters.
const LINE_LIMIT: usize = 64 * 1024;

/// How often the thread that reads looks whether anybody still wants lines.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// The lines of standard input, read by a thread of its own: a read cannot be cancelled, and a
/// sign-in that ends in the browser must not wait for the person to press Enter. Once the lines are
/// dropped, whatever is typed is left to whoever reads next.
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
            let mut ahead = Vec::new();
            while let Some(bytes) = next(&mut ahead, &sender) {
                let line = String::from_utf8_lossy(&bytes);
                let line = line.trim_end_matches(['\r', '\n']).to_owned();
                if sender.blocking_send(line).is_err() {
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

/// The next line, of what was read ahead first; nothing at the end, or once nobody wants it any more.
/// A line that is too long is passed on cut, and refused by whoever parses it.
fn next(ahead: &mut Vec<u8>, sender: &mpsc::Sender<String>) -> Option<Vec<u8>> {
    let stdin = io::stdin();
    loop {
        if let Some(end) = ahead.iter().position(|byte| *byte == b'\n') {
            return Some(ahead.drain(..=end).collect());
        }
        if ahead.len() >= LINE_LIMIT {
            return Some(std::mem::take(ahead));
        }
        if !is_something_there(&stdin, sender) {
            return None;
        }
        let mut bytes = [0; 4096];
        match rustix::io::read(&stdin, &mut bytes) {
            Ok(0) => return Some(std::mem::take(ahead)).filter(|rest| !rest.is_empty()),
            Ok(count) => ahead.extend_from_slice(&bytes[..count]),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return None,
        }
    }
}

/// Waits until something can be read, or the end; false once nobody wants it any more.
fn is_something_there(stdin: &io::Stdin, sender: &mpsc::Sender<String>) -> bool {
    let mut watched = [PollFd::new(stdin, PollFlags::IN)];
    loop {
        let looked = poll(&mut watched, Some(&LOOK));
        match (sender.is_closed(), looked) {
            (true, _) => return false,
            (false, Ok(0) | Err(Errno::INTR)) => {}
            // What cannot be watched can only be read.
            (false, Ok(_) | Err(_)) => return true,
        }
    }
}
