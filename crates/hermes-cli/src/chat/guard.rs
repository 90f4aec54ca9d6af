//! The terminal while it is ours, and given back on every way out.

use std::{
    io::{self, Write as _},
    panic,
    sync::{Mutex, MutexGuard, Once, PoisonError},
    thread::{self, ThreadId},
};

use crossterm::{
    cursor::Show,
    event::{
        DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
        KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
    },
    execute,
    terminal::{
        EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
        supports_keyboard_enhancement,
    },
};

use super::args::Extent;

/// Who has the terminal. There is one terminal, so there is one place that says so.
static HELD: Mutex<Option<Held>> = Mutex::new(None);

/// What has to be undone.
#[derive(Clone, Copy)]
struct Held {
    thread: ThreadId,
    extent: Extent,
    keyboard: Keyboard,
}

/// Whether the terminal tells keys apart that look the same to older ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyboard {
    Told,
    Plain,
}

/// The terminal, which sends each key and each paste as it comes. It is as it was before when this is
/// dropped, and when a panic is reported.
#[derive(Debug)]
pub(super) struct Guard(());

impl Keyboard {
    /// What the terminal can do. It is asked, and has two seconds to answer, in raw mode alone.
    fn of_terminal() -> Self {
        match supports_keyboard_enhancement() {
            Ok(true) => Self::Told,
            Ok(false) | Err(_) => Self::Plain,
        }
    }
}

impl Guard {
    /// Takes so much of the terminal. What it can do is asked once, and known afterwards. Another question
    /// goes with that one, whose answer comes among the keys: before the answer to ours, which every
    /// terminal gives, so that no other one has to be waited for.
    pub(super) fn take(
        extent: Extent,
        known: &mut Option<Keyboard>,
        question: &str,
    ) -> io::Result<Self> {
        report_after_release();
        enable_raw_mode()?;
        let thread = thread::current().id();
        let mut held = Held {
            thread,
            extent,
            keyboard: Keyboard::Plain,
        };
        *held_now() = Some(held);
        // From here on there is something to undo.
        let guard = Self(());
        let mut out = io::stdout();
        if extent == Extent::Full {
            // Before the keyboard: a terminal keeps that for each of its screens.
            execute!(out, EnterAlternateScreen)?;
        }
        out.write_all(question.as_bytes())?;
        out.flush()?;
        let keyboard = *known.get_or_insert_with(Keyboard::of_terminal);
        execute!(out, EnableBracketedPaste, EnableFocusChange)?;
        if keyboard == Keyboard::Told {
            let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
            execute!(out, PushKeyboardEnhancementFlags(flags))?;
            held.keyboard = keyboard;
            *held_now() = Some(held);
        }
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        release();
    }
}

/// Gives the terminal back, if it is ours.
fn release() {
    let Some(held) = held_now().take() else {
        return;
    };
    let mut out = io::stdout();
    // Each is tried: a terminal that has gone needs none of them.
    if held.keyboard == Keyboard::Told {
        let _ = execute!(out, PopKeyboardEnhancementFlags);
    }
    // What was half drawn is shown, in plain letters.
    let _ = out.write_all(b"\x1b[?2026l\x1b[0m");
    let _ = execute!(out, DisableFocusChange, DisableBracketedPaste, Show);
    if held.extent == Extent::Full {
        let _ = execute!(out, LeaveAlternateScreen);
    }
    let _ = disable_raw_mode();
}

/// Has a panic give the terminal back before it is reported: after that the report could be read by
/// nobody. A panic of another thread leaves the chat alone.
fn report_after_release() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let ours = held_now().is_some_and(|held| held.thread == thread::current().id());
            if ours {
                let _ = io::stdout().write_all(b"\r\n\x1b[J");
                release();
            }
            report(info);
        }));
    });
}

fn held_now() -> MutexGuard<'static, Option<Held>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}
